"""What customers are promised to be told about their orders, and how far each promise came."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from peewee import Expression

from wapto.desk.conversations import replies
from wapto.desk.notices import optouts
from wapto.desk.notices.drafts import Draft, anew, compose_all, recipient_of, trigger_of
from wapto.desk.notices.messages import in_batches, move, note
from wapto.desk.watch import admins, unknown_codes
from wapto.domain.delivery import BLOCKING, DELIVERED, FAILED, HELD, PROVEN, QUEUED, READ, SENT, SKIPPED, advance
from wapto.domain.intake import DONE, SEEN
from wapto.meta.errors import blot, describe
from wapto.meta.payloads import Fault, Receipt
from wapto.store.batches import Prepared, insert_rows
from wapto.store.database import Transaction, spelled, transaction
from wapto.store.models import Message, Number, Order, ParkedReceipt, Trigger

PARKED = "parked"  # what became of a receipt for no message known here
MOVED_ON = "The order has moved on."
TOO_OLD = "It waited longer than it was worth telling."

_PURPOSE = "status"
_HELD = "held"
_STAMPS = {SENT: "sent_at", DELIVERED: "delivered_at", READ: "read_at"}
_PARKED_FOR = timedelta(minutes=15)


def promise(order: Order, status: str, now: datetime, reason: str | None = None) -> None:
    """Owes the customer one notice about the status, if the number has a trigger for it, at most once for ever.

    Runs in the caller's transaction. What cannot be sent as things are is kept as `held`, with the reason.
    """
    promise_all([order], status, now, reason)


def promise_all(
    orders: Sequence[Order], status: str, now: datetime, reason: str | None = None, writing: Collection[int] = ()
) -> None:
    """The same for several orders of one number; `writing` are customers who write to us at this very moment."""
    trigger = trigger_of(orders[0].number_id, status) if orders else None
    if trigger is not None and trigger.is_on:
        due = now + timedelta(seconds=trigger.hold)
        keys = [f"{order.id}:{status}:{_PURPOSE}" for order in orders]
        _add_all(orders, keys, trigger, now, due=due, reason=reason, writing=writing)


def add(
    order: Order, trigger: Trigger, key: str, now: datetime, *, due: datetime, reason: str | None
) -> Message | None:
    """The new message, or None if there is one with this key. The unique key decides, never a look before."""
    new = _add_all([order], [key], trigger, now, due=due, reason=reason)
    return Message(**new[0]) if new else None


def _add_all(
    orders: Sequence[Order],
    keys: Sequence[str],
    trigger: Trigger,
    now: datetime,
    *,
    due: datetime,
    reason: str | None,
    writing: Collection[int] = (),
) -> list[dict[str, Any]]:
    """The rows of those that are new: models of them all would take as long as inserting them."""
    in_window = [
        (trigger.plain_text and order.customer_id in writing) or _is_in_window(order, trigger, now) for order in orders
    ]
    drafts = compose_all(orders, trigger, reason, in_window=in_window)
    rows = [_row(*each, trigger, now, due) for each in zip(orders, keys, drafts, strict=True)]
    ids = dict(insert_rows(Message, rows, returning=("key", "id"), skipping=True))
    new = [{"id": ids[row["key"]], **row} for row in rows if row["key"] in ids]
    for row in new:
        if row["reason"]:
            note(Message(**row), now, after=row["state"])
    return new


def _row(order: Order, key: str, draft: Draft, trigger: Trigger, now: datetime, due: datetime) -> dict[str, Any]:
    return {
        "order": order.id,
        "number": order.number_id,
        "customer": order.customer_id,
        "key": key,
        "callback": uuid4().hex,
        "trigger": trigger.status,
        **draft.columns(),
        "state": _state_of(draft),
        "reason": draft.problem,
        "next_at": due,
        "expires_at": now + timedelta(seconds=trigger.ttl) if trigger.ttl else None,
        "created_at": now,
    }


def _state_of(draft: Draft) -> str:
    return SKIPPED if draft.is_unwanted else HELD if draft.problem else QUEUED


def apply_receipt(receipt: Receipt, now: datetime) -> str:
    """What became of a status of Meta's: `done`, `seen` (late or repeated), `parked` (for no message known here).

    Ours are known by the callback data even before the answer to the send has given their wamid (reference §3).
    """
    with transaction() as tx:
        while message := _message_of(receipt):
            if outcome := _apply(tx, message, receipt, now):
                return outcome
        _park(receipt, now)
        return PARKED


def _message_of(receipt: Receipt) -> Message | None:
    found = Message.get_or_none(Message.callback == receipt.callback) if receipt.callback else None
    return found or Message.get_or_none(Message.wamid == receipt.wamid)


def _apply(tx: Transaction, message: Message, receipt: Receipt, now: datetime) -> str | None:
    """The outcome; None when the message was moved by somebody else meanwhile, and has to be read again."""
    facts = _facts(message, receipt, now)
    after = advance(message.state, receipt.status)
    if after is None:
        Message.update(facts).where(Message.id == message.id).execute()
        return SEEN
    facts |= _cause(after, receipt)
    if not move(tx, message, after, now, **facts):
        return None
    if after == FAILED:
        unknown_codes.tell(tx, facts["error_code"], facts["error_text"], now)
    if facts.get("error_code") == optouts.REFUSED_CODE:
        optouts.stop(message.customer_id, optouts.REFUSED, now)
    if message.state in BLOCKING:
        tx.wake("outbox")
    return DONE


def _facts(message: Message, receipt: Receipt, now: datetime) -> dict[str, Any]:
    """What a receipt tells for good, however late it comes: wamid, price, and when it was sent, delivered or read."""
    facts: dict[str, Any] = {"wamid": message.wamid or receipt.wamid}
    if stamp := _STAMPS.get(receipt.status):
        facts[stamp] = getattr(message, stamp) or receipt.at or now
    if receipt.price_category:
        facts |= {"price_category": receipt.price_category, "price_type": receipt.price_type}
    return facts


def _cause(after: str, receipt: Receipt) -> dict[str, Any]:
    if after in PROVEN:
        return {"reason": None, "error_code": None, "error_text": None}
    if after != FAILED:
        return {}
    fault = receipt.errors[0] if receipt.errors else Fault(None, "", "")
    words = describe(fault.code)
    return {"reason": words, "error_code": fault.code, "error_text": blot(fault.details or fault.title or words)}


def _park(receipt: Receipt, now: datetime) -> None:
    ParkedReceipt.create(
        wamid=receipt.wamid,
        callback=receipt.callback,
        status=receipt.status,
        at=receipt.at,
        errors=[list(fault) for fault in receipt.errors],
        received_at=now,
    )


_parked = Prepared(
    lambda wamids, since: (
        ParkedReceipt.select()
        .where(ParkedReceipt.wamid.in_(wamids), ParkedReceipt.received_at >= since)
        .order_by(ParkedReceipt.id)
    )
)


def apply_parked(wamids: list[str], now: datetime) -> None:
    """Applies the receipts that came before these wamids were known; old ones were for somebody else's messages."""
    parked = _parked.models(ParkedReceipt, wamids, now - _PARKED_FOR) if wamids else []
    if not parked:
        return
    for row in parked:
        errors = tuple(Fault(*fault) for fault in row.errors)
        apply_receipt(Receipt(row.wamid, row.status, row.at, callback=row.callback, errors=errors), now)
    ParkedReceipt.delete().where(ParkedReceipt.id.in_([row.id for row in parked])).execute()


