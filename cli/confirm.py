"""Asking before what cannot be undone."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import rich_click as click


def confirmed(question: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Asks at a terminal, unless `--yes` was given; a script has made up its mind. Exit code 1 where it is not wanted.

    `question` may name the command's parameters in braces.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--yes", is_flag=True, help="Do not ask; scripts are never asked.")
        @wraps(command)
        def ask(*args: Any, yes: bool, **given: Any) -> Any:
            if not yes and sys.stdin.isatty():
                click.confirm(question.format(**given), abort=True, err=True)
            return command(*args, **given)

        return ask

    return decorate
