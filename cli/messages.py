"""`wapto messages`: what customers were told, and whether it arrived."""

import rich_click as click

from cli import complete, shapes
from cli.confirm import confirmed
from cli.context import ROW_ID, StoreGroup, actor, now
from cli.output import emit, emit_one, format_options
from wapto.desk.notices import ledger, outbox
from wapto.desk.orders import orders
from wapto.domain.delivery import STATES

COLUMNS = ("id", "order", "trigger", "template", "language", "state", "reason", "created_at", "sent_at", "delivered_at")

OF_ORDER = ("id", "trigger", "text", "state", "reason", "sent_at", "delivered_at", "read_at")


@click.group(cls=StoreGroup)
def messages() -> None:
    """What customers were told, and whether it arrived.

    Example: wapto messages list --state failed
    """


@messages.command(name="list")
@click.option(
    "--state", shell_complete=complete.words(STATES), help="Only messages in this state, such as held or failed."
)
@click.option("--order", "number", shell_complete=complete.order, help="Only messages of this order.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(state: str | None, number: str | None, limit: int, fmt: str) -> None:
    """List messages, newest first; those of one order in the words that the customer reads.

    Example: wapto messages list --state failed
    """
    order_id = orders.find(number).id if number else None
    rows = ledger.messages(state=state, order_id=order_id, limit=limit)
    emit([shapes.message(row) for row in rows], OF_ORDER if order_id else COLUMNS, fmt, limit)


@messages.command()
@click.argument("message_id", type=ROW_ID)
@format_options
def show(message_id: int, fmt: str) -> None:
    """Show one message in the words that the customer reads.

    Example: wapto messages show 12
    """
    emit_one(shapes.message(ledger.message(message_id)), fmt)


@messages.command()
@click.argument("message_id", type=ROW_ID)
@click.option("--reason", required=True, help="Why, for the timeline.")
@format_options
def retry(message_id: int, reason: str, fmt: str) -> None:
    """Tell a customer again, as a new message beside the one that came to nothing.

    Example: wapto messages retry 12 --reason "the number was corrected"
    """
    emit_one(shapes.message(outbox.retry(message_id, reason, actor(), now())), fmt)


@messages.command()
@click.argument("message_id", type=ROW_ID)
@click.option("--reason", required=True, help="Why, for the timeline.")
@format_options
@confirmed("Never send message {message_id}?")
def drop(message_id: int, reason: str, fmt: str) -> None:
    """Give a message up, so that the customer is not told.

    Example: wapto messages drop 12 --reason "told by phone"
    """
    emit_one(shapes.message(outbox.drop(message_id, reason, actor(), now())), fmt)
