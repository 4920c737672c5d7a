"""Finding orders: the filters that the command line and Slack share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from wapto.desk.orders import note_search
from wapto.domain import promises
from wapto.domain.delivery import FAILED, HELD, UNKNOWN
from wapto.domain.identity import order_id_of, order_number
from wapto.domain.lifecycle import PENDING, status_of
from wapto.domain.promises import Promised
from wapto.domain.text import clean
from wapto.store.database import spelled
from wapto.store.models import Agent, Customer, CustomerTag, Handle, Message, Number, Order, OrderLine, Promise

UNTOLD = (HELD, FAILED, UNKNOWN)

_NEVER = 2**62  # in microseconds
_LAST = "\U0010ffff"  # the end of all words that begin like those before it


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which orders are meant; what is None does not narrow. All of it must hold."""

    status: str | None = None
    agent_id: int | None = None
    team: str | None = None
    unassigned: bool = False
    untold: bool = False
    late: bool = False
    waiting: bool = False
    latest_first: bool = False  # a list sorted by when each is due, as one of late orders always is
    open_only: bool = False
    number: Number | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True)
class Row:
    """One order in a list."""

    id: int
    number: str
    status: str
    fulfillment: str
    customer: str | None
    agent: str | None
    agent_id: int | None
    language: str
    currency: str | None
    total_minor: int | None
    created_at: datetime
    card_channel: str | None
    card_ts: str | None
    promised: Promised | None = None


def find(wanted: Filter, limit: int, *, offset: int = 0) -> list[Row]:
    """The orders that match, the newest first or the latest ones, at most `limit`, after the first `offset`."""
    page: Any = Order.select(Order.id).where(*conditions(wanted)).order_by(*_first(wanted)).limit(limit).offset(offset)
    # What the page shows is looked up for its own rows alone, not for all that are passed over on the way to it.
    return rows_of([order_id for (order_id,) in page.tuples()])


def rows_of(ids: Sequence[int]) -> list[Row]:
    """These orders, in this order."""
    query = (
        Order.select(
            Order,
            Customer.name.alias("customer_name"),
            Agent.name.alias("agent_name"),
            Number.language.alias("language"),
            Promise.due_at.alias("due_at"),
            Promise.step.alias("step"),
        )
        .join(Customer)
        .switch(Order)
        .join(Number)
        .switch(Order)
        .join(Agent, JOIN.LEFT_OUTER)
        .switch(Order)
        .join(Promise, JOIN.LEFT_OUTER, on=_stands())
        .where(Order.id.in_(ids))
    )
    rows = {order.id: _row(order) for order in query.objects()} if ids else {}
    return [rows[order_id] for order_id in ids if order_id in rows]


def _first(wanted: Filter) -> tuple[Any, ...]:
    """Newest first; or what is late for longest, and what is due for no time last.

    What matches words is few: it is sorted, lest all orders be gone through to meet them in order.
    """
    if wanted.late or wanted.latest_first:
        due = Promise.select(Promise.due_at).where(_stands())
        return fn.COALESCE(due, _NEVER), Order.created_at, Order.id
    created = Order.created_at + 0 if wanted.text else Order.created_at
    return created.desc(), Order.id.desc()


def orders(wanted: Filter, limit: int) -> list[Order]:
    """The oldest orders that match, at most `limit`, as they are worked through."""
    query = Order.select(Order, Customer).join(Customer).where(*conditions(wanted))
    return list(query.order_by(Order.created_at, Order.id).limit(limit))


def count(wanted: Filter) -> int:
    """How many orders match."""
    return int(Order.select().where(*conditions(wanted)).count())


def _row(order: Any) -> Row:
    return Row(
        order.id,
        order_number(order.id),
        order.status,
        order.fulfillment,
        order.customer_name,
        order.agent_name,
        order.agent_id,
        order.language,
        order.currency,
        order.total_minor,
        order.created_at,
        order.card_channel,
        order.card_ts,
        Promised(order.due_at, promises.name(order.step)) if order.due_at and order.is_open else None,
    )


