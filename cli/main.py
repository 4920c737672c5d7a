"""The `wapto` command: its groups, loaded only when used, and the one place where errors become exit codes."""

import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

import rich_click as click

from cli import lazy
from cli.output import plain
from wapto import __version__
from wapto.config import SettingsError
from wapto.errors import WaptoError

HELP = ["-h", "--help"]

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

# Those that look something up or change it, and end.
NOUNS = {"numbers", "agents", "orders", "catalog", "customers", "templates", "triggers", "messages", "inbox"}
NOUNS |= {"surveys", "report", "replies"}

# name: (module, line of help). Help comes from here, so that `wapto --help` imports none of them.
COMMANDS = {
    "init": ("cli.init", "Set Wapto up in this directory."),
    "up": ("cli.processes", "Run everything on this machine: web, worker, scheduler, and a Redis."),
    "web": ("cli.processes", "Run the web process: Meta's webhook and Slack's requests."),
    "worker": ("cli.processes", "Run the worker process: orders, messages, cards."),
    "scheduler": ("cli.processes", "Run the scheduler process: calendar duties."),
    "sandbox": ("cli.sandbox", "Try the whole product against stand-ins for Meta and Slack."),
    "doctor": ("cli.doctor", "Look at every connection, and say what to do where one is broken."),
    "manifest": ("cli.manifest", "Print the Slack app manifest."),
    "numbers": ("cli.numbers", "Business phone numbers: each a shop with its Slack channel."),
    "agents": ("cli.agents", "The team: who works the desk, and as whom."),
    "orders": ("cli.orders", "Orders: look, assign, move on, note."),
    "catalog": ("cli.catalog", "What the shop sells, as Meta's catalog has it."),
    "customers": ("cli.customers", "People: what they are known by, and who of them is one person."),
    "templates": ("cli.templates", "WhatsApp templates as Meta has them."),
    "triggers": ("cli.triggers", "Which template tells the customer about which status."),
    "messages": ("cli.messages", "What customers were told, and whether it arrived."),
    "replies": ("cli.replies", "Words that agents send with one choice."),
    "inbox": ("cli.inbox", "Webhooks as they arrived."),
    "surveys": ("cli.surveys", "How customers liked it: scores, comments, recoveries of low ones."),
    "report": ("cli.report", "Orders, agents and messages in figures."),
    "db": ("cli.db", "The database: its shape, backups, checks, a move to PostgreSQL."),
    "completion": ("cli.completion", "Let bash, zsh or fish complete commands and order numbers."),
}


class LazyGroup(click.RichGroup):
    """A group that holds stand-ins with their line of help, and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, with the command itself for its stand-in."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, stand_in, rest
        if name in NOUNS:
            lazy.install()
        return name, getattr(importlib.import_module(COMMANDS[name][0]), name), rest


STAND_INS = {name: click.RichCommand(name=name, help=line) for name, (_, line) in COMMANDS.items()}


@click.group(cls=LazyGroup, commands=STAND_INS, context_settings={"help_option_names": HELP})
@click.version_option(__version__, prog_name="wapto")
@click.pass_context
def wapto(ctx: click.Context) -> None:
    """WhatsApp carts become orders that your team works from Slack.

    Example: wapto orders list --status received
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Runs the command; exit 0 done, 1 refused or failed with one sentence, 2 wrong usage. Never a traceback."""
    _speak_plainly()
    try:
        _run(words)
    except WaptoError as refusal:
        fail(plain(str(refusal)))  # it may quote what was typed, or what the outside world said
    except SettingsError as refusal:
        fail(str(refusal))
    except BrokenPipeError:
        _drop_output()  # the reader of a pipe has gone
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:
        if isinstance(fault, OSError) and fault.errno in _NO_ROOM:
            _drop_output()
            fail(f"What Wapto wrote has no room ({fault.strerror}); make some, then run this again.")
        fail(f"Wapto failed unexpectedly; {_report()}.")
    sys.exit(0)


def _run(words: Sequence[str] | None) -> None:
    try:
        wapto(words, prog_name="wapto")
    finally:
        sys.stdout.flush()  # what cannot be written is known by now, and not after the exit code


def _drop_output() -> None:
    """Python would try again at exit to write what is left, and complain."""
    with suppress(OSError, ValueError):  # a test's stdout is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _speak_plainly() -> None:
    """Programs read UTF-8 in any locale; a terminal that lacks a character shows a question mark for it."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def fail(sentence: str) -> NoReturn:
    """Ends with exit code 1 and one sentence on stderr."""
    print("\n".join(map(plain, sentence.splitlines())), file=sys.stderr)
    sys.exit(1)


def _report() -> str:
    import tempfile
    import traceback

    from wapto.logs import mask

    try:
        with tempfile.NamedTemporaryFile("w", prefix="wapto-fault-", suffix=".txt", delete=False) as report:
            report.write(mask(traceback.format_exc()))
    except OSError as fault:
        return f"what happened could not be written to a file ({fault.strerror})"
    return f"what happened is written in {report.name}"
