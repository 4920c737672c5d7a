"""People who left Slack for good: they lose their rights at once, and their open orders go back into the queue."""

from datetime import datetime

from wapto.desk import agents, orders
from wapto.desk.messages import breathe
from wapto.desk.timeline import Actor
from wapto.errors import WaptoError
from wapto.store.models import Order

SLACK = Actor("wapto", "slack")


def leave(slack: str, now: datetime) -> int:
    """Takes the person off the roster; how many orders were handed back. 0 for somebody who is not on it."""
    agent = agents.by_slack(slack)
    if agent is None:
        return 0
    agents.remove(agent.id, now=now)
    theirs = Order.select(Order.id).where(Order.agent == agent.id, Order.is_open).order_by(Order.id)
    return sum(_hand_back(order.id, agent.id, now) for order in list(theirs))


def _hand_back(order_id: int, agent_id: int, now: datetime) -> bool:
    try:
        orders.assign(order_id, None, actor=SLACK, now=now, seen_agent=agent_id)
    except WaptoError:
        return False  # somebody took it, or closed it, at this very moment
    finally:
        breathe()
    return True
