"""Calling somebody to an order whose customer needs a person."""

from datetime import datetime

from wapto.desk.assignment.assignment import owe_alert
from wapto.desk.watch import admins
from wapto.store.database import transaction
from wapto.store.models import Order


def call_for(order: Order, key: str, trouble: str, words: str, now: datetime) -> None:
    """Tells the order's agent, or the admins, in these words, where it has none any more; once under this key.

    In the caller's transaction.
    """
    agent = order.agent
    if agent is not None and agent.gone_at is None:
        owe_alert(order.id, agent.id, key, now, due=now, trouble=trouble)
        return
    with transaction() as tx:
        admins.tell(tx, key, words, now)
