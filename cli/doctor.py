"""`wapto doctor`: whether everything is connected, and what to do where it is not."""

import logging
import sys
from typing import TYPE_CHECKING, Any

import rich_click as click

from cli.context import now
from cli.output import emit, emit_one, format_options
from wapto import config, logs
from wapto.config import Settings, SettingsError
from wapto.desk.doctor import doctor as desk
from wapto.desk.doctor.doctor import FAIL, PASS, SKIPPED, WARN, Check, Look

if TYPE_CHECKING:
    from wapto.desk.doctor.meta import Connection

_MARKS = {PASS: ("✓", "green"), WARN: ("!", "yellow"), FAIL: ("✗", "red"), SKIPPED: ("–", "bright_black")}
COLUMNS = ("name", "state", "evidence", "advice")


@click.command()
@click.option("--fix", is_flag=True, help="Do what is safe about what is wrong, then look again.")
@click.option("--live", is_flag=True, help="Send a template to --phone, and post and edit a message in each channel.")
@click.option("--phone", help="The phone of somebody who waits for the template: +55 11 98888-7777.")
@format_options
def doctor(fix: bool, live: bool, phone: str | None, fmt: str) -> None:
    """Look at settings, database, Redis, processes, Meta and Slack; say of each what was found and what to do.

    Ends with exit code 1 if something fails.

    Example: wapto doctor --fix
    """
    if live and not phone:
        raise click.UsageError("Say whose phone gets the template: --live --phone +…")
    logs.configure()
    logging.getLogger().setLevel(logging.CRITICAL)
    looks, done = _looks(phone if live else None), list[str]()
    if fix:
        checks, done = desk.mend(looks, now())
    else:
        checks = desk.examine(looks, now())
    _print(checks, fmt)
    if done:
        click.echo(f"Mended: {', '.join(done)}.", err=True)
    if any(check.state == FAIL for check in checks):
        sys.exit(1)


def _print(checks: list[Check], fmt: str) -> None:
    rows = [desk.shape(check) for check in checks]
    if fmt == "json":
        emit_one({"checks": rows}, fmt)
    elif fmt == "csv":
        emit(rows, COLUMNS, fmt)
    else:
        for row in rows:
            _say(row)


def _say(row: dict[str, Any]) -> None:
    mark, color = _MARKS[row["state"]]
    click.echo(f"{click.style(mark, fg=color)} {row['name']}: {row['evidence']}")
    if row["advice"]:
        click.echo(f"    → {row['advice']}")


def _looks(phone: str | None) -> list[Look]:
    """What to look at, as far as the settings go; with a phone, what to try on it too."""
    from wapto.desk.doctor import store as doctor_store

    try:
        settings = config.load()
    except SettingsError as error:
        faults, store = " ".join(error.faults), _store_url()
        step = "`wapto init` asks for what is missing and writes .env; correct there what is malformed."
        broken = Look("settings", lambda _: [desk.bad("settings", faults, step)])
        return [broken, *(doctor_store.looks(store) if store else [])]
    whole = Look("settings", lambda _: [desk.well("settings", "Everything that is needed is set.")])
    return [whole, *doctor_store.looks(settings.database_url), *_outside(settings, phone)]


def rounds(settings: Settings) -> list[Look]:
    """What a worker looks at by itself; made anew for each round, since clients remember what they were told."""
    from wapto.desk.doctor import store as doctor_store

    return [*doctor_store.rounds(settings.database_url), *_outside(settings, None)]


def _store_url() -> str | None:
    try:
        return str(config.load_one("DATABASE_URL"))
    except SettingsError:
        return None


def _outside(settings: Settings, phone: str | None) -> list[Look]:
    from bot import doctor as bot
    from bot.manifest import PATH
    from bot.slack import Slack
    from cli import probes
    from wapto.desk.doctor import live as doctor_live
    from wapto.desk.doctor import meta as doctor_meta
    from wapto.desk.doctor import shop as doctor_shop
    from wapto.desk.doctor import stock as doctor_stock
    from wapto.desk.doctor import surveys as doctor_surveys
    from wapto.desk.doctor import work as doctor_work

    meta = _connection(settings)
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    return [
        *probes.looks(settings, PATH),
        *doctor_meta.looks(meta),
        *doctor_shop.looks(meta.client),
        *doctor_stock.looks(),
        *doctor_surveys.looks(),
        *doctor_work.looks(),
        *bot.looks(slack, settings.slack_admin_channel),
        *([*doctor_live.looks(meta.client, phone), *bot.live(slack)] if phone else []),
    ]


def _connection(settings: Settings) -> "Connection":
    from wapto.desk.doctor.meta import Connection
    from wapto.meta.client import GraphClient
    from wapto.web.webhook import PATH

    url, version = settings.meta_graph_url, settings.meta_graph_version
    app_token = f"{settings.meta_app_id}|{settings.meta_app_secret[0]}"
    return Connection(
        client=GraphClient(url, version, settings.meta_access_token, account_tokens=settings.meta_account_tokens),
        app=GraphClient(url, version, app_token) if settings.meta_app_id else None,
        app_id=settings.meta_app_id,
        access_token=settings.meta_access_token,
        account_tokens=settings.meta_account_tokens,
        verify_token=settings.meta_verify_token,
        version=version,
        webhook_url=f"{settings.wapto_public_url}{PATH}" if settings.wapto_public_url else None,
    )
