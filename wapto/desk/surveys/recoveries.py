"""Low scores: somebody has to care, and says in the end what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.conversations.calling import call_for
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import admins
from wapto.domain.identity import order_number
from wapto.domain.lifecycle import label
from wapto.domain.survey import SCALES
from wapto.domain.text import clean
from wapto.errors import Conflict, InvalidInput, NotFound
from wapto.store.database import Transaction, spelled, transaction
from wapto.store.models import Order, OrderEvent, Survey

OPENED, ENDED = "recovery", "recovery_closed"  # the kinds of their entries in the timeline
OPEN, CLOSED = "open", "closed"
OUTCOMES = {
    "apologized": "apologized",
    "replaced": "replaced or sent again",
    "refunded": "refunded",
    "discount": "gave a discount",
    "unreachable": "customer does not answer",
    "unfounded": "nothing was wrong on our side",
}
MAX_WORDS = 1_000

_LATE = "late"  # the kind of the entry that an order waits too long


def open_for(survey: Survey, now: datetime) -> None:
    """Opens the recovery of a low score, once; the thread of the order tells the facts, the agent is told directly.

    In the caller's transaction.
    """
    opened = Survey.update(recovery=OPEN).where(Survey.id == survey.id, Survey.recovery.is_null())
    if not opened.execute():
        return
    order = survey.order
    score = f"{survey.score}/{SCALES[survey.kind].highest}"
    timeline.record(order.id, OPENED, WAPTO, now, after=score, text=facts_of(order), ids={"survey": survey.id})
    words = f"{order_number(order.id)} got a score of {score} and belongs to nobody: somebody has to care for it."
    call_for(order, _key(survey), OPENED, words, now)


def close(order_id: int, outcome: str, words: str = "", *, actor: Actor, now: datetime) -> Survey:
    """Ends the recovery with what came of it; Conflict, saying who was faster, if it has ended already."""
    if outcome not in OUTCOMES:
        raise InvalidInput(f"A recovery ends with one of these outcomes: {', '.join(OUTCOMES)}.")
    said = clean(words).strip()
    if len(said) > MAX_WORDS:
        raise InvalidInput(f"What came of it may have {MAX_WORDS:,} characters; this has {len(said):,}.")
    with transaction() as tx:
        survey = Survey.get_or_none(Survey.order == order_id, Survey.recovery.is_null(False))
        if survey is None:
            raise NotFound("This order has no recovery: its survey got no low score.")
        _end(survey, outcome, actor, now)
        timeline.record(order_id, ENDED, actor, now, after=outcome, text=said or None)
        _tell_over(tx, survey, now)
        tx.wake("desk")
    return Survey.get_by_id(survey.id)


def _end(survey: Survey, outcome: str, actor: Actor, now: datetime) -> None:
    ended = {"recovery": CLOSED, "outcome": outcome, "closed_by": actor.name, "closed_at": now}
    if not Survey.update(ended).where(Survey.id == survey.id, Survey.recovery == OPEN).execute():
        was = Survey.get_by_id(survey.id)
        raise Conflict(f"{was.closed_by} has closed it already: {OUTCOMES[str(was.outcome)]}.")


def _tell_over(tx: Transaction, survey: Survey, now: datetime) -> None:
    admins.over(tx, _key(survey), f"The low score of {order_number(survey.order_id)} is settled.", now)


def _key(survey: Survey) -> str:
    return f"{OPENED}:{survey.id}"


def open_orders(number_id: int | None = None) -> list[int]:
    """The orders with an open recovery, of one number or all, the longest open first."""
    query: Any = Survey.select(Survey.order).where(Survey.recovery == spelled(OPEN)[0])
    if number_id is not None:
        query = query.where(Survey.number == number_id)
    return [order_id for (order_id,) in query.order_by(Survey.answered_at, Survey.id).tuples()]


def facts_of(order: Order) -> str:
    """What whoever cares has to know first: where it was late, the step that took longest, who worked on it."""
    agent = f"Agent: {order.agent.name}." if order.agent else "It belongs to nobody."
    kinds = ("received", "status", _LATE)
    query = OrderEvent.select().where(OrderEvent.order == order.id, OrderEvent.kind.in_(kinds))
    events = list(query.order_by(OrderEvent.seq))
    return " ".join(filter(None, (_late_steps(events), _slowest(events), _overdue(order), agent)))


def _late_steps(events: Sequence[OrderEvent]) -> str:
    status, late = "", []
    for event in events:
        if event.kind == _LATE and status:
            late.append(label(status))
        elif event.kind != _LATE:
            status = str(event.after)
    return f"It was late while {', '.join(dict.fromkeys(late))}." if late else ""


def _slowest(events: Sequence[OrderEvent]) -> str:
    moves = [event for event in events if event.kind != _LATE]
    steps = [(later.at - earlier.at, earlier, later) for earlier, later in pairwise(moves)]
    if not steps:
        return ""
    took, earlier, later = max(steps, key=lambda step: step[0])
    between = f"{label(str(earlier.after))} → {label(str(later.after))}"
    return f"Slowest step: {between}, {_spoken(took)} of {_spoken(moves[-1].at - moves[0].at)}."


def _overdue(order: Order) -> str:
    survey = Survey.get_or_none(Survey.order == order.id)
    day = local_day(survey.delivered_at, order.number.timezone) if survey else ""
    return f"It was promised for {order.eta} and delivered on {day}." if order.eta and day > order.eta else ""


def local_day(at: datetime, timezone: str) -> str:
    """The day that it is in the shop, written as an order's expected day is."""
    return at.astimezone(ZoneInfo(timezone)).date().isoformat()


def _spoken(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
