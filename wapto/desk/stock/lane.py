"""Writing to Meta's catalogs what orders took from the stock and gave back.

Meta takes figures, not differences. So what it counts is read anew, the figure that follows from that is committed as
the item's target, and only then sent. Of a target whose end nobody knows, as after a kill, the next look tells: where
Meta has just that figure it was written, else it was not, and the next target follows from what Meta has then. A target
may be sent twice, and subtracts once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from wapto.desk.stock import levels as stock_levels
from wapto.errors import WaptoError
from wapto.meta import stock as meta
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError
from wapto.meta.stock import Outcome, Stock
from wapto.store.models import CatalogItem, StockLevel

_NOT_THERE = 100
_LOST = Outcome(is_ended=False, is_lost=True, rejected={})


def drain(client: GraphClient, clock: Callable[[], datetime]) -> bool:
    """Writes the stock of some items, or asks how a batch ended; True when there may be more to do."""
    due = stock_levels.claim(clock())
    if not due:
        return False
    try:
        if due[0].handle:
            _ask(client, due, due[0].handle, clock)
        else:
            _write(client, due, clock)
    except WaptoError as fault:
        stock_levels.put_off(due, fault, clock())
    return True


def _write(client: GraphClient, due: Sequence[StockLevel], clock: Callable[[], datetime]) -> None:
    aims = [(level, _aim(client, level, clock)) for level in due]
    rows = {level.sku: stock for level, stock in aims if stock is not None}
    if not rows:
        return
    posted, now = meta.write(client, due[0].catalog, rows), clock()
    for level, stock in aims:
        if level.sku in posted.rejected:
            stock_levels.reject(level, posted.rejected[level.sku], now)
        elif stock is not None:
            stock_levels.sent(level, posted.handle, now)


def _aim(client: GraphClient, level: StockLevel, clock: Callable[[], datetime]) -> Stock | None:
    """What to write of an item, committed as its target; None where nothing is to be written."""
    known = CatalogItem.get_or_none(CatalogItem.catalog == level.catalog, CatalogItem.sku == level.sku)
    try:
        there = meta.of_item(client, known.meta_id) if known else Stock(None, "")
    except GraphError as refusal:
        if refusal.code != _NOT_THERE:
            raise
        stock_levels.reject(level, str(refusal), clock())
        return None
    return stock_levels.aim(level, there, clock())


def _ask(client: GraphClient, due: Sequence[StockLevel], handle: str, clock: Callable[[], datetime]) -> None:
    try:
        outcome = meta.outcome(client, due[0].catalog, handle)
    except GraphError as refusal:
        if refusal.code != _NOT_THERE:
            raise
        outcome = _LOST
    if outcome.rejected.keys() - stock_levels.skus_of(handle):
        outcome = _LOST  # it speaks of rows that are none of ours, so of ours it says nothing for certain
    now = clock()
    for level in due:
        if not outcome.is_ended:
            stock_levels.wait(level, now, handle=None if outcome.is_lost else handle)
        elif level.sku in outcome.rejected:
            stock_levels.reject(level, outcome.rejected[level.sku], now)
        else:
            stock_levels.finish(level, now)
