"""docs/admins.md, written from the commands themselves: `python -m cli.reference` prints it."""

import importlib
import inspect
from collections.abc import Iterator

import rich_click as click

from cli.main import COMMANDS, HELP

_HEAD = """# Commands for admins

Written from the commands by `python -m cli.reference > docs/admins.md`; a test keeps it true. `wapto COMMAND --help` says the same.

- What lists or shows prints a table (times are UTC), with `--format json` (short: `--json`) or `--format csv` what a program reads. It is UTF-8 in any locale.
- Exit codes: 0 done, 1 refused or failed with one sentence on stderr, 2 wrong usage. A fault of Wapto's own is written to a file, which the sentence names.
- A long table is paged at a terminal (`PAGER=cat` pages nothing); colors are for terminals, and `NO_COLOR=1` turns them off.
- What cannot be undone is asked at a terminal; `--yes` does not ask, and a script is never asked.
- An order number works in any case, with or without its prefix. `--number` may be left out while there is one business number.
- `wapto completion bash` (zsh, fish) makes Tab complete commands, order numbers, agents, templates and statuses.
"""  # noqa: E501 (a page's line)


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    for name, (module, line) in COMMANDS.items():
        command = getattr(importlib.import_module(module), name)
        yield f"## wapto {name}\n"
        if isinstance(command, click.Group):
            yield f"{line}\n"
            for one in command.commands:
                yield f"### wapto {name} {one}\n"
                yield from _command(command.commands[one], f"wapto {name} {one}")
        else:
            yield from _command(command, f"wapto {name}")


def _command(command: click.Command, path: str) -> Iterator[str]:
    ctx = click.Context(command, info_name=path, help_option_names=HELP)
    usage = " ".join([path, *command.collect_usage_pieces(ctx)])
    words, _, example = inspect.cleandoc(command.help or "").partition("Example:")
    yield f"{' '.join(words.split())}\n"
    yield f"Usage: `{usage}`  \nExample: `{' '.join(example.split())}`\n"
    options = [record for param in command.params if (record := param.get_help_record(ctx))]
    if options:
        yield "\n".join(f"- `{names}`: {' '.join(help.split())}" for names, help in options) + "\n"


if __name__ == "__main__":
    print(page(), end="")
