"""The pieces that orders took from the stock, as a ledger: what an order holds is the sum of its moves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from peewee import fn

from wapto.store.database import spelled
from wapto.store.models import Order, StockLevel, StockMove

DUE, SENDING, REJECTED, WRITTEN, DROPPED = "due", "sending", "rejected", "written", "dropped"
UNWRITTEN = StockMove.state.in_(spelled(DUE, SENDING, REJECTED))

Item = tuple[str, str]
"""A catalog, and the SKU of one of its items."""


def held(order_id: int) -> Counter[Item]:
    """What an order has taken and not given back; what the catalog did not count any more is not in it."""
    moves = StockMove.select(StockMove.catalog, StockMove.sku, fn.SUM(StockMove.quantity))
    here = (StockMove.order == order_id) & (StockMove.state != DROPPED)
    sums: Any = moves.where(here).group_by(StockMove.catalog, StockMove.sku).tuples()
    return Counter({(catalog, sku): int(pieces) for catalog, sku, pieces in sums if pieces})


def claims(catalog: str, order_id: int) -> Counter[str]:
    """By SKU, what orders took of a catalog and Meta does not know yet, less what this order has itself."""
    moves = StockMove.select(StockMove.sku, fn.SUM(StockMove.quantity)).where(StockMove.catalog == catalog, UNWRITTEN)
    sums: Any = moves.group_by(StockMove.sku).tuples()
    taken = Counter({sku: int(pieces) for sku, pieces in sums})
    taken.subtract({sku: pieces for (where, sku), pieces in held(order_id).items() if where == catalog})
    return taken


def add(order: Order, pieces: Mapping[Item, int], now: datetime) -> None:
    """Takes these pieces, or below zero gives them back, and lets the stock lane look. In the caller's change."""
    rows = [
        {"order": order, "catalog": catalog, "sku": sku, "quantity": quantity, "state": DUE, "created_at": now}
        for (catalog, sku), quantity in pieces.items()
    ]
    StockMove.insert_many(rows).execute()
    # In one order, so that two who take the same items never wait for each other in a circle.
    for catalog, sku in sorted(pieces):
        new = StockLevel.insert(catalog=catalog, sku=sku, due_at=now)
        place = (StockLevel.catalog, StockLevel.sku)
        new.on_conflict(conflict_target=place, update={"due_at": now}, where=StockLevel.due_at.is_null()).execute()


def of_item(level: StockLevel, states: Iterable[str]) -> list[StockMove]:
    """The moves of an item in these states, in their order."""
    here: Any = (StockMove.catalog == level.catalog) & (StockMove.sku == level.sku)
    return list(StockMove.select().where(here, UNWRITTEN, StockMove.state.in_(list(states))).order_by(StockMove.id))


def set_state(moves: Iterable[StockMove], state: str) -> None:
    """In the caller's transaction, which holds the item."""
    StockMove.update(state=state).where(StockMove.id.in_([move.id for move in moves])).execute()


def is_refused(order_id: int) -> bool:
    """Whether Meta refused to count what the order took or gave back."""
    refused = StockMove.state == spelled(REJECTED)[0]
    return bool(StockMove.select().where(StockMove.order == order_id, refused).exists())
