"""What a customer bought, and what they thought of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import Case, fn

from wapto.desk.surveys import report as survey_report
from wapto.desk.surveys.report import Row
from wapto.domain.lifecycle import UNPAID_ENDS
from wapto.domain.money import Total
from wapto.store.models import Order, Survey


@dataclass(frozen=True)
class Bought:
    """All orders of a customer, and what those that were not cancelled or returned come to, by currency."""

    orders: int = 0
    spent: tuple[Total, ...] = ()


def bought_by(customer_ids: Sequence[int]) -> dict[int, Bought]:
    """For each of these customers; orders without one certain sum are counted alone."""
    by = (Order.customer, Order.currency)
    counted = Case(None, ((Order.status.not_in(UNPAID_ENDS), Order.total_minor),))
    query: Any = Order.select(*by, fn.COUNT(Order.id), fn.SUM(counted)).where(Order.customer.in_(customer_ids))
    counts = dict.fromkeys(customer_ids, 0)
    sums = {one: Counter[str]() for one in customer_ids}
    for customer_id, currency, orders, minor in query.group_by(*by).tuples():
        counts[customer_id] += orders
        if currency and minor is not None:
            sums[customer_id][currency] += int(minor)
    return {one: Bought(counts[one], tuple(Total(*each) for each in sorted(sums[one].items()))) for one in counts}


def scores_of(customer_id: int) -> list[Row]:
    """The scores that the customer gave, newest first."""
    return survey_report.rows_where((Survey.customer == customer_id) & Survey.score.is_null(False))
