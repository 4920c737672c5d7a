"""Going off and on duty: only those who are on duty get new orders."""

from dataclasses import dataclass

from wapto.desk import board
from wapto.desk.assignment import agents, assignment
from wapto.desk.orders import search
from wapto.desk.orders.search import Filter
from wapto.errors import Refused
from wapto.store.database import transaction
from wapto.store.models import Agent


@dataclass(frozen=True)
class Desk:
    """What somebody who goes or comes should know: their own open orders, who else is there, and what waits."""

    own: int
    others: int
    waiting: int


def set_presence(agent_id: int, presence: str) -> Desk:
    """Takes a person off duty or puts them on; Refused for somebody who takes no orders.

    With the first who comes, and the last who goes, the cards of waiting orders name other people.
    """
    with transaction() as tx:
        agent = Agent.get_by_id(agent_id)
        if agent.role not in assignment.WORKING_ROLES:
            raise Refused(f"{agent.name} is a {agent.role} and takes no orders.")
        agents.change(agent_id, {"presence": presence})
        desk = look(agent_id)
        if presence != agent.presence and not desk.others:
            board.redraw_waiting()
            tx.wake("desk")
    return desk


def look(agent_id: int) -> Desk:
    """The desk as this person finds or leaves it."""
    others = [agent for agent in assignment.on_duty() if agent.id != agent_id]
    own = search.count(Filter(agent_id=agent_id))
    return Desk(own, len(others), search.count(Filter(unassigned=True)))
