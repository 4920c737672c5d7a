"""How today goes, by the clocks of each shop: for the top of the Home tab."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wapto.desk.reports import agents as report_agents
from wapto.desk.reports import orders as report_orders
from wapto.desk.reports.report import Days, bounds, by_zone, spans
from wapto.domain import lifecycle
from wapto.domain.money import Total
from wapto.store.database import reading
from wapto.store.models import Number

_FALLBACK = "en"


@dataclass(frozen=True)
class Today:
    """Orders that came in, orders that were delivered, and the sums of what came in and was not cancelled since.

    `language` is how the shop writes money.
    """

    orders: int
    delivered: int
    revenue: tuple[Total, ...]
    language: str


def of(number_id: int | None, now: datetime) -> Today:
    """Today so far, of one number or of all."""
    orders, delivered, sums = 0, 0, Counter[str]()
    with reading():
        number = Number.get_or_none(Number.id == number_id) if number_id is not None else None
        everybody = by_zone(number)
        for shops in everybody:
            today = now.astimezone(shops.zone).date()
            days = Days(today, today, number)
            came_in = [each for span in spans(days, shops.zone) for each in report_orders.counted(span, shops)]
            orders += sum(count for *_, count, _minor in came_in)
            sums.update(_sums(came_in))
            delivered += sum(count for _, count in report_agents.done(shops, *bounds(days, shops.zone)))
    languages = [each.language for shops in everybody for each in shops.numbers.values()]
    revenue = tuple(Total(currency, minor) for currency, minor in sorted(sums.items()))
    return Today(orders, delivered, revenue, next(iter(languages), _FALLBACK))


def _sums(came_in: Any) -> Counter[str]:
    sums = Counter[str]()
    for _day, _number, status, currency, _count, minor in came_in:
        if currency and minor is not None and status not in lifecycle.UNPAID_ENDS:
            sums[currency] += int(minor)
    return sums
