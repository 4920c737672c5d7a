"""Promises of time: by when an order has to leave its status, who is reminded when it does not, and putting that off.

Cards, lists and JSON all show the limits that were crossed as the scheduler found it: passing time changes nothing,
and crossing a limit is an entry of the timeline, which draws the card anew.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from wapto.desk.assignment import assignment
from wapto.desk.board import LATE as LATE_ALERT
from wapto.desk.board import LATE_TEAM
from wapto.desk.notices.messages import breathe
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import admins
from wapto.domain import hours, lifecycle, promises
from wapto.domain.hours import Hours
from wapto.domain.identity import order_number
from wapto.domain.promises import AT_RISK, LATE, TEAM_TOLD, Clock, Promised
from wapto.domain.text import clean
from wapto.errors import InvalidInput, Refused
from wapto.store.batches import insert_rows
from wapto.store.database import Transaction, skip_locked, transaction
from wapto.store.models import Agent, Number, Order, Promise

EVERY = timedelta(seconds=10)
SCHEDULE = Actor("wapto", "schedule")
OWN, TEAM = LATE_ALERT, LATE_TEAM
MAX_REASON = 500

_BATCH = 10
_NAMED = 10  # orders in one sentence to the admins


def of_order(order: Order) -> Promised | None:
    """The promise that the order is under now."""
    row = Promise.get_or_none(Promise.order == order.id, Promise.status == order.status)
    return Promised(row.due_at, promises.name(row.step)) if row and order.is_open else None


def promise_all(new: Sequence[Order], now: datetime) -> None:
    """The promises of new orders of one number, with one statement. In the caller's transaction."""
    allowed = new[0].number.promises.get(lifecycle.RECEIVED) if new else None
    if allowed is not None:
        clock = _clock(new[0].number, allowed, now)
        insert_rows(Promise, [_values(order, now, clock) for order in new])


def promise(order: Order, since: datetime) -> None:
    """The promise of the status that the order came into; none where its number has none. In the caller's change."""
    allowed = order.number.promises.get(order.status) if order.is_open else None
    if allowed is None:
        Promise.delete().where(Promise.order == order.id).execute()
    else:
        _put(order, since, _clock(order.number, allowed, since))


def _put(order: Order, since: datetime, clock: Clock) -> None:
    new = _values(order, since, clock)
    Promise.insert(new).on_conflict(conflict_target=[Promise.order], update=new).execute()


def _values(order: Order, since: datetime, clock: Clock) -> dict[str, Any]:
    due = {"due_at": clock.due_at, "look_at": clock.look_at, "step": clock.step}
    return {"order": order.id, "status": order.status, "since": since, **due}


def _clock(number: Number, minutes: int, since: datetime) -> Clock:
    return promises.begin(since, timedelta(minutes=minutes), hours_of(number))


def hours_of(number: Number) -> Hours:
    """When the shop works."""
    return hours.read(number.hours or "", number.timezone)


def renew(number: Number) -> None:
    """After other hours or promises were set: the open orders of the number are measured by them, since they began."""
    last = 0
    while batch := _open_orders(number, last):
        last = batch[-1]
        with transaction():
            for order in Order.select().where(Order.id.in_(batch), Order.is_open).order_by(Order.id):
                entered = timeline.latest(order.id, ("status", "received"))
                promise(order, entered.at if entered else order.created_at)


def _open_orders(number: Number, after: int) -> list[int]:
    query = Order.select(Order.id).where(Order.number == number, Order.is_open, Order.id > after)
    return [order.id for order in query.order_by(Order.id).limit(_BATCH)]


