"""`wapto inbox`: webhooks as they arrived."""

import rich_click as click

from cli import shapes
from cli.context import StoreGroup, now
from cli.output import emit, emit_one, format_options
from wapto.desk import inbox as desk
from wapto.desk import intake
from wapto.errors import InvalidInput

COLUMNS = ("id", "received_at", "state", "attempts", "error", "advice")


@click.group(cls=StoreGroup)
def inbox() -> None:
    """Webhooks as they arrived, and what became of them."""


def _shape(entry_id: int) -> dict[str, object]:
    entry, elements = desk.entry(entry_id)
    return shapes.inbox_entry(entry, elements)


@inbox.command(name="list")
@click.option("--state", help="Only entries in this state: new, done, kept, partial or failed.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(state: str | None, limit: int, fmt: str) -> None:
    """List webhooks, newest first.

    Example: wapto inbox list --state failed
    """
    rows = [_shape(entry_id) for entry_id in desk.ids(state=state, limit=limit)]
    if fmt == "table":
        rows = [row | {"advice": _advice(row["elements"])} for row in rows]
    emit(rows, COLUMNS, fmt)


def _advice(elements: object) -> str:
    reasons = [element["reason"] for element in elements if element["reason"]]  # type: ignore[attr-defined]
    return reasons[0] if reasons else ""


@inbox.command()
@click.argument("entry_id", type=int)
@format_options
def show(entry_id: int, fmt: str) -> None:
    """Show one webhook and what became of each part of it.

    Example: wapto inbox show 12 --json
    """
    emit_one(_shape(entry_id), fmt)


@inbox.command()
@click.argument("entry_id", type=int, required=False)
@click.option("--all-failed", is_flag=True, help="All entries that failed, in whole or in part.")
def replay(entry_id: int | None, all_failed: bool) -> None:
    """Work on a stored webhook again. Safe at any time: what was taken in is not taken in twice.

    Example: wapto inbox replay --all-failed
    """
    if (entry_id is None) != all_failed:
        raise InvalidInput("Name one entry, or say --all-failed.")
    for one in [entry_id] if entry_id is not None else desk.left_over():
        click.echo(f"{one}: {intake.replay(one, now())}")
