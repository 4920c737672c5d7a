"""Asking before what cannot be undone."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import rich_click as click

yes_option = click.option("--yes", is_flag=True, help="Do not ask; scripts are never asked.")


def agreed(question: str, *, yes: bool) -> None:
    """Asks at a terminal, unless `--yes` was given; a script has made up its mind. Exit code 1 where it is unwanted."""
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)


def confirmed(question: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same before a whole command; `question` may name its parameters in braces."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @yes_option
        @wraps(command)
        def ask(*args: Any, yes: bool, **given: Any) -> Any:
            agreed(question.format(**given), yes=yes)
            return command(*args, **given)

        return ask

    return decorate
