"""`wapto inbox`: webhooks as they arrived."""

from typing import Any

import rich_click as click

from cli import complete, shapes
from cli.context import ROW_ID, StoreGroup, now
from cli.output import emit, emit_one, format_options
from wapto.desk.intake import inbox as desk
from wapto.desk.intake import intake
from wapto.domain.intake import STATES, TROUBLED
from wapto.errors import WaptoError
from wapto.logs import mask_numbers

COLUMNS = ("id", "received_at", "state", "attempts", "error", "advice")


@click.group(cls=StoreGroup)
def inbox() -> None:
    """Webhooks as they arrived, and what became of them.

    Example: wapto inbox list --state kept
    """


def _shape(entry_id: int) -> dict[str, Any]:
    entry, elements = desk.entry(entry_id)
    return shapes.inbox_entry(entry, elements)


@inbox.command(name="list")
@click.option("--state", shell_complete=complete.words(STATES), help="Only entries in this state, such as failed.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(state: str | None, limit: int, fmt: str) -> None:
    """List webhooks, newest first.

    Example: wapto inbox list --state failed
    """
    rows = [_shape(entry_id) for entry_id in desk.ids(state=state, limit=limit)]
    if fmt == "table":
        rows = [row | {"advice": _advice(row["elements"])} for row in rows]
    emit(rows, COLUMNS, fmt, limit)


def _advice(elements: list[dict[str, Any]]) -> str:
    """What is to be done about the first of those that could not be handled; `show` has all."""
    return next((element["reason"] for element in elements if element["reason"]), "")


@inbox.command()
@click.argument("entry_id", type=ROW_ID)
@click.option("--raw", is_flag=True, help="Print the webhook itself, with phone numbers and tokens masked.")
@format_options
def show(entry_id: int, raw: bool, fmt: str) -> None:
    """Show one webhook and what became of each part of it.

    Example: wapto inbox show 12 --raw
    """
    if raw:
        click.echo(mask_numbers(desk.body_of(entry_id)))
        return
    emit_one(_shape(entry_id), fmt)


@inbox.command()
@click.argument("entry_id", type=ROW_ID, required=False)
@click.option("--all-failed", is_flag=True, help="All entries that failed, in whole or in part.")
def replay(entry_id: int | None, all_failed: bool) -> None:
    """Work on a stored webhook again. Safe at any time: what was taken in is not taken in twice.

    Example: wapto inbox replay --all-failed
    """
    if (entry_id is None) != all_failed:
        raise click.UsageError("Name one entry, or say --all-failed.")
    still: list[int] = []
    for one in desk.left_over() if entry_id is None else [entry_id]:
        state = intake.replay(one, now())
        click.echo(f"{one}: {state}")
        still += [one] if state in TROUBLED else []
    if still:
        raise WaptoError(f"Something could not be handled again; `wapto inbox show {still[0]}` says what and why.")
