"""Orders, their lines and customers as flat rows, streamed: batch after batch, so that any number fits into memory.

A batch is of one moment, the whole is not: what changes meanwhile is exported as it was or as it is.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from wapto.desk.approvals import approvals
from wapto.desk.customers import directory
from wapto.desk.orders import adjustments, line_items, search
from wapto.desk.orders.timeline import Actor
from wapto.domain import money
from wapto.domain.identity import order_number
from wapto.domain.lines import LineItem
from wapto.store.database import reading
from wapto.store.models import Adjustment, Agent, Customer, Number, Order, OrderLine

Row = dict[str, Any]
"""Instants are aware datetimes, amounts decimal strings in major units, `items` a list of rows like those of lines."""

_BATCH = 500

ORDER_COLUMNS = (
    "number", "number_id", "status", "customer", "phone", "user_id", "items", "currency", "total", "shipping",
    "discount", "flags", "note", "address", "agent", "fulfillment", "payment_status", "carrier", "tracking_number",
    "tracking_url", "eta", "created_at", "updated_at", "version",
)  # fmt: skip
LINE_COLUMNS = (
    "number", "position", "status", "customer", "created_at", "sku", "name", "quantity", "unit_price", "line_total",
    "currency", "flags",
)  # fmt: skip
CUSTOMER_COLUMNS = (
    "id", "name", "phone", "phone_confirmed", "user_id", "username", "language", "tags", "orders", "last_order_at",
    "created_at",
)  # fmt: skip


def orders(wanted: search.Filter, *, actor: Actor, now: datetime) -> Iterator[Row]:
    """The orders that match, oldest first, a row each with ORDER_COLUMNS.

    NotAllowed where a second person has to agree to an export of phone numbers, and nobody has yet.
    """
    approvals.permit(approvals.EXPORT, actor, now)
    return _orders(wanted)


def _orders(wanted: search.Filter) -> Iterator[Row]:
    for batch, lines in _batches(wanted):
        people = {card.id: card for card in directory.cards([order.customer for order in batch])}
        added = _adjustments([order.id for order in batch])
        for order in batch:
            items = [_item(position, line) for position, line in lines[order.id]]
            yield _order(order, people[order.customer_id], items, added[order.id])


def lines(wanted: search.Filter) -> Iterator[Row]:
    """The line items of the orders that match, a row each with LINE_COLUMNS."""
    for batch, items in _batches(wanted):
        for order in batch:
            head = {"number": order_number(order.id), "status": order.status, "customer": order.customer.name}
            for position, line in items[order.id]:
                row = {**head, "created_at": order.created_at, **_item(position, line)}
                yield {column: row[column] for column in LINE_COLUMNS}


def customers(*, actor: Actor, now: datetime) -> Iterator[Row]:
    """All customers but those that were merged into others, a row each with CUSTOMER_COLUMNS; NotAllowed as above."""
    approvals.permit(approvals.EXPORT, actor, now)
    return _customers()


def _customers() -> Iterator[Row]:
    last = 0
    while batch := _some_customers(last):
        last = batch[-1].id
        with reading():
            cards, bought = directory.cards(batch), _bought([customer.id for customer in batch])
        for customer, card in zip(batch, cards, strict=True):
            count, newest = bought.get(customer.id, (0, None))
            facts = {**vars(card), "tags": ", ".join(card.tags), "orders": count, "last_order_at": newest}
            facts["created_at"] = customer.created_at
            yield {column: facts[column] for column in CUSTOMER_COLUMNS}


def count_customers() -> int:
    """How many rows `customers` has."""
    return int(Customer.select().where(Customer.merged_into_id.is_null()).count())


def _batches(wanted: search.Filter) -> Iterator[tuple[list[Order], dict[int, list[tuple[int, LineItem]]]]]:
    batch: list[Order] = []
    while True:
        with reading():
            batch = _some_orders(wanted, batch[-1] if batch else None)
            items = _items([order.id for order in batch])
        if not batch:
            return
        yield batch, items


def _some_orders(wanted: search.Filter, last: Order | None) -> list[Order]:
    """The next ones in the order of the index that has the time of creation, which most filters use too."""
    query = Order.select(Order, Number, Customer, Agent).join(Number).switch(Order).join(Customer)
    query = query.switch(Order).join(Agent, JOIN.LEFT_OUTER).where(*search.conditions(wanted))
    if last is not None:
        later = (Order.created_at > last.created_at) | (Order.id > last.id)
        query = query.where(Order.created_at >= last.created_at, later)
    return list(query.order_by(Order.created_at, Order.id).limit(_BATCH))


def _items(ids: list[int]) -> dict[int, list[tuple[int, LineItem]]]:
    found = defaultdict(list)
    for row in OrderLine.select().where(OrderLine.order.in_(ids)).order_by(OrderLine.order, OrderLine.position):
        found[row.order_id].append((row.position, line_items.item_of(row)))
    return found


def _adjustments(ids: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for row in Adjustment.select().where(Adjustment.order.in_(ids)):
        found[row.order_id][row.kind] = money.to_decimal(row.amount_minor, row.currency)
    return found


def _order(order: Order, card: directory.Card, items: list[Row], added: dict[str, str]) -> Row:
    row = {
        "number": order_number(order.id),
        "number_id": order.number.phone_number_id,
        "customer": card.name,
        "phone": card.phone,
        "user_id": card.user_id,
        "items": items,
        "total": _amount(order.total_minor, order.currency),
        "shipping": added.get(adjustments.SHIPPING),
        "discount": added.get(adjustments.DISCOUNT),
        "flags": list(order.flags),
        "agent": order.agent.name if order.agent else None,
    }
    return {column: row[column] if column in row else getattr(order, column) for column in ORDER_COLUMNS}


def _item(position: int, line: LineItem) -> Row:
    return {
        "position": position,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": _amount(line.unit_minor, line.currency),
        "line_total": _amount(line.total_minor, line.currency),
        "currency": line.currency,
        "flags": list(line.flags),
    }


def _amount(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None or currency is None else money.to_decimal(minor, currency)


def _some_customers(last: int) -> list[Customer]:
    living = Customer.select().where(Customer.merged_into_id.is_null(), Customer.id > last)
    return list(living.order_by(Customer.id).limit(_BATCH))


def _bought(ids: list[int]) -> dict[int, tuple[int, datetime | None]]:
    """How many orders each has, and when the newest was made."""
    newest = fn.MAX(Order.created_at).converter(Order.created_at.python_value)
    query = Order.select(Order.customer_id, fn.COUNT(Order.id), newest).where(Order.customer.in_(ids))
    rows: Any = query.group_by(Order.customer).tuples()
    return {customer: (count, at) for customer, count, at in rows}
