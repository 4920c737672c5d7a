"""`wapto customers tag` and `wapto customers note`: what the team keeps about a customer."""

from typing import Any

import rich_click as click

from cli import shapes
from cli.context import StoreCommand, actor, now
from cli.output import emit_one, format_options
from wapto.desk.customers import directory, remarks
from wapto.desk.customers.worth import Bought
from wapto.desk.surveys.report import Row
from wapto.domain import money
from wapto.store.models import CustomerNote


@click.command(cls=StoreCommand)
@click.argument("customer")
@click.argument("tags", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take these tags away.")
@format_options
def tag(customer: str, tags: tuple[str, ...], remove: bool, fmt: str) -> None:
    """Tag a customer, to be found by: `customers list --tag`, `orders list --search`.

    Example: wapto customers tag +5511988887777 vip wholesale
    """
    found = directory.find(customer)
    add, drop = ((), tags) if remove else (tags, ())
    remarks.tag(found.id, add, drop, actor=actor(), now=now())
    emit_one(card_of(found.id), fmt)


@click.command(cls=StoreCommand)
@click.argument("customer")
@click.argument("text")
@format_options
def note(customer: str, text: str, fmt: str) -> None:
    """Keep a note about a customer; the threads of their open orders tell it too.

    Example: wapto customers note +5511988887777 "rings twice, the bell is broken"
    """
    found = directory.find(customer)
    remarks.note(found.id, text, actor=actor(), now=now())
    emit_one({**card_of(found.id), "notes": [shape(one) for one in remarks.notes_of(found.id)]}, fmt)


def card_of(customer_id: int) -> dict[str, Any]:
    """The customer as commands print one."""
    return shapes.customer(directory.card(customer_id))


def shape(row: CustomerNote) -> dict[str, Any]:
    """A note about a customer."""
    return {"at": shapes.instant(row.created_at), "author": row.author, "text": row.text}


def bought(one: Bought) -> dict[str, Any]:
    """How many orders a customer has, and their lifetime value by currency."""
    sums = [{"currency": each.currency, "amount": money.to_decimal(each.minor, each.currency)} for each in one.spent]
    return {"orders_count": one.orders, "spent": sums}


def score(row: Row) -> dict[str, Any]:
    """A score that a customer gave."""
    facts = {"order": row.order, "kind": row.kind, "score": row.score, "comment": row.comment}
    return {**facts, "answered_at": shapes.instant(row.answered_at)}
