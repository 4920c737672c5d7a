"""Orders that wait because nobody could take them: the desk is told, and the oldest go first when somebody comes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wapto.desk.assignment import assignment, rules
from wapto.desk.intake.routing import turn
from wapto.desk.notices.messages import breathe
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import admins
from wapto.store.database import Transaction, transaction
from wapto.store.models import Agent, Customer, Number, Order

EVERY = timedelta(seconds=10)
SCHEDULE = Actor("wapto", "schedule")

_BATCH = 10


def tell_of(tx: Transaction, number: Number, orders: Sequence[Order], now: datetime) -> None:
    """Tells the admins, once until the queue is empty again, that orders of the number wait because nobody is there."""
    waiting = [order for order in orders if order.waits]
    if waiting:
        why = str(waiting[0].assignment_reason).removeprefix("It waits: ")
        tell(tx, number, f"New orders of {number.name} wait: {why}", now)


def tell(tx: Transaction, number: Number, words: str, now: datetime) -> None:
    """The same in these words."""
    admins.tell(tx, _key(number), words, now, renew=False)


def _key(number: Number) -> str:
    return f"queue:{number.id}"


def drain(now: datetime) -> None:
    """Gives the orders that wait to whoever can take them by now, oldest first."""
    waiting = Order.select(Order.number).where(Order.waits).distinct()
    numbers = [number.id for number in Number.select(Number.id).where(Number.id.in_(waiting)).order_by(Number.id)]
    for number_id in numbers if assignment.on_duty() else ():
        last = 0
        while last := _give_some(number_id, last, now):
            breathe()


def _give_some(number_id: int, after: int, now: datetime) -> int:
    """The next orders that wait, after one of them; the last one looked at, 0 after all."""
    with transaction() as tx:
        number = turn(number_id)
        Order.update(waits=False).where(Order.number == number_id, Order.waits, ~Order.is_open).execute()
        orders = _waiting(number_id, after)
        picked = assignment.pick(number, rules.wishes(number, [rules.of_order(order) for order in orders]))
        for order, (agent, reason) in zip(orders, picked, strict=True):
            _decide(order, agent, reason, now)
        tx.wake("desk")
        if not _waiting(number_id, 0):
            admins.over(tx, _key(number), f"No order of {number.name} waits for somebody any more.", now)
    return orders[-1].id if orders else 0


def _waiting(number_id: int, after: int) -> list[Order]:
    query = Order.select(Order, Customer).join(Customer).where(Order.number == number_id, Order.waits)
    return list(query.where(Order.id > after).order_by(Order.id).limit(_BATCH))


def _decide(order: Order, agent: Agent | None, reason: str | None, now: datetime) -> None:
    """Guarded: who claimed or closed it meanwhile keeps it, and a turn is lost to nobody but this round."""
    if agent is None and order.waits == (reason is not None) and order.assignment_reason == reason:
        return  # it waits as before
    given = {"agent": agent, "version": Order.version + 1, "updated_at": now} if agent else {}
    values = {**given, "waits": agent is None and reason is not None, "assignment_reason": reason}
    same = (Order.id == order.id) & (Order.version == order.version)
    if Order.update(values).where(same).execute() and agent:
        ids = {"agent": agent.id, "reason": reason}
        seq = timeline.record(order.id, "assigned", SCHEDULE, now, after=agent.name, ids=ids)
        assignment.alert(order.id, agent.id, seq, now)