def snooze(order_id: int, length: timedelta, reason: str, *, actor: Actor, now: datetime) -> Order:
    """Puts off until when the order has to leave its status; everybody is reminded anew if it does not by then."""
    words = clean(reason).strip()
    if not words or len(words) > MAX_REASON:
        raise InvalidInput(f"Say why it takes longer, in up to {MAX_REASON} characters.")
    with transaction() as tx:
        # Moves the order's row first, as every change of a status does, so that none comes in between.
        seq = timeline.record(order_id, "snoozed", actor, now, after=f"{now + length:%Y-%m-%d %H:%M} UTC", text=words)
        order = Order.get_by_id(order_id)
        row = Promise.get_or_none(Promise.order == order_id, Promise.status == order.status)
        if row is None or not order.is_open:
            label = lifecycle.label(order.status)
            raise Refused(f"{order_number(order_id)} is {label}, for which no time is promised; nothing to put off.")
        _put(order, row.since, promises.put_off(now, now + length))
        tx.wake("desk")
    order.last_seq = seq
    return order


def cross_limits(now: datetime) -> None:
    """Finds the orders that have crossed a limit and tells who has to know."""
    while _cross_some(now):
        breathe()


def _cross_some(now: datetime) -> bool:
    with transaction() as tx:
        query = Promise.select(Promise, Order, Number).join(Order).join(Number)
        query = query.where(Promise.look_at <= now).order_by(Promise.look_at, Promise.id)
        rows = list(skip_locked(query.limit(_BATCH), of=Order))
        moved = [(row, clock) for row in rows if (clock := _cross(row, now))]
        for row, clock in moved:
            _tell_people(row, clock, now)
        _tell_admins(tx, [row.order for row, clock in moved if clock.step > TEAM_TOLD], now)
        if moved:
            tx.wake("desk")
    return bool(rows)


def _cross(row: Promise, now: datetime) -> Clock | None:
    """The new state of the promise; None where it was overtaken, or stands no more."""
    same = (Promise.id == row.id) & (Promise.status == row.status) & (Promise.look_at == row.look_at)
    if not row.order.is_open or row.order.status != row.status:
        Promise.delete().where(same).execute()
        return None
    clock = promises.move_on(Clock(row.due_at, row.look_at, row.step), now, hours_of(row.order.number))
    moved = Promise.update(look_at=clock.look_at, step=clock.step).where(same)
    return clock if moved.execute() else None


def _tell_people(row: Promise, clock: Clock, now: datetime) -> None:
    order, kinds = row.order, {AT_RISK: "at_risk", LATE: "late"}
    told = {TEAM_TOLD: "the team"}.get(clock.step, "the admins") if clock.step > LATE else None
    timeline.record(order.id, kinds.get(clock.step, "reminded"), SCHEDULE, now, after=told)
    if clock.step == LATE and order.agent_id:
        _alert(order, [order.agent_id], OWN, row.due_at, now)
    elif clock.step in (LATE, TEAM_TOLD):
        _alert(order, _team(order), TEAM, row.due_at, now)


def _alert(order: Order, agents: Iterable[int], trouble: str, due: datetime, now: datetime) -> None:
    """Nobody is told twice of one order and one promise."""
    for agent_id in agents:
        key = f"late:{order.id}:{int(due.timestamp())}:{agent_id}"
        assignment.owe_alert(order.id, agent_id, key, now, due=now, trouble=trouble)


def _team(order: Order) -> list[int]:
    """Those on duty in the assignee's team, or all on duty where there is no such team, or nobody of it."""
    agent = Agent.get_or_none(Agent.id == order.agent_id) if order.agent_id else None
    here = assignment.on_duty()
    own = [each for each in here if agent and agent.team and each.team == agent.team]
    return [each.id for each in own or here]


def _tell_admins(tx: Transaction, orders: Sequence[Order], now: datetime) -> None:
    """One sentence for all that are found together."""
    if not orders:
        return
    names = ", ".join(order_number(order.id) for order in orders[:_NAMED])
    what = "orders are late, and nobody moves them" if len(orders) > 1 else "order is late, and nobody moves it"
    admins.tell(tx, f"late:{orders[0].id}:{int(now.timestamp())}", f"{len(orders)} {what} on: {names}.", now)
