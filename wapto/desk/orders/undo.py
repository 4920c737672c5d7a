"""Taking a change of status back while the message about it is still held: the customer never hears of it."""

from datetime import datetime

from wapto.desk.assignment import late, rights
from wapto.desk.notices.messages import move
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import beaten, decided_again, update, was_last
from wapto.desk.stock import stock
from wapto.domain import lifecycle
from wapto.domain.delivery import HELD, QUEUED, SKIPPED
from wapto.domain.identity import order_number
from wapto.errors import Conflict, NotAllowed, NotFound, Refused
from wapto.store.database import transaction
from wapto.store.models import Agent, Message, Order, OrderEvent

_STATUS = "status"
_WORDS = "Taken back before the customer was told."


def held_until(message: Message) -> datetime | None:
    """Until when the change that this message tells of can be taken back; None once it is on its way."""
    waits = message.state == QUEUED and not message.attempts and message.next_at > message.created_at
    return message.next_at if waits else None


@decided_again
def undo(order_id: int, message_id: int, *, actor: Actor, now: datetime) -> Order:
    """Puts the status back to what it was, and drops the message about the change; both stand in the timeline.

    For whoever made the change, and for admins: NotAllowed otherwise. Refused once the customer may have been told,
    Conflict when the order has moved on. The second click of a double click changes nothing.
    """
    with transaction() as tx:
        order, message = _found(order_id, message_id)
        change = timeline.latest(order_id, (_STATUS,))
        if change is None:
            raise Refused(f"{order_number(order.id)} has not been moved since it came; there is nothing to take back.")
        if order.status != message.trigger or change.after != message.trigger:
            if was_last(order, _STATUS, actor, order.status):
                return order
            raise beaten(order, _STATUS)
        _check_person(actor, change.actor, _changed_by(order_id, change.seq))
        _check_held(message, now)
        before = str(change.before)
        update(order, _values(before, change.after), now)
        timeline.record(order_id, _STATUS, actor, now, before=change.after, after=before, text=_WORDS)
        # The key goes with it: when the order comes to this status again, the customer is told.
        words = f"{actor.name} took the change back."
        if not move(tx, message, SKIPPED, now, actor=actor, reason=words, key=f"{message.key}:undone:{message.id}"):
            raise Conflict("The customer is being told at this moment; change the status instead.")
        changed = Order.get_by_id(order_id)
        stock.follow(tx, changed, str(change.after), now)
        late.promise(changed, now)
        tx.wake("desk")
    return changed


def latest(order_id: int) -> int:
    """The newest message about the order, which tells of its newest change; NotFound when there is none."""
    newest = Message.select(Message.id).where(Message.order == order_id).order_by(Message.id.desc()).first()
    if newest is None:
        raise NotFound("The customer was to be told nothing, so nothing is held; change the status instead.")
    return int(newest.id)


def _values(before: str, after: str | None) -> dict[str, object]:
    """What was cancelled can be reopened only to where it came from; so that is where it was reopened to."""
    is_cancelled = before == lifecycle.CANCELLED
    return {
        "status": before,
        "is_open": lifecycle.STATUSES[before].is_open,
        "cancelled_from": after if is_cancelled else None,
    }


def _found(order_id: int, message_id: int) -> tuple[Order, Message]:
    order = Order.get_or_none(Order.id == order_id)
    message = Message.get_or_none(Message.id == message_id, Message.order == order_id)
    if order is None or message is None:
        raise NotFound("That order or message does not exist.")
    return order, message


def _changed_by(order_id: int, seq: int) -> int | None:
    """Which agent made the change, since two may have one name; None where no agent did, or of earlier times."""
    by: int | None = OrderEvent.get(OrderEvent.order == order_id, OrderEvent.seq == seq).ids.get("by")
    return by


def _check_person(actor: Actor, who_changed: str, agent_id: int | None) -> None:
    is_theirs = actor.name == who_changed and agent_id in (None, actor.agent_id)
    if actor.agent_id is None or is_theirs or Agent.get_by_id(actor.agent_id).role == rights.ADMIN:
        return
    raise NotAllowed(f"{who_changed} made this change; only they and admins can take it back.")


def _check_held(message: Message, now: datetime) -> None:
    until = held_until(message)
    if message.state != HELD and (until is None or until <= now):
        number = order_number(int(message.order_id or 0))
        raise Refused(f"It is too late: the customer of {number} has been told, or is being told. Change the status.")
