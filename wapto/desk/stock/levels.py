"""How far the stock of each item is written to Meta: every change of that is one transaction of whoever holds the item.

`due_at` is the lease too: a change names the one that was read, so that of two processes one changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.board import backoff
from wapto.desk.catalog import catalog
from wapto.desk.orders import timeline
from wapto.desk.stock.moves import DROPPED, DUE, REJECTED, SENDING, WRITTEN, of_item, set_state
from wapto.desk.watch import admins
from wapto.domain.identity import order_number
from wapto.domain.text import cut, flatten
from wapto.errors import Conflict, WaptoError
from wapto.meta.errors import GraphError, Remedy
from wapto.meta.stock import Stock
from wapto.store.database import skip_locked, transaction
from wapto.store.models import CatalogItem, StockLevel, StockMove

REFUSED, TAKEN = "stock_refused", "stock_written"  # entries of orders

_TOGETHER = 20  # items in one batch: each is looked at first, well within the lease
_LEASE = timedelta(minutes=10)
_ASK_AFTER = timedelta(seconds=2)
_REFUSED_PAUSE = timedelta(hours=6)  # by then an admin may have mended it
_ADMINS_PAUSE = timedelta(hours=1)
_ADMINS_TURN = (Remedy.CONFIGURE, Remedy.TOKEN_DEAD, Remedy.NEVER)
_MOST_PIECES = 10**9
_NOTHING: dict[str, Any] = {"target": None, "availability": None, "handle": None, "attempts": 0}


def claim(now: datetime) -> list[StockLevel]:
    """Takes items of one catalog that have to be written, or those of one batch, for this process."""
    with transaction():
        is_due = StockLevel.due_at <= now
        first = StockLevel.select().where(is_due).order_by(StockLevel.due_at, StockLevel.id).limit(1)
        row = skip_locked(first, StockLevel).first()
        if row is None:
            return []
        same = StockLevel.handle == row.handle if row.handle else StockLevel.handle.is_null()
        alike = StockLevel.select().where(StockLevel.catalog == row.catalog, same, is_due).order_by(StockLevel.id)
        ids = [level.id for level in skip_locked(alike.limit(_TOGETHER), StockLevel)]
        StockLevel.update(due_at=now + _LEASE).where(StockLevel.id.in_(ids)).execute()
        return list(StockLevel.select().where(StockLevel.id.in_(ids)).order_by(StockLevel.id))


def skus_of(handle: str) -> set[str]:
    """The items of a batch that is not at its end."""
    return {level.sku for level in StockLevel.select(StockLevel.sku).where(StockLevel.handle == handle)}


def _keep(level: StockLevel, **values: Any) -> None:
    """In the caller's transaction; Conflict if the item is somebody else's by now."""
    held = (StockLevel.id == level.id) & (StockLevel.due_at == level.due_at)
    if not StockLevel.update(values).where(held).execute():
        raise Conflict("Another process writes the stock of this item.")
    for name, value in values.items():
        setattr(level, name, value)


def aim(level: StockLevel, there: Stock, now: datetime) -> Stock | None:
    """Commits what to write of an item, from what Meta counts now; None where nothing is to be written.

    What is `short` are pieces that orders took though there were none any more, until somebody counts anew.
    """
    if level.target is not None and there.inventory == level.target:
        finish(level, now)
        if level.due_at is None:
            return None
    has = there.inventory
    with transaction():
        moves = of_item(level, (DUE, SENDING, REJECTED))
        if has is None or has > _MOST_PIECES or not catalog.is_counted(has, there.availability):
            set_state(moves, DROPPED)
            _keep(level, due_at=None, written=None, short=0, problem=None, **_NOTHING)
            return None
        left = has - (level.short if has == level.written else 0) - sum(move.quantity for move in moves)
        target = Stock(max(left, 0), _availability(there, is_left=left > 0))
        set_state(moves, SENDING)
        aimed = {"target": target.inventory, "target_short": max(-left, 0), "availability": target.availability or None}
        _keep(level, due_at=now + _LEASE, handle=None, **aimed)
    if target.inventory == has:
        finish(level, now)
        return None
    return target


def _availability(there: Stock, *, is_left: bool) -> str:
    """What has to change with the figure, so that customers buy no more than there is; else nothing."""
    if not is_left and there.availability == catalog.IN_STOCK:
        return catalog.SOLD_OUT
    if is_left and there.inventory == 0 and there.availability == catalog.SOLD_OUT:
        return catalog.IN_STOCK
    return ""


def sent(level: StockLevel, handle: str | None, now: datetime) -> None:
    """Meta took the batch, and says by the handle how it ends."""
    with transaction() as tx:
        _keep(level, handle=handle, due_at=now + _ASK_AFTER, attempts=0)
        admins.over(tx, f"stock:{level.catalog}", f"The stock of the catalog {level.catalog} is written again.", now)


def wait(level: StockLevel, now: datetime, *, handle: str | None) -> None:
    """The batch is not at its end; without its handle the item is looked at instead."""
    with transaction():
        _keep(level, handle=handle, due_at=now + backoff(level.attempts + 1), attempts=level.attempts + 1)


def finish(level: StockLevel, now: datetime) -> None:
    """Meta has the target, which the catalog has here too from now on."""
    moves = of_item(level, (SENDING,))
    with transaction() as tx:
        if level.problem:  # the orders first: whoever changes one holds it when they come to the item
            _tell_orders(moves, TAKEN, level.sku, now)
            admins.over(tx, _key(level), f"Meta has the new stock of {_named(level)} now.", now)
            tx.wake("desk")
        item = {"inventory": level.target} | ({"availability": level.availability} if level.availability else {})
        _keep(level, due_at=now, written=level.target, short=level.target_short, problem=None, **_NOTHING)
        set_state(moves, WRITTEN)
        if not of_item(level, (DUE, REJECTED)):
            _keep(level, due_at=None)
        CatalogItem.update(item).where(_item(level)).execute()


def reject(level: StockLevel, why: str, now: datetime) -> None:
    """Meta refuses the item's row: the cards of the orders and the admins say so, and it is tried again much later."""
    moves = of_item(level, (DUE, SENDING, REJECTED))
    reason = cut(flatten(why), 300) or "Meta gives no reason."
    with transaction() as tx:
        _tell_orders(moves, REFUSED, f"{level.sku}: {reason}", now)
        _keep(level, due_at=now + _REFUSED_PAUSE, problem=reason, **_NOTHING)
        set_state(moves, REJECTED)
        orders = ", ".join(order_number(id) for id in _orders(moves)[:10])
        what = f"Meta refuses the new stock of {_named(level)}: {reason}"
        words = f"{what} Orders: {orders}. It is tried again in 6 hours."
        admins.tell(tx, _key(level), words, now, renew=False)
        tx.wake("desk")


