"""Carts that are longer than their card: the thread has the whole list, in posts of so many line items each."""

from wapto.store.database import spelled
from wapto.store.models import OrderEvent, OrderLine

ON_CARD, IN_POST = 20, 40

# What changes line items, in the timeline.
_CHANGES = (
    "items",
    "items_named",
    "price_honored",
    "price_changed",
    "line_declined",
    "flags_accepted",
    "joined",
)


def posts(order_id: int) -> int:
    """How many posts the list takes; none while the card shows all."""
    count = OrderLine.select().where(OrderLine.order == order_id).count()
    return -(-count // IN_POST) if count > ON_CARD else 0


def have_changed(order_id: int, first: int, last: int) -> bool:
    """Whether line items are others since these entries of the timeline."""
    entries = OrderEvent.seq.between(first, last) & OrderEvent.kind.in_(spelled(*_CHANGES))
    return bool(OrderEvent.select().where(OrderEvent.order == order_id, entries).exists())
