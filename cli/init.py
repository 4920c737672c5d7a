"""`wapto init`: from nothing to a directory that Wapto can run in."""

import json
import os
import secrets
from pathlib import Path
from typing import TextIO

import rich_click as click

from cli.asking import CHANNEL, FIRST_NUMBER, NUMBER, QUESTIONS, WABA, Answers, ask
from cli.context import now
from wapto import config
from wapto.errors import Misconfigured
from wapto.store import database
from wapto.store import migrate as migrations

MADE = ("META_VERIFY_TOKEN", "WAPTO_SECRET_KEY")

NEXT_STEPS = """
Next:
  1. api.slack.com/apps             paste the manifest, install the app, invite it to your orders channel
  2. wapto numbers add …            your business phone number{number}
  3. wapto agents add …             your team
  4. wapto up                       run it
  5. Meta App Dashboard → WhatsApp → Configuration: callback URL {address}/webhooks/whatsapp,
     verify token as in .env, subscribe to the field “messages”; for news of templates and accounts to these too:
     {fields}
  6. wapto templates sync, then wapto triggers set …
"""


@click.command()
@click.option("--yes", is_flag=True, help="Ask nothing: take every answer from the environment.")
@click.option("--check/--no-check", default=True, show_default=True, help="End with the doctor.")
@click.pass_context
def init(ctx: click.Context, yes: bool, check: bool) -> None:
    """Set Wapto up in this directory: writes .env (readable by you alone) and makes the database.

    Each answer is tried at once on the service that it is for. At the end stand what is left to do, and what the
    doctor finds.

    Example: wapto init
    """
    known = config.environment()
    answers = {name: known.get(name) or secrets.token_urlsafe(32) for name in MADE if not _in_a_file(name, known)}
    for question in QUESTIONS:
        name = question.name
        if not _in_a_file(name, known):
            is_silent = yes or bool(known.get(name))
            answers[name] = known.get(name, "") if is_silent else ask(question, {**known, **answers})
    answers |= config.account_tokens(known)
    config.load({**known, **answers})
    _write({name: value for name, value in answers.items() if value})
    database.connect(config.load_one("DATABASE_URL"))
    migrations.migrate()
    is_added = not yes and _add_number({**known, **answers})
    _say_what_is_next(answers, is_added=is_added)
    if check:
        _examine(ctx)


def _add_number(known: Answers) -> bool:
    """Takes the first number in, if there is none yet and somebody knows its ids."""
    from wapto.desk import numbers

    if numbers.listing() or any(f"{name}_FILE" in known for name in ("META_ACCESS_TOKEN", "SLACK_BOT_TOKEN")):
        return False
    answers: dict[str, str] = {}
    for question in FIRST_NUMBER:
        answers[question.name] = ask(question, {**known, **answers})
        if not answers[question.name]:
            return False
    numbers.add(answers[NUMBER], {"waba": answers[WABA], "slack_channel": answers[CHANNEL]}, now=now())
    return True


def _say_what_is_next(answers: Answers, *, is_added: bool) -> None:
    from bot.manifest import manifest
    from wapto.desk.doctor.meta import FIELDS

    address = answers.get("WAPTO_PUBLIC_URL") or "https://your-address"
    click.echo(f"\nThe manifest of the Slack app:\n\n{json.dumps(manifest(address), indent=2)}")
    number = ": done; wapto numbers set … language=pt_BR currency=BRL" if is_added else ""
    click.echo(NEXT_STEPS.format(address=address, fields=", ".join(FIELDS[1:]), number=number))


def _examine(ctx: click.Context) -> None:
    """What the doctor finds now, for information: much cannot be well before the steps above are done."""
    from cli.doctor import doctor

    click.echo("What `wapto doctor` finds by now:")
    try:
        ctx.invoke(doctor, fmt="table", fix=False)
    except SystemExit:
        click.echo("\nRun `wapto doctor` again when these steps are done.")


def _in_a_file(name: str, known: dict[str, str]) -> bool:
    return bool(known.get(f"{name}_FILE")) and not known.get(name)


def _write(answers: dict[str, str]) -> None:
    """Adds what `.env` does not say yet; never changes a line of it."""
    path = Path(".env")
    present = config.in_file(path)
    lines = [f"{name}={_quoted(value)}\n" for name, value in answers.items() if name not in present]
    with _appending(path) as file:
        os.fchmod(file.fileno(), 0o600)
        if file.tell() and not path.read_text(encoding="utf-8").endswith("\n"):
            file.write("\n")
        file.writelines(lines)


def _appending(path: Path) -> TextIO:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as fault:
        raise Misconfigured(
            f"{path.resolve()} cannot be written ({fault.strerror}); go to a folder of yours."
        ) from None
    return os.fdopen(handle, "a", encoding="utf-8")


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