def release_held(waba: str, now: datetime) -> None:
    """Queues, filled anew, what was held in this account and can be sent by now; drops it if its order moved on."""
    _release(Message.number.in_(Number.select(Number.id).where(Number.waba == waba)), now)


def release_all(now: datetime) -> None:
    """The same for every account."""
    _release(Message.number.in_(Number.select(Number.id).where(Number.gone_at.is_null())), now)


def release_for(number: Number, status: str, now: datetime) -> None:
    """The same for the notices of one trigger, after it was changed."""
    _release((Message.number == number.id) & (Message.trigger == status), now)


def release_to(customer_id: int, now: datetime) -> None:
    """The same for one customer, after it became known where to write to."""
    _release(Message.customer == customer_id, now)


def _release(which: Expression, now: datetime) -> None:
    in_batches(which & Message.state.in_(spelled(HELD)), lambda tx, message: _release_one(tx, message, now))


def _release_one(tx: Transaction, message: Message, now: datetime) -> None:
    if message.said_seq:
        _release_words(tx, message, now)
        return
    trigger = trigger_of(message.number_id, message.trigger)
    if trigger is None or not trigger.is_on:
        return
    order, draft = anew(message, trigger, in_window=_is_in_window(message, trigger, now))
    if draft.is_unwanted:
        move(tx, message, SKIPPED, now, reason=draft.problem)
    elif draft.problem:
        Message.update(reason=draft.problem).where(Message.id == message.id, Message.state == HELD).execute()
    elif order.status != message.trigger:
        move(tx, message, SKIPPED, now, reason=MOVED_ON)
    elif message.expires_at and message.expires_at <= now:
        move(tx, message, SKIPPED, now, reason=TOO_OLD)
    else:
        fresh = {"reason": None, "error_code": None, "error_text": None, "next_at": now, **draft.columns()}
        if move(tx, message, QUEUED, now, **fresh):
            tx.wake("outbox")


def _is_in_window(about: Order | Message, trigger: Trigger, now: datetime) -> bool:
    return bool(trigger.plain_text and replies.is_open(about.number_id, about.customer_id, now))


def tell_held(now: datetime) -> None:
    """Lets the admins know while messages are held back, and once more when none is."""
    with transaction() as tx:
        held = Message.select().where(Message.state.in_(spelled(HELD)))
        count, oldest = held.count(), held.order_by(Message.id).first()
        if oldest is None:
            admins.over(tx, _HELD, "No message to a customer is held back any more.", now)
        else:
            words = f"Messages to customers are held back: {count}, the oldest because: {oldest.reason}"
            admins.tell(tx, _HELD, f"{words} `wapto messages list --state held` shows all.", now, renew=False)


def _release_words(tx: Transaction, message: Message, now: datetime) -> None:
    """What somebody wrote is held only for want of somewhere to write to; the lane asks for the window again."""
    phone, user_id = recipient_of(message.customer, message.number)
    fresh: dict[str, Any] = {"reason": None, "next_at": now, "to_phone": phone, "to_user_id": user_id}
    if (phone or user_id) and move(tx, message, QUEUED, now, **fresh):
        tx.wake("outbox")
