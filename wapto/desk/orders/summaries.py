"""Orders with what scripts are given of each, many at a time: a few queries for all of them, and two for each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from peewee import JOIN

from wapto.desk.customers import customers
from wapto.desk.orders import line_items
from wapto.desk.orders.adjustments import Adjusted
from wapto.desk.orders.views import STOCK_REFUSED
from wapto.desk.stock.moves import REJECTED
from wapto.domain import money, promises
from wapto.domain.identity import order_number
from wapto.domain.lines import LineItem
from wapto.domain.promises import Promised
from wapto.store.database import reading, spelled
from wapto.store.models import Adjustment, Agent, Customer, Number, Order, OrderLine, Promise, StockMove

_BATCH = 500
_AS_THEY_ARE = (
    "status", "note", "agent", "fulfillment", "carrier", "tracking_number", "tracking_url", "eta", "address",
    "payment_status", "created_at", "updated_at", "version",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One order, as `views.OrderView` has it but for what is said about it."""

    number: str
    number_id: str
    status: str
    customer_name: str | None
    customer_phone: str | None
    customer_user_id: str | None
    lines: tuple[LineItem, ...]
    adjusted: tuple[Adjusted, ...]
    total: money.Total | None
    totals: list[money.Total]
    flags: tuple[str, ...]
    note: str
    agent: Agent | None
    fulfillment: str
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    eta: str | None
    address: str | None
    payment_status: str
    promised: Promised | None
    created_at: datetime
    updated_at: datetime
    version: int


def of_orders(ids: Sequence[int]) -> Iterator[Summary]:
    """These orders in this order, those of a batch as of one moment."""
    for start in range(0, len(ids), _BATCH):
        with reading():
            summaries = _batch(ids[start : start + _BATCH])
        yield from summaries


def _batch(ids: Sequence[int]) -> list[Summary]:
    query = Order.select(Order, Number, Customer, Agent).join(Number).switch(Order).join(Customer)
    orders = {order.id: order for order in query.switch(Order).join(Agent, JOIN.LEFT_OUTER).where(Order.id.in_(ids))}
    lines, adjusted, promised, refused = _lines(ids), _adjusted(ids), _promises(ids), _refused(ids)
    phone, user_id = cache(customers.shown_phone), cache(customers.user_id_of)
    return [
        Summary(
            number=order_number(order.id),
            number_id=order.number.phone_number_id,
            customer_name=order.customer.name,
            customer_phone=phone(order.customer_id),
            customer_user_id=user_id(order.customer_id, customers.scope_of(order.number)),
            lines=tuple(lines[order.id]),
            adjusted=tuple(adjusted[order.id]),
            flags=(*order.flags, *([STOCK_REFUSED] if order.id in refused else [])),
            promised=promised.get((order.id, order.status)) if order.is_open else None,
            **_sums(lines[order.id], adjusted[order.id]),
            **{name: getattr(order, name) for name in _AS_THEY_ARE},
        )
        for order in (orders[one] for one in ids if one in orders)
    ]


def _sums(lines: list[LineItem], adjusted: list[Adjusted]) -> dict[str, Any]:
    summands = [(line.quantity, line.unit_minor, line.currency) for line in lines]
    summands += [(1, each.minor, each.currency) for each in adjusted]
    return {"total": money.single_total(summands), "totals": money.totals(summands)}


def _lines(ids: Sequence[int]) -> dict[int, list[LineItem]]:
    found = defaultdict(list)
    for row in OrderLine.select().where(OrderLine.order.in_(ids)).order_by(OrderLine.order, OrderLine.position):
        found[row.order_id].append(line_items.item_of(row))
    return found


def _adjusted(ids: Sequence[int]) -> dict[int, list[Adjusted]]:
    found = defaultdict(list)
    for row in Adjustment.select().where(Adjustment.order.in_(ids)).order_by(Adjustment.kind.desc()):
        found[row.order_id].append(Adjusted(row.kind, row.amount_minor, row.currency))
    return found


def _promises(ids: Sequence[int]) -> dict[tuple[int, str], Promised]:
    rows = Promise.select().where(Promise.order.in_(ids))
    return {(row.order_id, row.status): Promised(row.due_at, promises.name(row.step)) for row in rows}


def _refused(ids: Sequence[int]) -> set[int]:
    refused = StockMove.state == spelled(REJECTED)[0]
    return {row.order_id for row in StockMove.select(StockMove.order).where(StockMove.order.in_(ids), refused)}