def put_off(due: Sequence[StockLevel], fault: WaptoError, now: datetime) -> None:
    """Tries again after a pause; what only an admin can mend is told to them and left alone for long."""
    is_for_admins = isinstance(fault, GraphError) and fault.remedy in _ADMINS_TURN
    for level in due:
        pause = _ADMINS_PAUSE if is_for_admins else backoff(level.attempts + 1)
        held = (StockLevel.id == level.id) & (StockLevel.due_at == level.due_at)
        # Not those that are settled already, nor those that another process has taken over.
        still = held & (StockLevel.due_at > now) & StockLevel.problem.is_null()
        with transaction():
            StockLevel.update(due_at=now + pause, attempts=level.attempts + 1).where(still).execute()
    if is_for_admins:
        with transaction() as tx:
            words = f"The stock of the catalog {due[0].catalog} cannot be written: {fault} `wapto doctor` says more."
            admins.tell(tx, f"stock:{due[0].catalog}", words, now)


def _tell_orders(moves: Iterable[StockMove], kind: str, words: str, now: datetime) -> None:
    """Once each: an order that was told of a refusal hears of it again only when it is over."""
    for order_id in _orders(moves):
        last = timeline.latest(order_id, (REFUSED, TAKEN))
        knows = (last.kind, last.after) if last else (TAKEN, None)
        if knows != (kind, words) and REFUSED in (kind, knows[0]):
            timeline.record(order_id, kind, WAPTO, now, after=words)


def _orders(moves: Iterable[StockMove]) -> list[int]:
    return sorted({move.order_id for move in moves})


def _item(level: StockLevel) -> Any:
    return (CatalogItem.catalog == level.catalog) & (CatalogItem.sku == level.sku)


def _named(level: StockLevel) -> str:
    item = CatalogItem.get_or_none(_item(level))
    return f"“{catalog.title(item)}” ({level.sku})" if item else level.sku


def _key(level: StockLevel) -> str:
    return f"stock:{level.catalog}:{level.sku}"
