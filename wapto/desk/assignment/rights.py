"""Whose orders an agent may work on: their own, their team's, or all. What nobody has, everybody may take."""

from wapto.domain.identity import order_number
from wapto.errors import NotAllowed
from wapto.store.models import Agent, Order

OWN, TEAM, ALL = "own", "team", "all"
SCOPES = (OWN, TEAM, ALL)
ADMIN = "admin"


def check(agent_id: int, order_id: int) -> None:
    """NotAllowed, saying who has the order and who can help, unless this person may work on it."""
    agent = Agent.get_by_id(agent_id)
    order = Order.get_or_none(Order.id == order_id)
    holder = order.agent if order is not None else None
    if holder is None or holder.id == agent_id or agent.role == ADMIN or agent.scope == ALL:
        return
    if agent.scope == TEAM and agent.team and holder.team == agent.team:
        return
    whose = "your team's" if agent.scope == TEAM else "your own"
    raise NotAllowed(
        f"{order_number(order_id)} is with {holder.name}, and you work on {whose} orders only; "
        "ask them for it, or an admin for more: `wapto agents set … scope=all`."
    )
