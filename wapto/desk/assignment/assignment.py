"""Who gets a new order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from peewee import Expression, fn

from wapto.desk.orders.timeline import Actor
from wapto.domain.assignment import LEAST_BUSY, Candidate, Wish, decide
from wapto.store.batches import Prepared, insert_rows
from wapto.store.models import Agent, Alert, Number, Order

ON_DUTY, AWAY = "on_duty", "away"
WORKING_ROLES = ("admin", "agent")
WAPTO = Actor("wapto", "whatsapp")


def is_here() -> Expression:
    """As a condition: on the roster, not a viewer, not away, within their working hours."""
    working = Agent.gone_at.is_null() & Agent.role.in_(WORKING_ROLES)
    here: Expression = working & (Agent.presence == ON_DUTY) & ~Agent.off_hours
    return here


_on_duty = Prepared(lambda: Agent.select().where(is_here()).order_by(Agent.id))
_move_on = Prepared(lambda agent_id, number_id: Number.update(last_agent_id=agent_id).where(Number.id == number_id))


def on_duty() -> list[Agent]:
    """Those who take orders now."""
    return _on_duty.models(Agent)


Picked = tuple[Agent | None, str | None]
"""An agent, and why it is their turn; None if the order waits, and why, if it was not meant to be claimed."""


def pick(number: Number, wishes: Sequence[Wish]) -> list[Picked]:
    """The agents for the number's next orders by its mode, one for each wish.

    The caller holds the number's row, so that two carts at once do not get the same turn.
    """
    agents = {agent.id: agent for agent in on_duty()}
    counts = number.assignment == LEAST_BUSY or number.sticky  # counting takes time, and the others do not ask
    load = open_orders() if counts else {}
    last, rounds = number.last_agent_id, dict(number.rounds)
    picked: list[Picked] = []
    for wish in wishes:
        people = [agent for agent in agents.values() if wish.team in (None, agent.team)]
        candidates = [Candidate(each.id, each.name, load.get(each.id, 0), each.capacity) for each in people]
        verdict = decide(number.assignment, candidates, rounds.get(wish.team) if wish.team else last, wish)
        chosen = verdict.agent_id if verdict else None
        picked.append((agents[chosen] if chosen else None, verdict.reason if verdict else None))
        if chosen:
            load[chosen] = load.get(chosen, 0) + counts
        if verdict and verdict.in_turn:
            rounds, last = ({**rounds, wish.team: chosen}, last) if wish.team else (rounds, chosen)
    if last != number.last_agent_id:
        _move_on.run(last, number.id)
    if rounds != number.rounds:
        Number.update(rounds=rounds).where(Number.id == number.id).execute()
    return picked


def open_orders() -> dict[int, int]:
    """How many open orders each agent has, by agent id."""
    counted: Any = Order.select(Order.agent, fn.COUNT(Order.id)).where(Order.is_open).group_by(Order.agent).tuples()
    return dict(counted)


def alert(order_id: int, agent_id: int, seq: int, now: datetime) -> None:
    """Owes the agent one direct message about the assignment that is entry `seq` of the timeline."""
    alert_all([(order_id, agent_id, seq)], now)


def alert_all(assigned: Iterable[tuple[int, int, int]], now: datetime) -> None:
    """The same for many assignments: order, agent, entry."""
    rows = [
        {
            "order": order_id,
            "agent": agent_id,
            "key": f"assigned:{order_id}:{seq}",
            "state": "due",
            "due_at": now,
            "created_at": now,
        }
        for order_id, agent_id, seq in assigned
    ]
    insert_rows(Alert, rows, skipping=True)


def owe_alert(order_id: int, agent_id: int, key: str, now: datetime, *, due: datetime, **about: Any) -> None:
    """Owes the agent one direct message about the order, at most once under this key."""
    new = {"order": order_id, "agent": agent_id, "key": key, "state": "due", "due_at": due, "created_at": now, **about}
    Alert.insert(new).on_conflict_ignore().execute()
