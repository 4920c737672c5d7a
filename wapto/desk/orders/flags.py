"""Flags that somebody looked at: what is odd about line items, but leaves their sum certain, can be found right."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from wapto.desk.catalog import catalog
from wapto.desk.orders import carts, line_items, timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import check_version, decided_again, get_open, update
from wapto.domain.lines import LineItem
from wapto.store.database import transaction
from wapto.store.models import Order, OrderLine

ACCEPTED = "flags_accepted"
HARMLESS = (
    carts.NO_SKU,
    carts.QUANTITY_LARGE,
    carts.PRICE_ZERO,
    carts.OTHER_CURRENCY,
    catalog.OTHER_CATALOG,
    catalog.HIDDEN,
    catalog.REJECTED,
    catalog.OUT_OF_STOCK,
    catalog.SHORT_STOCK,
)


def harmless(lines: Iterable[LineItem]) -> list[str]:
    """The flags of these line items that can be found right, each once."""
    return list(dict.fromkeys(flag for line in lines for flag in line.flags if flag in HARMLESS))


@decided_again
def accept(order_id: int, *, actor: Actor, now: datetime, version: int | None = None) -> Order:
    """Finds right what can be; the flags go from the lines, and the timeline keeps who said so.

    Conflict, saying who was faster, if the order no longer has the `version` that a form was opened with.
    """
    with transaction() as tx:
        order = get_open(order_id, "its flags stay as they are")
        check_version(order, version)
        before = line_items.of_order(order_id)
        found = harmless(before)
        if found:
            update(order, {}, now)
            for place, line in enumerate(map(_found_right, before), 1):
                row = (OrderLine.order == order_id) & (OrderLine.position == place)
                OrderLine.update(flags=list(line.flags)).where(row).execute()
            timeline.record(order_id, ACCEPTED, actor, now, after=", ".join(found))
            tx.wake("desk")
    return Order.get_by_id(order_id)


def _found_right(line: LineItem) -> LineItem:
    return replace(line, flags=tuple(flag for flag in line.flags if flag not in HARMLESS))
