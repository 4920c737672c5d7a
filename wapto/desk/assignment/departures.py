"""People who are away for too long, or left the roster: their open orders go back into the queue."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from wapto.desk.assignment import assignment, late, queue
from wapto.desk.assignment.assignment import AWAY
from wapto.desk.notices.messages import breathe
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import decided_again, get, update
from wapto.errors import Conflict
from wapto.store.database import transaction
from wapto.store.models import Agent, Number, Order

EVERY = timedelta(seconds=10)
SCHEDULE = Actor("wapto", "schedule")
HANDED_BACK, LEFT = "handed_back", "left"

_MISTAKE = timedelta(minutes=10)  # so long somebody who was taken off the roster by mistake keeps their orders
_WHY = {True: "has been away for too long", False: "has left the team"}


def follow(now: datetime) -> None:
    """Takes note of who is absent since when, and hands back what they have kept for longer than their shop allows."""
    _take_note(now)
    for agent, number in list(_overdue(now)):
        for order_id in _orders(agent, number):
            _hand_back_one(order_id, agent, now)


def _take_note(now: datetime) -> None:
    here = assignment.is_here()
    came, went = Agent.absent_since.is_null(False) & here, Agent.absent_since.is_null() & ~here
    if Agent.select().where(came | went).exists():
        with transaction():
            Agent.update(absent_since=None).where(came).execute()
            Agent.update(absent_since=now).where(went).execute()


def _overdue(now: datetime) -> Iterator[tuple[Agent, Number]]:
    """Who has kept orders of which number for too long."""
    absent = {agent.id: agent for agent in Agent.select().where(Agent.absent_since.is_null(False))}
    open_orders: Any = Order.select(Order.agent, Order.number).where(Order.is_open, Order.agent.in_(list(absent)))
    pairs: set[tuple[int, int]] = set(open_orders.tuples()) if absent else set()
    numbers = {number.id: number for number in Number.select().where(Number.id.in_({number for _, number in pairs}))}
    for agent_id, number_id in sorted(pairs):
        until = _kept_until(absent[agent_id], numbers[number_id])
        if until is not None and until <= now:
            yield absent[agent_id], numbers[number_id]


def _kept_until(agent: Agent, number: Number) -> datetime | None:
    """Of whoever is only away, by the working time of the shop; None where they keep their orders for good."""
    if agent.gone_at is not None:
        return agent.gone_at + _MISTAKE
    if not number.hand_back_minutes or agent.absent_since is None:
        return None
    return late.hours_of(number).add(agent.absent_since, timedelta(minutes=number.hand_back_minutes))


def _orders(agent: Agent, number: Number) -> list[int]:
    theirs = Order.select(Order.id).where(Order.is_open, Order.agent == agent, Order.number == number)
    return [order.id for order in theirs.order_by(Order.id)]


def _hand_back_one(order_id: int, agent: Agent, now: datetime) -> None:
    with suppress(Conflict):  # it keeps changing; the next look finds it if it is still theirs
        _hand_back(order_id, agent, now)
    breathe()


@decided_again
def _hand_back(order_id: int, agent: Agent, now: datetime) -> Order:
    with transaction() as tx:
        order = get(order_id)
        is_back = Agent.select().where(Agent.id == agent.id, assignment.is_here()).exists()
        if is_back or not order.is_open or order.agent_id != agent.id:
            return order
        why = f"{agent.name}, who had it, {_WHY[agent.gone_at is None]}."
        update(order, {"agent": None, "waits": True, "assignment_reason": f"It waits: {why}"}, now)
        after = AWAY if agent.gone_at is None else LEFT
        timeline.record(order_id, HANDED_BACK, SCHEDULE, now, before=agent.name, after=after)
        if not assignment.on_duty():
            queue.tell(tx, order.number, f"Orders of {order.number.name} wait: {why}", now)
        tx.wake("desk")
    return get(order_id)
