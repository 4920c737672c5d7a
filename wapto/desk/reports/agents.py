"""What each agent took on and finished, how fast they answered customers, and how evenly orders were spread."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from peewee import SQL, fn

from wapto.desk.assignment.assignment import WAPTO, WORKING_ROLES, open_orders
from wapto.desk.conversations.replies import REPLY
from wapto.desk.reports.report import Days, Part, Row, Shops, Spread, bounds, by_zone, share, within
from wapto.domain import lifecycle
from wapto.meta.said import EDIT, REVOKE
from wapto.store.database import reading, spelled
from wapto.store.models import Agent, Inbound, Message, Order, OrderEvent

COLUMNS = (
    "agent", "slack", "taken", "share_percent", "times_even_share", "done", "open_now", "replies",
    "reply_median_seconds", "reply_p90_seconds",
)  # fmt: skip

_SECOND = 1_000_000  # microseconds

Counts = defaultdict[int, int]


def report(days: Days) -> list[Part]:
    """`agents`: what they did on these days, and what is open with them now.

    Taken: orders that came to them, by whatever way. Done: orders of theirs that were delivered. A reply's time runs
    from the first message of the customer that nobody had answered; Wapto's own answers count for nobody.
    `times_even_share` is 1.00 for who took as much as the average of the working roster.
    """
    with reading():
        taken, finished, answers = Counts(int), Counts(int), defaultdict[int, Spread](Spread)
        for shops in by_zone(days.number):
            stretch = bounds(days, shops.zone)
            _add(taken, _taken(shops, *stretch))
            _add(finished, done(shops, *stretch))
            for agent_id, seconds in _answers(shops, *stretch):
                answers[agent_id].add(int(seconds))
        rows = _rows(taken, finished, answers)
    return [Part("agents", COLUMNS, rows)]


def _add(counts: Counts, counted: Any) -> None:
    for agent_id, count in counted:
        if agent_id is not None:
            counts[agent_id] += count


def _work(shops: Shops, since: datetime, until: datetime, kind: str) -> Any:
    """Events of this kind, by the index that holds work alone."""
    indexed = OrderEvent.kind.in_(spelled("assigned", "status")) & (OrderEvent.kind == kind)
    condition = indexed & within(OrderEvent.at, since, until)
    return condition if shops.are_all else condition & shops.condition(Order.number)


def _taken(shops: Shops, since: datetime, until: datetime) -> Any:
    agent = OrderEvent.ids["agent"].cast("INTEGER")
    query = OrderEvent.select(agent.alias("taker"), fn.COUNT(OrderEvent.order.distinct()))
    which = _work(shops, since, until, "assigned")
    return query.join(Order, on=OrderEvent.order == Order.id).where(which).group_by(SQL("taker")).tuples()


def done(shops: Shops, since: datetime, until: datetime) -> Any:
    """Agent (None: nobody's) and how many of their orders were delivered."""
    query = OrderEvent.select(Order.agent, fn.COUNT(Order.id.distinct())).join(Order, on=OrderEvent.order == Order.id)
    which = _work(shops, since, until, "status") & (OrderEvent.after == lifecycle.DELIVERED)
    return query.where(which).group_by(Order.agent).tuples()


def _answers(shops: Shops, since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    """Agent and seconds of each reply to something, one by one."""
    written = OrderEvent.alias()
    said = (written.order == Message.order) & (written.seq == Message.said_seq) & (written.actor != WAPTO.name)
    waited = (Message.created_at - _asked()) / _SECOND
    query = Message.select(Order.agent, waited).join(Order, on=Message.order == Order.id).join(written, on=said)
    which = (Message.trigger == REPLY) & within(Message.created_at, since, until) & Order.agent.is_null(False)
    which = which if shops.are_all else which & shops.condition(Order.number)
    return ((agent, seconds) for agent, seconds in query.where(which).tuples().iterator() if seconds is not None)


def _asked() -> Any:
    """When the customer wrote what nobody had answered before this message."""
    before = Message.alias()
    theirs = (before.customer == Message.customer) & (before.number == Message.number) & (before.trigger == REPLY)
    answered = before.select(fn.MAX(before.created_at)).where(theirs, before.created_at < Message.created_at)
    asked = (Inbound.customer == Message.customer) & (Inbound.number == Message.number)
    unanswered = within(Inbound.sent_at, fn.COALESCE(answered, 0), Message.created_at)
    return Inbound.select(fn.MIN(Inbound.sent_at)).where(asked, unanswered, Inbound.kind.not_in((EDIT, REVOKE)))


def _rows(taken: Counts, done: Counts, answers: defaultdict[int, Spread]) -> list[Row]:
    load, everybody = open_orders(), list(Agent.select().order_by(Agent.name, Agent.id))
    working = [agent.id for agent in everybody if agent.gone_at is None and agent.role in WORKING_ROLES]
    shown = [each for each in everybody if each.id in working or taken[each.id] or done[each.id] or answers[each.id]]
    total = sum(taken.values())
    return [_row(each, taken, done, load, answers[each.id], total, len(working)) for each in shown]


def _row(
    agent: Agent, taken: Counts, done: Counts, load: dict[int, int], answers: Spread, total: int, team: int
) -> Row:
    count = taken[agent.id]
    even = f"{count * team / total:.2f}" if total and team else None
    return {
        "agent": agent.name,
        "slack": agent.slack,
        "taken": count,
        "share_percent": share(count, total),
        "times_even_share": even,
        "done": done[agent.id],
        "open_now": load.get(agent.id, 0),
        "replies": len(answers),
        "reply_median_seconds": answers.at(0.5),
        "reply_p90_seconds": answers.at(0.9),
    }
