"""`wapto replies`: words that agents send with one choice when they reply to a customer."""

from typing import Any

import rich_click as click

from cli.context import StoreGroup, now
from cli.output import emit, emit_one, format_options
from wapto.desk import numbers
from wapto.desk.conversations import quick_replies
from wapto.store.models import QuickReply

COLUMNS = ("name", "number_id", "text")


@click.group(cls=StoreGroup)
def replies() -> None:
    """Words that agents send with one choice when they reply to a customer.

    Example: wapto replies list
    """


@replies.command(name="set")
@click.argument("name")
@click.argument("text")
@click.option("--number", help="Only for this business phone number; all of them if left out.")
@format_options
def set_(name: str, text: str, number: str | None, fmt: str) -> None:
    """Keep words under a name, in place of those that had it. {order.number} and other variables are filled in.

    Example: wapto replies set Pix "Hi {customer.first_name}, our Pix key is pay@shop.example. Order {order.number}."
    """
    chosen = numbers.find(number) if number else None
    emit_one(_shape(quick_replies.put(name, text, number=chosen, now=now())), fmt)


@replies.command(name="list")
@format_options
def list_(fmt: str) -> None:
    """List the quick replies.

    Example: wapto replies list --json
    """
    emit([_shape(row) for row in quick_replies.listing()], COLUMNS, fmt)


@replies.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take a quick reply away.

    Example: wapto replies remove Pix
    """
    quick_replies.remove(name)


def _shape(row: QuickReply) -> dict[str, Any]:
    return {"name": row.name, "number_id": row.number.phone_number_id if row.number else None, "text": row.text}
