"""Lines that want more than there is: how many are left for them, and the words of the timeline about that."""

from collections.abc import Sequence

from wapto.desk.catalog import catalog
from wapto.desk.stock import moves as stock_moves
from wapto.domain.lines import LineItem
from wapto.store.models import Order


def is_short(line: LineItem) -> bool:
    """Whether the line waits for somebody to decide about its pieces."""
    return any(flag in catalog.SHORTAGES for flag in line.flags)


def left(order: Order, lines: Sequence[LineItem], place: int) -> int:
    """How many pieces there are for the line at this place, beside what other lines of the order want of the item."""
    line = lines[place - 1]
    item = catalog.known(order.number, line.sku)
    if item is None or item.availability in catalog.NOT_FOR_SALE or item.inventory is None:
        return 0
    others = sum(other.quantity or 0 for other in lines if other.sku == line.sku) - (line.quantity or 0)
    taken = stock_moves.claims(item.catalog, order.id)[item.sku]
    return max(item.inventory - others - taken, 0)


def wanted(line: LineItem) -> str:
    """How many of what, as the timeline has it."""
    return f"{'?' if line.quantity is None else line.quantity} × {line.name[:80]}"
