"""Who gets a new order."""

from datetime import datetime
from typing import Any

from peewee import fn

from wapto.desk.timeline import Actor
from wapto.domain.assignment import LEAST_BUSY, Candidate, choose
from wapto.store.models import Agent, Alert, Number, Order

ON_DUTY, AWAY = "on_duty", "away"
WORKING_ROLES = ("admin", "agent")
WAPTO = Actor("wapto", "whatsapp")


def on_duty() -> list[Agent]:
    """Those who take orders now: on the roster, not viewers, not away."""
    here = (Agent.presence == ON_DUTY) & Agent.gone_at.is_null() & Agent.role.in_(WORKING_ROLES)
    return list(Agent.select().where(here).order_by(Agent.id))


def pick(number: Number) -> tuple[Agent, str] | None:
    """The number's next agent by its mode, and why; None when nobody is to be chosen.

    The caller holds the number's row, so that two carts at once do not get the same turn.
    """
    agents = {agent.id: agent for agent in on_duty()}
    load = open_orders() if number.assignment == LEAST_BUSY else {}  # counting takes time, and the others do not ask
    candidates = [Candidate(id, agent.name, load.get(id, 0), agent.capacity) for id, agent in agents.items()]
    choice = choose(number.assignment, candidates, number.last_agent_id)
    if choice is None:
        return None
    Number.update(last_agent_id=choice.agent_id).where(Number.id == number.id).execute()
    return agents[choice.agent_id], choice.reason


def open_orders() -> dict[int, int]:
    """How many open orders each agent has, by agent id."""
    counted: Any = Order.select(Order.agent, fn.COUNT(Order.id)).where(Order.is_open).group_by(Order.agent).tuples()
    return dict(counted)


def alert(order_id: int, agent_id: int, seq: int, now: datetime) -> None:
    """Owes the agent one direct message about the assignment that is entry `seq` of the timeline."""
    owe_alert(order_id, agent_id, f"assigned:{order_id}:{seq}", now, due=now)


def owe_alert(order_id: int, agent_id: int, key: str, now: datetime, *, due: datetime, **about: Any) -> None:
    """Owes the agent one direct message about the order, at most once under this key."""
    new = {"order": order_id, "agent": agent_id, "key": key, "state": "due", "due_at": due, "created_at": now, **about}
    Alert.insert(new).on_conflict_ignore().execute()
