"""Orders and revenue by day, and how long orders stay in each status."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from peewee import SQL, Select, fn

from wapto.desk.reports.report import Days, Part, Row, Shops, Span, Spread, bounds, by_zone, spans, within
from wapto.domain import lifecycle, money
from wapto.store.database import db, reading, spelled
from wapto.store.models import Order, OrderEvent

DAY_COLUMNS = ("day", "number_id", "shop", "status", "currency", "orders", "revenue")
STATUS_COLUMNS = ("status", "passed", "median_seconds", "p90_seconds", "late", "there_now")

_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000  # microseconds


def report(days: Days) -> list[Part]:
    """Orders that came in on these days, as they are now.

    `days`: how many and their sum by day, number, status and currency; orders without one certain sum have neither
    currency nor revenue. `statuses`: how long the orders were in each open status that they have left, how many were
    late in it by the shop's promises, and how many are in it now.
    """
    with reading():
        return [Part("days", DAY_COLUMNS, _days(days)), Part("statuses", STATUS_COLUMNS, _statuses(days))]


def _days(days: Days) -> list[Row]:
    rows = [
        _row(span, shops, values)
        for shops in by_zone(days.number)
        for span in spans(days, shops.zone)
        for values in counted(span, shops)
    ]
    return sorted(
        rows, key=lambda row: (row["day"], row["shop"], row["number_id"], row["status"], str(row["currency"]))
    )


def counted(span: Span, shops: Shops) -> Any:
    """Number of the day in the span, number, status, currency, orders, and their sum in minor units."""
    day = (Order.created_at - span.since) / (span.length // _MICROSECOND)
    by = (Order.number, Order.status, Order.currency)
    query = Order.select(day.alias("day"), *by, fn.COUNT(Order.id), fn.SUM(Order.total_minor))
    return query.where(_came_in(shops, span)).group_by(SQL("day"), *by).tuples()


def _came_in(shops: Shops, span: Span) -> Any:
    came_in = within(Order.created_at, span.since, span.until)
    return came_in if shops.are_all else came_in & shops.condition(Order.number)


def _row(span: Span, shops: Shops, values: Any) -> Row:
    day, number_id, status, currency, orders, minor = values
    number = shops.numbers[number_id]
    revenue = money.to_decimal(int(minor), currency) if currency and minor is not None else None
    day = span.first + timedelta(days=int(day))
    row = (day, number.phone_number_id, number.name, status, currency, orders, revenue)
    return dict(zip(DAY_COLUMNS, row, strict=True))


def _statuses(days: Days) -> list[Row]:
    spreads: defaultdict[str, Spread] = defaultdict(Spread)
    late, there = Counter[str](), Counter[str]()
    for shops in by_zone(days.number):
        since, until = bounds(days, shops.zone)
        span = Span(days.first, since, until, until - since)
        for status, seconds, times in _stays(span, shops):
            spreads[status].add(int(seconds), times)
        late.update(dict(_late(span, shops)))
        there.update(dict(_there(span, shops)))
    return [_stay(status, spreads[status], late[status], there[status]) for status in lifecycle.OPEN]


def _there(span: Span, shops: Shops) -> Any:
    query = Order.select(Order.status, fn.COUNT(Order.id)).where(_came_in(shops, span))
    return query.group_by(Order.status).tuples()


def _stays(span: Span, shops: Shops) -> Any:
    """Status, seconds and how often, of what the orders have left; the database counts, that memory stays bounded."""
    steps = (
        OrderEvent.select(
            OrderEvent.after.alias("status"),
            ((_next_at() - OrderEvent.at) / _SECOND).alias("seconds"),
        )
        .join(Order, on=OrderEvent.order == Order.id)
        .where(_came_in(shops, span), OrderEvent.kind.in_(spelled("received", "status")))
        .alias("steps")
    )
    passed = Select([steps], [steps.c.status, steps.c.seconds, fn.COUNT(SQL("*"))]).where(
        steps.c.seconds.is_null(False)
    )
    return passed.group_by(steps.c.status, steps.c.seconds).bind(db).tuples().execute()


def _late(span: Span, shops: Shops) -> Any:
    """How many orders were found late in each status: the one that they had come into last."""
    step = OrderEvent.alias()
    entered = step.kind.in_(spelled("received", "status")) & (step.seq < OrderEvent.seq)
    before = step.select(step.after).where(step.order == OrderEvent.order, entered).order_by(step.seq.desc()).limit(1)
    query = OrderEvent.select(before.alias("late_in"), fn.COUNT(OrderEvent.order.distinct()))
    query = query.join(Order, on=OrderEvent.order == Order.id)
    return query.where(_came_in(shops, span), OrderEvent.kind == "late").group_by(SQL("late_in")).tuples()


def _next_at() -> Any:
    """When the same order moved on; null where it has not."""
    return fn.LEAD(OrderEvent.at).over(partition_by=[OrderEvent.order], order_by=[OrderEvent.seq])


def _stay(status: str, spread: Spread, late: int, there: int) -> Row:
    values = (status, len(spread), spread.at(0.5), spread.at(0.9), late, there)
    return dict(zip(STATUS_COLUMNS, values, strict=True))
