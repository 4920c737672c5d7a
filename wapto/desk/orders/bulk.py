"""Many orders at once: what would happen to each, doing it one by one, and what has to be picked for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from wapto.desk.assignment import rights
from wapto.desk.catalog import catalog
from wapto.desk.notices.drafts import compose, trigger_of
from wapto.desk.notices.messages import breathe
from wapto.desk.orders import orders, search
from wapto.desk.orders.search import Filter
from wapto.desk.orders.timeline import Actor
from wapto.domain import lifecycle
from wapto.domain.identity import order_number
from wapto.errors import WaptoError
from wapto.store.models import CatalogItem, Number, Order, OrderLine


@dataclass(frozen=True)
class Step:
    """What a change of status would do to one order; a `problem` says why it is not possible, or not told.

    `told` is what the customer would read, None when nothing would be sent.
    """

    order_id: int
    number: str
    customer: str | None
    before: str
    is_possible: bool
    told: str | None
    problem: str | None


@dataclass(frozen=True)
class Result:
    """What became of one order; a `problem` says why it was left as it was."""

    number: str
    before: str
    problem: str | None


def plan(
    wanted: Filter, target: str, *, limit: int, reason: str | None = None, agent_id: int | None = None
) -> list[Step]:
    """What moving these orders to `target` would do, oldest first; for an agent only what their scope allows."""
    lifecycle.status_of(target)
    return [_step(order, target, reason, agent_id) for order in search.orders(wanted, limit)]


def _step(order: Order, target: str, reason: str | None, agent_id: int | None) -> Step:
    try:
        _check(agent_id, order.id)
        lifecycle.check_move(
            order.status, target, order.fulfillment, reason=reason, cancelled_from=order.cancelled_from
        )
    except WaptoError as fault:
        return _stepped(order, False, None, str(fault))
    trigger = trigger_of(order.number_id, target)
    if trigger is None or not trigger.is_on:
        return _stepped(order, True, None, None)
    draft = compose(order, trigger, reason)
    return _stepped(order, True, None if draft.problem else draft.text, draft.problem)


def _check(agent_id: int | None, order_id: int) -> None:
    if agent_id is not None:
        rights.check(agent_id, order_id)


def _stepped(order: Order, is_possible: bool, told: str | None, problem: str | None) -> Step:
    return Step(order.id, order_number(order.id), order.customer.name, order.status, is_possible, told, problem)


def advance(
    those: Iterable[tuple[int, str]], target: str, *, actor: Actor, now: datetime, reason: str | None = None
) -> list[Result]:
    """Moves each of these orders from the status that it was seen in, as if one by one; one failure stops no other."""
    results = []
    for order_id, before in those:
        problem = None
        try:
            _check(actor.agent_id, order_id)
            orders.change_status(order_id, target, actor=actor, now=now, reason=reason, seen_status=before)
        except WaptoError as fault:
            problem = str(fault)
        results.append(Result(order_number(order_id), before, problem))
        breathe()
    return results


@dataclass(frozen=True)
class Pick:
    """One SKU over many orders: how many, for how many orders, and in how many lines the quantity is not known.

    `in_stock` is what the catalog says, None where nobody counts.
    """

    sku: str
    name: str
    quantity: int
    orders: int
    unclear: int
    in_stock: int | None

    @property
    def short(self) -> int:
        """How many are missing."""
        return 0 if self.in_stock is None else max(0, self.quantity - self.in_stock)


def pick_list(wanted: Filter) -> list[Pick]:
    """What has to be picked for these orders, by SKU, quantities summed."""
    these = Order.select(Order.id).where(*search.conditions(wanted))
    rows: Any = (
        OrderLine.select(
            OrderLine.sku,
            fn.MAX(OrderLine.name),
            fn.COALESCE(fn.SUM(OrderLine.quantity), 0),
            fn.COUNT(OrderLine.order.distinct()),
            fn.COUNT(OrderLine.id) - fn.COUNT(OrderLine.quantity),
        )
        .where(OrderLine.order.in_(these))
        .group_by(OrderLine.sku)
        .order_by(OrderLine.sku)
        .tuples()
    )
    found = list(rows)
    stock = _stock([row[0] for row in found])
    return [Pick(sku, name, int(sum_), count, unclear, stock.get(sku)) for sku, name, sum_, count, unclear in found]


_CHUNK = 500  # SKUs in one statement


def _stock(skus: Sequence[str]) -> dict[str, int]:
    """What the catalogs in use count of each SKU; zero beside "in stock" means that nobody counts."""
    used = Number.select(Number.catalog).where(Number.catalog.is_null(False), Number.gone_at.is_null())
    counted: dict[str, int] = {}
    for start in range(0, len(skus), _CHUNK):
        here = CatalogItem.catalog.in_(used) & CatalogItem.sku.in_(skus[start : start + _CHUNK])
        for item in CatalogItem.select().where(here, CatalogItem.gone_at.is_null()):
            if item.availability in catalog.NOT_FOR_SALE:
                counted[item.sku] = 0
            elif item.inventory:
                counted[item.sku] = item.inventory
    return counted
