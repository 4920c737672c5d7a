"""Whether what the store says of orders agrees with itself: sums with their lines, rows with their timelines."""

from collections.abc import Iterator
from dataclasses import dataclass

from wapto.desk.orders import replay
from wapto.domain import money
from wapto.domain.identity import order_number
from wapto.store.database import reading
from wapto.store.models import Adjustment, Order, OrderLine

SUMS, TIMELINE = "sums", "timeline"
_BATCH = 500


@dataclass(frozen=True)
class Audited:
    """What came of a batch of orders: how many it had, and what is wrong, by the kind of check."""

    orders: int
    wrong: dict[str, list[str]]


def audit() -> Iterator[Audited]:
    """Checks all orders, batch after batch, each as of one moment; may run beside everything else."""
    last = 0
    while True:
        with reading():
            batch = list(Order.select().where(Order.id > last).order_by(Order.id).limit(_BATCH))
            if not batch:
                return
            wrong = {SUMS: list(_wrong_sums(batch)), TIMELINE: list(replay.disagreements(batch))}
        last = batch[-1].id
        yield Audited(len(batch), wrong)


def _wrong_sums(orders: list[Order]) -> Iterator[str]:
    ids = [order.id for order in orders]
    summands: dict[int, list[money.Line]] = {order_id: [] for order_id in ids}
    for line in OrderLine.select().where(OrderLine.order.in_(ids)):
        summands[line.order_id].append((line.quantity, line.unit_price_minor, line.currency))
    items = {order_id: len(lines) for order_id, lines in summands.items()}
    for row in Adjustment.select().where(Adjustment.order.in_(ids)):
        summands[row.order_id].append((1, row.amount_minor, row.currency))
    for order in orders:
        total = money.single_total(summands[order.id]) if items[order.id] else None
        if order.total_minor != (total.minor if total else None):
            yield f"{order_number(order.id)}: its total is not the sum of its lines, fees and discounts."
