"""What Wapto knows of one person: where it stands, and all of it as plain data."""

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from peewee import OP, SQL, BlobField, Cast, Expression, Field, JSONField, Model, NodeList, TextField, Value, fn

from wapto.desk.approvals import approvals
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import phone_variants
from wapto.errors import NotFound
from wapto.meta.redaction import about
from wapto.store.database import is_sqlite, reading
from wapto.store.models import (
    ALL,
    Adjustment,
    Approval,
    Customer,
    CustomerNote,
    CustomerTag,
    Echo,
    Handle,
    Inbound,
    InboxEntry,
    Inquiry,
    InquiryEvent,
    Media,
    Merge,
    Message,
    Note,
    Order,
    OrderEvent,
    OrderLine,
    Survey,
)

_WORDY = (TextField, JSONField, BlobField)


@dataclass(frozen=True)
class Person:
    """All customers that were found to be one, and what they are recognized by, as it is written: digits, user ids."""

    customer_ids: tuple[int, ...]
    names: tuple[str, ...]


def person(customer_id: int) -> Person:
    """The person with this id, and whoever was merged with them; NotFound when there is none."""
    ids = _merged(customer_id)
    values = [handle.value for handle in Handle.select().where(Handle.customer.in_(ids)).order_by(Handle.id)]
    written = [twin.removeprefix("+") for value in values for twin in phone_variants(value)]
    return Person(ids, tuple(dict.fromkeys(written)))


def _merged(customer_id: int) -> tuple[int, ...]:
    customer = Customer.get_or_none(Customer.id == customer_id)
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    if customer.merged_into_id is not None:
        return _merged(customer.merged_into_id)
    ids, newest = [customer_id], [customer_id]
    while newest:
        query = Customer.select(Customer.id).where(Customer.merged_into_id.in_(newest)).order_by(Customer.id)
        newest = [one.id for one in query]
        ids += newest
    return tuple(ids)


def export(customer_id: int, *, actor: Actor, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Every row about the person, by table, and of raw webhooks what they say of no one else. Instants are aware.

    NotAllowed where a second person has to agree to an export of phone numbers, and nobody has yet.
    """
    approvals.permit(approvals.EXPORT, actor, now)
    who = person(customer_id)
    with reading():
        rows = {model._meta.table_name: _rows(model, where) for model, where in places(who)}
        webhooks = list(InboxEntry.select().where(mentioned(who)).order_by(InboxEntry.id)) if who.names else []
        rows["inbox"] = [
            {"id": entry.id, "received_at": entry.received_at, "body": about(bytes(entry.body), who.names)}
            for entry in webhooks
        ]
    return rows


def places(who: Person) -> list[tuple[type[Model], Expression]]:
    """The tables that hold something of a person, and which of their rows."""
    orders = Order.select(Order.id).where(Order.customer.in_(who.customer_ids))
    inquiries = Inquiry.select(Inquiry.id).where(Inquiry.customer.in_(who.customer_ids))
    return [
        (Customer, Customer.id.in_(who.customer_ids)),
        (Handle, Handle.customer.in_(who.customer_ids)),
        (Order, Order.customer.in_(who.customer_ids)),
        (OrderLine, OrderLine.order.in_(orders)),
        (Adjustment, Adjustment.order.in_(orders)),
        (Note, Note.order.in_(orders)),
        (OrderEvent, OrderEvent.order.in_(orders)),
        (Inbound, Inbound.customer.in_(who.customer_ids)),
        (Echo, Echo.customer.in_(who.customer_ids)),
        (Message, Message.customer.in_(who.customer_ids)),
        (Approval, Approval.order.in_(orders) | Approval.customer.in_(who.customer_ids)),
        (Survey, Survey.customer.in_(who.customer_ids)),
        (CustomerTag, CustomerTag.customer.in_(who.customer_ids)),
        (CustomerNote, CustomerNote.customer.in_(who.customer_ids)),
        (Merge, Merge.kept.in_(who.customer_ids)),
        (Inquiry, Inquiry.customer.in_(who.customer_ids)),
        (InquiryEvent, InquiryEvent.inquiry.in_(inquiries)),
        (Media, Media.order.in_(orders) | Media.inquiry.in_(inquiries)),
    ]


def _rows(model: Any, where: Expression) -> list[dict[str, Any]]:
    return list(model.select().where(where).order_by(model.id).dicts())


def mentioned(who: Person) -> Any:
    """The raw webhooks in which the person appears; looks through all of them."""
    conditions = [_contains(InboxEntry.body, name.encode()) for name in who.names]
    return reduce(operator.or_, conditions) if conditions else SQL("1 = 0")


def found(names: Iterable[str]) -> list[str]:
    """Every column of every table, as "table.column", in which one of these words still stands somewhere."""
    words = list(names)
    columns = [(model, field) for model in ALL for field in model._meta.sorted_fields if isinstance(field, _WORDY)]
    return [
        f"{model._meta.table_name}.{field.column_name}"
        for model, field in columns
        if any(model.select(SQL("1")).where(_holds(field, word)).exists() for word in words)
    ]


def _holds(field: Field, word: str) -> Any:
    if isinstance(field, BlobField):
        return _contains(field, word.encode())
    return _contains(Cast(field, "TEXT"), word)


def _contains(column: Any, part: bytes | str) -> Any:
    """Whether the column has these bytes or letters anywhere; no wildcard means anything in them."""
    value = Value(part, converter=False)
    if is_sqlite():
        return Expression(fn.INSTR(column, value), OP.GT, 0)
    return Expression(fn.POSITION(NodeList((value, SQL("IN"), column))), OP.GT, 0)
