"""What surveys came to: how many were asked, how many answered, and the score with its bounds, by whatever is asked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from peewee import JOIN

from wapto.desk.orders import search
from wapto.desk.surveys import recoveries
from wapto.desk.surveys.recoveries import local_day
from wapto.desk.surveys.surveys import SKIPPED
from wapto.domain.delivery import FAILED, HELD
from wapto.domain.delivery import SKIPPED as DROPPED
from wapto.domain.identity import order_number
from wapto.domain.survey import SCALES, Figure, figure
from wapto.errors import InvalidInput
from wapto.store.database import reading
from wapto.store.models import Agent, Message, Number, Order, OrderEvent, OrderLine, Survey

NOT_SENT = "not_sent"  # the state of a survey that did not arrive, or was not even tried
BY = ("number", "agent", "sku", "lateness", "week")
_UNSENT = (FAILED, HELD, DROPPED)
_LATEST = 200  # surveys that the Home sums up
_OLDEST = 5  # recoveries that it names


@dataclass(frozen=True)
class Row:
    """What became of one survey; `state` is not_sent where its message did not arrive, and `reason` says why."""

    order: str
    number: str
    agent: str | None
    kind: str
    state: str
    reason: str | None
    score: int | None
    comment: str | None
    recovery: str | None
    outcome: str | None
    due_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    order_id: int
    timezone: str


@dataclass(frozen=True)
class Group:
    """The surveys of one kind that share `group`; `score` is the NPS, else the percentage of happy customers."""

    group: str
    kind: str
    asked: int
    answered: int
    low: int
    score: Figure | None

    @property
    def response_rate(self) -> int:
        """In percent of those who were asked."""
        return round(100 * self.answered / self.asked) if self.asked else 0


@dataclass(frozen=True)
class Glance:
    """The latest surveys in one look."""

    groups: tuple[Group, ...]
    open_recoveries: int
    oldest: tuple[search.Row, ...] = ()  # of the orders with an open recovery, those that wait for longest


def listing(
    *, state: str | None = None, order_id: int | None = None, recovery: str | None = None, limit: int
) -> list[Row]:
    """Surveys, newest first."""
    query = _query().order_by(Survey.id.desc())
    if order_id is not None:
        query = query.where(Survey.order == order_id)
    if recovery is not None:
        query = query.where(Survey.recovery == recovery)
    if state == NOT_SENT:
        query = query.where((Survey.state == SKIPPED) | Message.state.in_(_UNSENT))
    elif state is not None:
        query = query.where(Survey.state == state)
    return _rows(query.limit(limit))


def rows_where(condition: Any) -> list[Row]:
    """All surveys that the condition holds for, newest first."""
    return _rows(_query().where(condition).order_by(Survey.id.desc()))


def of_order(order_id: int) -> Row | None:
    """The survey of one order."""
    return next(iter(rows_where(Survey.order == order_id)), None)


# In the order of the fields of a row, then what became of the message.
_COLUMNS = (
    Number.phone_number_id, Agent.name, Survey.kind, Survey.state, Survey.reason, Survey.score, Survey.comment,
    Survey.recovery, Survey.outcome, Survey.due_at, Survey.asked_at, Survey.answered_at, Survey.order,
    Number.timezone, Message.state, Message.reason,
)  # fmt: skip


def _query() -> Any:
    query = Survey.select(*_COLUMNS).join(Order).join(Agent, JOIN.LEFT_OUTER)
    return query.switch(Survey).join(Number).switch(Survey).join(Message, JOIN.LEFT_OUTER)


def _rows(query: Any) -> list[Row]:
    return [_row(*values) for values in query.tuples()]


def _row(*values: Any) -> Row:
    *facts, told, why = values
    row = Row(order_number(facts[-2]), *facts)
    if told in _UNSENT and row.answered_at is None:
        return replace(row, state=NOT_SENT, reason=why)
    return replace(row, state=NOT_SENT) if row.state == SKIPPED else row


def report(
    by: str | None = None, *, number: Number | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[Group]:
    """The surveys asked in this time, grouped; one of several SKUs counts for each."""
    if by is not None and by not in BY:
        raise InvalidInput(f"Surveys are reported by one of: {', '.join(BY)}.")
    query = _query().where(Survey.asked_at.is_null(False))
    for condition in _conditions(number, since, until):
        query = query.where(condition)
    with reading():
        rows = _rows(query.order_by(Survey.id))
        return _grouped(list(_keyed(rows, by)))


def _conditions(number: Number | None, since: datetime | None, until: datetime | None) -> Iterator[Any]:
    if number is not None:
        yield Survey.number == number
    if since is not None:
        yield Survey.asked_at >= since
    if until is not None:
        yield Survey.asked_at < until


def _keyed(rows: list[Row], by: str | None) -> Iterator[tuple[str, Row]]:
    ids = [row.order_id for row in rows]
    of_order = _skus(ids) if by == "sku" else _lateness(ids) if by == "lateness" else {}
    otherwise = {"sku": ["none"], "lateness": ["on time"]}
    for row in rows:
        for key in of_order.get(row.order_id) or otherwise.get(by or "") or [_key(row, by)]:
            yield key, row


def _key(row: Row, by: str | None) -> str:
    if by == "week" and row.asked_at:
        year, week, _ = row.asked_at.astimezone(ZoneInfo(row.timezone)).isocalendar()
        return f"{year}-W{week:02}"
    return {"number": row.number, "agent": row.agent or "nobody"}.get(by or "", "all")


def _skus(order_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for order_id, sku in _chunked(
        order_ids,
        lambda some: (
            OrderLine.select(OrderLine.order, OrderLine.sku)
            .where(OrderLine.order.in_(some))
            .order_by(OrderLine.sku)
            .distinct()
        ),
    ):
        found.setdefault(order_id, []).append(sku)
    return found


def _lateness(order_ids: list[int]) -> dict[int, list[str]]:
    """Those that were late in some status by the promises of their number, or came after the day that was told."""
    waited = _chunked(
        order_ids,
        lambda some: (
            OrderEvent.select(OrderEvent.order).where(OrderEvent.order.in_(some), OrderEvent.kind == "late").distinct()
        ),
    )
    told = _chunked(
        order_ids,
        lambda some: (
            Survey.select(Survey.order, Order.eta, Survey.delivered_at, Number.timezone)
            .join(Order)
            .switch(Survey)
            .join(Number)
            .where(Survey.order.in_(some), Order.eta.is_null(False))
        ),
    )
    late = {order_id for order_id, eta, at, zone in told if eta and local_day(at, zone) > eta}
    late |= {order_id for (order_id,) in waited}
    return {order_id: ["late"] for order_id in late}


def _chunked(ids: list[int], query: Any) -> Iterator[Any]:
    for start in range(0, len(ids), 500):
        yield from query(ids[start : start + 500]).tuples()


def _grouped(keyed: Iterable[tuple[str, Row]]) -> list[Group]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for key, row in keyed:
        if row.state != NOT_SENT:
            groups[key, row.kind].append(row)
    return [_group(key, kind, rows) for (key, kind), rows in sorted(groups.items())]


def _group(key: str, kind: str, rows: list[Row]) -> Group:
    scores = [row.score for row in rows if row.score is not None]
    low = sum(score <= SCALES[kind].low for score in scores)
    return Group(key, kind, len(rows), len(scores), low, figure(kind, scores))


def glance(number_id: int | None = None) -> Glance:
    """The latest surveys of one number or all."""
    query = _query().where(Survey.asked_at.is_null(False))
    query = query if number_id is None else query.where(Survey.number == number_id)
    with reading():
        rows = _rows(query.order_by(Survey.id.desc()).limit(_LATEST))
        waiting = recoveries.open_orders(number_id)
        oldest = tuple(search.rows_of(waiting[:_OLDEST]))
        return Glance(tuple(_grouped(("all", row) for row in rows)), len(waiting), oldest)
