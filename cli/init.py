"""`wapto init`: from nothing to a directory that Wapto can run in."""

import os
import secrets
from pathlib import Path
from typing import TextIO

import rich_click as click

from wapto import config
from wapto.errors import Misconfigured
from wapto.store import database
from wapto.store import migrate as migrations

ASKED = (
    ("META_APP_SECRET", "Meta: App Secret (App settings → Basic)", True),
    ("META_ACCESS_TOKEN", "Meta: access token of a system user", True),
    ("SLACK_BOT_TOKEN", "Slack: Bot User OAuth Token (xoxb-…)", True),
    ("SLACK_SIGNING_SECRET", "Slack: Signing Secret (Basic Information)", True),
    ("WAPTO_PUBLIC_URL", "Public address of this machine (https://…), empty for none yet", False),
)
MADE = ("META_VERIFY_TOKEN", "WAPTO_SECRET_KEY")

NEXT_STEPS = """
Next:
  1. wapto manifest                 paste it at api.slack.com/apps, then invite the app to your orders channel
  2. wapto numbers add …            your business phone number
  3. wapto agents add …             your team
  4. wapto up                       run it
  5. Meta App Dashboard → WhatsApp → Configuration: callback URL {address}/webhooks/whatsapp,
     verify token as in .env, subscribe to the field “messages”
  6. wapto templates sync, then wapto triggers set …
"""


@click.command()
@click.option("--yes", is_flag=True, help="Ask nothing: take every answer from the environment.")
def init(yes: bool) -> None:
    """Set Wapto up in this directory: writes .env (readable by you alone) and makes the database.

    Example: wapto init
    """
    known = config.environment()
    answers = {name: known.get(name) or secrets.token_urlsafe(32) for name in MADE if not _in_a_file(name, known)}
    for name, question, is_secret in ASKED:
        if not _in_a_file(name, known):
            answers[name] = known.get(name, "") if yes or known.get(name) else _ask(question, is_secret)
    config.load({**known, **answers})
    _write({name: value for name, value in answers.items() if value})
    database.connect(config.load_one("DATABASE_URL"))
    migrations.migrate()
    click.echo(NEXT_STEPS.format(address=answers.get("WAPTO_PUBLIC_URL") or "https://your-address"))


def _in_a_file(name: str, known: dict[str, str]) -> bool:
    return bool(known.get(f"{name}_FILE")) and not known.get(name)


def _ask(question: str, is_secret: bool) -> str:
    return str(click.prompt(question, hide_input=is_secret, default="" if not is_secret else None, show_default=False))


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
