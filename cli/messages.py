"""`wapto messages`: what customers were told, and whether it arrived."""

import rich_click as click

from cli import shapes
from cli.context import StoreGroup
from cli.output import emit, emit_one, format_options
from wapto.desk import ledger, orders

COLUMNS = ("id", "order", "trigger", "template", "language", "state", "reason", "created_at", "sent_at", "delivered_at")


@click.group(cls=StoreGroup)
def messages() -> None:
    """What customers were told, and whether it arrived."""


@messages.command(name="list")
@click.option("--state", help="Only messages in this state, such as held or failed.")
@click.option("--order", "number", help="Only messages of this order.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(state: str | None, number: str | None, limit: int, fmt: str) -> None:
    """List messages, newest first.

    Example: wapto messages list --state failed
    """
    order_id = orders.find(number).id if number else None
    rows = ledger.messages(state=state, order_id=order_id, limit=limit)
    emit([shapes.message(row) for row in rows], COLUMNS, fmt)


@messages.command()
@click.argument("message_id", type=int)
@format_options
def show(message_id: int, fmt: str) -> None:
    """Show one message in the words that the customer reads.

    Example: wapto messages show 12
    """
    emit_one(shapes.message(ledger.message(message_id)), fmt)