def conditions(wanted: Filter) -> Sequence[Any]:
    """The same as conditions on the orders."""
    conditions: list[Any] = [Order.id.is_null(False)]
    if wanted.status:
        conditions.append(Order.status == status_of(wanted.status).slug)
        conditions.append(Order.is_open if status_of(wanted.status).is_open else ~Order.is_open)
    if wanted.open_only or wanted.unassigned:
        conditions.append(Order.is_open)
    if wanted.unassigned:
        conditions.append(Order.agent.is_null())
    if wanted.agent_id is not None:
        conditions.append(Order.agent == wanted.agent_id)
        conditions += [] if wanted.status else [Order.is_open]
    if wanted.team is not None:
        conditions.append(Order.agent.in_(Agent.select(Agent.id).where(Agent.team == wanted.team)))
    if wanted.untold:
        conditions.append(Order.id.in_(untold()))
    if wanted.late:
        conditions += [Order.is_open, Order.id.in_(_late())]
    if wanted.waiting:
        conditions += [Order.is_open, _waiting()]
    if wanted.number is not None:
        conditions.append(Order.number == wanted.number)
    if wanted.since is not None:
        conditions.append(Order.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Order.created_at < wanted.until)
    if wanted.text and wanted.text.strip():
        conditions.append(_matches(clean(wanted.text).strip()))
    return conditions


def _stands() -> Any:
    """Of a promise and an order: it is the order's, of the status that it is in."""
    return (Promise.order == Order.id) & (Promise.status == Order.status)


def _late() -> Any:
    order = Order.alias()
    late = Promise.select(Promise.order).join(order, on=Promise.order == order.id)
    return late.where(Promise.step >= promises.LATE, Promise.status == order.status)


def _waiting() -> Any:
    """It is the customer's turn: the order waits for an answer, or for the address that was asked for."""
    asked = Order.address_asked_at.is_null(False) & Order.address.is_null()
    return (Order.status == PENDING) | asked


def untold() -> Any:
    """Orders whose customer has not heard of the status that they are in: its newest message is held or went wrong."""
    order, newer = Order.alias(), Message.alias()
    again = newer.select().where(newer.order == Message.order, newer.trigger == Message.trigger, newer.id > Message.id)
    return (
        Message.select(Message.order)
        .join(order, on=Message.order == order.id)
        .where(Message.state.in_(spelled(*UNTOLD)), Message.trigger == order.status, ~fn.EXISTS(again))
    )


def _matches(text: str) -> Any:
    """By order number, beginning of name or phone, tag, SKU, words of notes: each by its own index."""
    digits = "".join(character for character in text if character in "0123456789")
    # Both sides by the same function: SQLite's knows upper and lower case of ASCII only.
    named = _begins(fn.LOWER(Customer.name), fn.LOWER(text), fn.LOWER(text + _LAST))
    found = _orders_of(Customer.select(Customer.id).where(named))
    found |= OrderLine.select(OrderLine.order).where(OrderLine.sku == text)
    tagged = CustomerTag.tag == text.removeprefix("#").lower()
    found |= _orders_of(CustomerTag.select(CustomerTag.customer).where(tagged))
    if len(digits) >= 4:
        phone = _begins(Handle.value, f"+{digits}", f"+{digits}{_LAST}")
        found |= _orders_of(Handle.select(Handle.customer).where(Handle.kind == "phone", Handle.scope == "", phone))
    if (noted := note_search.orders_with(text)) is not None:
        found |= noted
    order_id = order_id_of(text)
    return Order.id.in_(found if order_id is None else found | Order.select(Order.id).where(Order.id == order_id))


def _orders_of(customers: Any) -> Any:
    theirs = Order.alias()
    return theirs.select(theirs.id).where(theirs.customer.in_(customers))


def _begins(column: Any, first: Any, last: Any) -> Any:
    """A prefix search as a range, which an index can answer on both engines."""
    return (column >= first) & (column < last)
