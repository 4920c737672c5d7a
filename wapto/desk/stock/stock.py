"""Taking the items of an order from the stock when it is confirmed, and giving them back when it no longer is.

However often an order is looked at, nothing is taken twice: only what its items want and it does not hold is taken.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from wapto.desk.catalog import catalog
from wapto.desk.orders import line_items
from wapto.desk.stock import moves as stock_moves
from wapto.desk.stock.moves import Item
from wapto.domain import lifecycle
from wapto.domain.lines import LineItem
from wapto.store.database import Transaction
from wapto.store.models import Order, OrderLine

_NOT_HOLDING = (*lifecycle.NOT_BEGUN, lifecycle.CANCELLED)


def follow(tx: Transaction, order: Order, before: str, now: datetime) -> None:
    """Lets the stock follow an order whose status was `before`, or whose items changed. In the caller's change.

    Takes only where the number writes stock to Meta, and what its catalog counts. At the moment when it is confirmed
    shortages are flagged, whether or not that is so.
    """
    is_confirmed = before in _NOT_HOLDING and order.status not in _NOT_HOLDING
    if is_confirmed:
        _flag_shortages(order, now)
    held = stock_moves.held(order.id)
    wanted = _wanted(order, held, is_new=is_confirmed)
    wanted.subtract(held)
    pieces = {item: quantity for item, quantity in wanted.items() if quantity}
    if pieces:
        stock_moves.add(order, pieces, now)
        tx.wake("slow")


def _wanted(order: Order, held: Counter[Item], *, is_new: bool) -> Counter[Item]:
    """What the order is to hold from now on: of what was confirmed before the number wrote stock, nothing."""
    wanted: Counter[Item] = Counter()
    which, takes = order.number.catalog, order.number.update_stock
    if order.status in _NOT_HOLDING or not (held or (is_new and takes)):
        return wanted
    if which is None:
        return Counter(held)
    lines = [line for line in line_items.of_order(order.id) if catalog.OTHER_CATALOG not in line.flags]
    items = catalog.items_of(which, {line.sku for line in lines})
    for line in lines:
        item = items.get(line.sku)
        if item is None:
            continue
        is_counted = item.gone_at is None and catalog.is_counted(item.inventory, item.availability)
        if (which, item.sku) in held or (takes and is_counted):
            wanted[which, item.sku] += line.quantity or 0
    return wanted


def _flag_shortages(order: Order, now: datetime) -> None:
    rows = list(OrderLine.select().where(OrderLine.order == order.id).order_by(OrderLine.position))
    lines = [line_items.item_of(row) for row in rows]
    named = catalog.name_lines(order.number, lines, now, order_id=order.id)
    for row, line, known in zip(rows, lines, named, strict=True):
        flagged = _with_shortages_of(line, known)
        if flagged != line:
            OrderLine.update(flags=list(flagged.flags)).where(OrderLine.id == row.id).execute()


def _with_shortages_of(line: LineItem, known: LineItem) -> LineItem:
    others = (flag for flag in line.flags if flag not in catalog.SHORTAGES)
    return replace(line, flags=(*others, *(flag for flag in known.flags if flag in catalog.SHORTAGES)))
