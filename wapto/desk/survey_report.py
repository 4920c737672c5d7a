"""What surveys came to: how many were asked, how many answered, and the score with its bounds, by whatever is asked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from peewee import JOIN

from wapto.desk.recoveries import OPEN
from wapto.desk.surveys import SKIPPED
from wapto.domain.delivery import FAILED, HELD
from wapto.domain.delivery import SKIPPED as DROPPED
from wapto.domain.identity import order_number
from wapto.domain.survey import SCALES, Figure, figure
from wapto.errors import InvalidInput
from wapto.store.database import reading, spelled
from wapto.store.models import Agent, Message, Number, Order, OrderEvent, OrderLine, Survey

NOT_SENT = "not_sent"  # the state of a survey that did not arrive, or was not even tried
BY = ("number", "agent", "sku", "lateness", "week")
_UNSENT = (FAILED, HELD, DROPPED)
_LATEST = 200  # surveys that the Home sums up


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
    return [_row(survey) for survey in query.limit(limit)]


def rows_where(condition: Any) -> list[Row]:
    """All surveys that the condition holds for, newest first."""
    return [_row(survey) for survey in _query().where(condition).order_by(Survey.id.desc())]


def of_order(order_id: int) -> Row | None:
    """The survey of one order."""
    return next(iter(rows_where(Survey.order == order_id)), None)


def _query() -> Any:
    query = Survey.select(Survey, Order, Number, Agent, Message).join(Order).join(Agent, JOIN.LEFT_OUTER)
    return query.switch(Survey).join(Number).switch(Survey).join(Message, JOIN.LEFT_OUTER)


def _row(survey: Survey) -> Row:
    message: Message | None = survey.message
    agent: Agent | None = survey.order.agent
    unsent = message is not None and survey.answered_at is None and message.state in _UNSENT
    state = NOT_SENT if unsent or survey.state == SKIPPED else survey.state
    return Row(
        order=order_number(survey.order_id),
        number=survey.number.phone_number_id,
        agent=agent.name if agent else None,
        kind=survey.kind,
        state=state,
        reason=message.reason if message and unsent else survey.reason,
        score=survey.score,
        comment=survey.comment,
        recovery=survey.recovery,
        outcome=survey.outcome,
        due_at=survey.due_at,
        asked_at=survey.asked_at,
        answered_at=survey.answered_at,
        order_id=survey.order_id,
        timezone=survey.number.timezone,
    )


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
        rows = [_row(survey) for survey in query.order_by(Survey.id)]
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
    for row in rows:
        for key in of_order.get(row.order_id, ["on time"] if by == "lateness" else [_key(row, by)]):
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
    """Those that were late in some status, by the promises of their number."""
    late = _chunked(
        order_ids,
        lambda some: (
            OrderEvent.select(OrderEvent.order, OrderEvent.kind)
            .where(OrderEvent.order.in_(some), OrderEvent.kind == "late")
            .distinct()
        ),
    )
    return {order_id: ["late"] for order_id, _ in late}


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
    query, waiting = (
        _query().where(Survey.asked_at.is_null(False)),
        Survey.select().where(Survey.recovery == spelled(OPEN)[0]),
    )
    if number_id is not None:
        query, waiting = query.where(Survey.number == number_id), waiting.where(Survey.number == number_id)
    with reading():
        rows = [_row(survey) for survey in query.order_by(Survey.id.desc()).limit(_LATEST)]
        return Glance(tuple(_grouped(("all", row) for row in rows)), waiting.count())
