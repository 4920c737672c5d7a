"""Lines of open orders whose SKU was unknown, and the ties between such SKUs and items."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from peewee import Expression

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.catalog import catalog
from wapto.desk.notices.messages import breathe
from wapto.desk.orders import line_items, timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import check_version
from wapto.domain.lines import LineItem
from wapto.domain.text import quoted
from wapto.errors import InvalidInput
from wapto.store.database import transaction
from wapto.store.models import CatalogAlias, CatalogItem, Number, Order, OrderLine

_NAMED = "items_named"


def tie(number: Number, sku: str, target: str, *, actor: Actor, now: datetime) -> int:
    """From now on, and in open orders, carts that have `sku` mean the item `target`; how many orders that changed.

    InvalidInput when the SKU is an item's own, NotFound when there is no such target.
    """
    which = catalog.catalog_of(number)
    item = catalog.find(which, target)
    if item.gone_at is not None:
        raise InvalidInput(f"The item {quoted(target)} is gone from the catalog; name one that is there.")
    here = (CatalogItem.catalog == which) & (CatalogItem.sku == sku)
    if CatalogItem.select().where(here, CatalogItem.gone_at.is_null()).exists():
        raise InvalidInput(f"{quoted(sku)} is an item of the catalog itself, so it cannot stand for another.")
    values = {"target": target, "actor": actor.name, "created_at": now}
    with transaction():
        new = CatalogAlias.insert(catalog=which, sku=sku, **values)
        new.on_conflict(conflict_target=(CatalogAlias.catalog, CatalogAlias.sku), update=values).execute()
    return settle(which, now, OrderLine.sku == sku, actor)


def needs_item(line: LineItem) -> bool:
    """Whether the line's SKU can be tied to an item: the catalog lacks it, or has it no more."""
    return catalog.UNKNOWN_SKU in line.flags or catalog.GONE in line.flags


def tie_line(order_id: int, place: int, target: str, *, actor: Actor, now: datetime, version: int | None = None) -> int:
    """The same for the SKU of an order's line, by its place from 1 on.

    Conflict, saying who was faster, if the order no longer has the `version` that a form was opened with.
    """
    order = Order.get_by_id(order_id)
    check_version(order, version)
    line = line_items.of_order(order_id)[place - 1]
    return tie(order.number, line.sku, target.strip(), actor=actor, now=now)


def settle(which: str, now: datetime, lines: Expression | None = None, actor: Actor = WAPTO) -> int:
    """Looks again for the items of `lines` in open orders, by default of those without a name.

    Returns how many orders that changed.
    """
    wanted = OrderLine.name == OrderLine.sku if lines is None else lines
    here = (Number.catalog == which) & Order.is_open & wanted
    query = OrderLine.select(OrderLine.order).join(Order).join(Number).where(here).distinct()
    changed = 0
    for order_id in sorted(row.order_id for row in query):
        changed += _settle_one(order_id, wanted, actor, now)
        breathe()
    return changed


def _settle_one(order_id: int, wanted: Expression, actor: Actor, now: datetime) -> bool:
    with transaction() as tx:
        order = Order.get_by_id(order_id)
        rows = list(OrderLine.select().where(OrderLine.order == order_id, wanted).order_by(OrderLine.position))
        before = [line_items.item_of(row) for row in rows]
        after = catalog.name_lines(order.number, before, now, order_id=order_id)
        if after == before:
            return False
        for row, line in zip(rows, after, strict=True):
            values = {"name": line.name, "flags": list(line.flags), "catalog_minor": line.catalog_minor}
            OrderLine.update(values).where(OrderLine.id == row.id).execute()
        timeline.record(order_id, _NAMED, actor, now, after=_names(after))
        tx.wake("desk")
    return True


def _names(lines: Sequence[LineItem]) -> str:
    return ", ".join(dict.fromkeys(_known(lines)))[:500]


def _known(lines: Iterable[LineItem]) -> Iterable[str]:
    return (line.name for line in lines if catalog.UNKNOWN_SKU not in line.flags)
