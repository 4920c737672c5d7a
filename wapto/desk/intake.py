"""From a stored webhook to orders, messages and receipts: the drain of the inbox lane."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from peewee import InterfaceError, OperationalError

from wapto.desk import carts, customers, notices, orders
from wapto.desk.timeline import CUSTOMER, record
from wapto.domain.identity import is_user_id, normal_phone
from wapto.domain.text import clean
from wapto.errors import InvalidInput, NotFound, TryLater, WaptoError
from wapto.meta import webhook
from wapto.meta.payloads import Contact, Element, InboundMessage, Receipt
from wapto.store.database import Transaction, db, is_sqlite, skip_locked, transaction
from wapto.store.models import Customer, Inbound, InboxElement, InboxEntry, Number, Order

NEW, DONE, KEPT, PARTIAL, FAILED = "new", "done", "kept", "partial", "failed"
SEEN = "seen"  # an element's outcome: it had been taken in before

MAX_ATTEMPTS = 5
_LEASE = timedelta(seconds=60)
_BATCH_SQLITE, _BATCH_POSTGRES = 10, 50

log = structlog.get_logger()


class _Kept(Exception):
    """The element is understood as nothing for us to do, or cannot be placed yet."""


def drain(clock: Callable[[], datetime]) -> bool:
    """Works on a batch of stored webhooks, oldest first; True when there may be more."""
    limit = _BATCH_SQLITE if is_sqlite() else _BATCH_POSTGRES
    claimed = _claim(limit, clock())
    with transaction() as tx:
        for entry in claimed:
            _work_on(tx, entry, clock())
    return bool(claimed)


def _claim(limit: int, now: datetime) -> list[InboxEntry]:
    """Takes entries for this process, counting the attempt before anything is parsed.

    One that was tried before goes alone: if it is the one that ends the process, it takes no other down with it.
    """
    free = InboxEntry.lease_until.is_null() | (InboxEntry.lease_until < now)
    with transaction():
        due = InboxEntry.select().where(InboxEntry.state == NEW, free).order_by(InboxEntry.id).limit(limit)
        entries = list(skip_locked(due, of=InboxEntry))
        if any(entry.attempts for entry in entries):
            entries = entries[:1]
        taken = InboxEntry.update(attempts=InboxEntry.attempts + 1, lease_until=now + _LEASE)
        taken.where(InboxEntry.id.in_([entry.id for entry in entries])).execute()
    return entries


def _work_on(tx: Transaction, entry: InboxEntry, now: datetime) -> None:
    if entry.attempts >= MAX_ATTEMPTS:
        _finish(entry.id, FAILED, "Working on it ended the process several times; look at the body, then replay it.")
    else:
        _take_in(tx, entry, now)


def _take_in(tx: Transaction, entry: InboxEntry, now: datetime) -> str:
    """Works on every element, each in its own savepoint; returns the entry's state.

    Harmless to repeat: what was taken in before is recognized by its unique id.
    """
    outcomes = [_element(tx, entry, element, now) for element in webhook.elements(bytes(entry.body))]
    state = _state_of(outcomes)
    _finish(entry.id, state, None)
    return state


def _state_of(outcomes: list[str]) -> str:
    if FAILED in outcomes:
        return FAILED if set(outcomes) == {FAILED} else PARTIAL
    return KEPT if not outcomes or KEPT in outcomes else DONE


def _finish(entry_id: int, state: str, error: str | None) -> None:
    InboxEntry.update(state=state, error=error, lease_until=None).where(InboxEntry.id == entry_id).execute()


def _element(tx: Transaction, entry: InboxEntry, element: Element, now: datetime) -> str:
    try:
        with db.atomic():
            outcome, reason = _handle(tx, element, now), None
    except _Kept as kept:
        outcome, reason = KEPT, str(kept)
    except (TryLater, OperationalError, InterfaceError):
        raise  # the database is away: the entry stays as it is, for the next look
    except WaptoError as fault:
        outcome, reason = FAILED, str(fault)
    except Exception as fault:
        # A sibling must not be lost through a fault of ours in this one: it is listed, and replayed once mended.
        log.error("an element could not be handled", entry=entry.id, position=element.position, exc_info=True)
        outcome, reason = FAILED, f"Wapto failed on it ({type(fault).__name__}); the log of the worker says where."
    new = {
        "entry": entry.id,
        "position": element.position,
        "wamid": element.wamid,
        "outcome": outcome,
        "reason": reason,
    }
    place = (InboxElement.entry, InboxElement.position)
    InboxElement.insert(new).on_conflict(
        conflict_target=place, preserve=(InboxElement.wamid, InboxElement.outcome, InboxElement.reason)
    ).execute()


def _handle(tx: Transaction, element: Element, now: datetime) -> str:
    if element.problem:
        raise InvalidInput(element.problem)
    if isinstance(element.value, Receipt):
        return notices.apply_receipt(element.value, now)
    if not isinstance(element.value, InboundMessage):
        raise _Kept(f"Nothing to do for the field “{element.field}”.")
    number = _number_of(element)
    return _message(tx, number, element.value, element.contact, now)


def _number_of(element: Element) -> Number:
    number = Number.get_or_none(Number.phone_number_id == element.phone_number_id, Number.gone_at.is_null())
    if number is None:
        raise _Kept(
            f"The number {element.phone_number_id} is not known here: add it with `wapto numbers add "
            f"{element.phone_number_id} --waba {element.waba_id} …`, then replay this entry."
        )
    if not is_sqlite():  # carts of one number take turns, so that two do not give the same agent the same turn
        Number.select(Number.id).where(Number.id == number.id).for_update().execute()
        number = Number.get_by_id(number.id)
    return number


def _message(tx: Transaction, number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> str:
    customer = _customer(number, message, contact, now)
    if not _keep(number, customer, message, now):
        return SEEN
    if message.type == "order":
        reading = carts.read(message.order or carts.NOTHING, number.currency)
        order = orders.create_from_cart(
            tx, number=number, customer=customer, wamid=message.id, reading=reading, now=now
        )
        if order is not None:
            Inbound.update(order=order).where(Inbound.wamid == message.id).execute()
        return DONE if order is not None else SEEN
    _tell_open_order(tx, number, customer, message, now)
    return DONE


def _customer(number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> Customer:
    phone = _phone(message.from_ or (contact.wa_id if contact else None))
    user_id = message.from_user_id or (contact.user_id if contact else None)
    if phone is None and not (user_id and is_user_id(user_id)):
        raise InvalidInput("The message names no sender: neither a phone number nor a user id.")
    name = clean(contact.name).strip() if contact and contact.name else None
    username = contact.username if contact else None
    return customers.find_or_create(
        phone=phone, user_id=user_id, scope=number.waba, name=name or None, username=username, now=now
    )


def _phone(digits: str | None) -> str | None:
    try:
        return normal_phone(digits) if digits else None
    except InvalidInput:
        return None


def _keep(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> bool:
    """Whether this message is new. The unique wamid decides, whatever else runs at the same time."""
    new = {
        "wamid": message.id,
        "number": number,
        "customer": customer,
        "kind": message.type,
        "text": clean(message.text) if message.text else None,
        "sent_at": message.timestamp or now,
        "received_at": now,
    }
    return bool(list(Inbound.insert(new).on_conflict_ignore().returning(Inbound.id).tuples().execute()))


def _tell_open_order(
    tx: Transaction, number: Number, customer: Customer, message: InboundMessage, now: datetime
) -> None:
    """Notes a customer's message in the timeline of their newest open order with this number, if there is one."""
    theirs = Order.select(Order.id).where(Order.customer == customer, Order.number == number, Order.is_open)
    order = theirs.order_by(Order.id.desc()).first()
    if order is None:
        return
    Inbound.update(order=order).where(Inbound.wamid == message.id).execute()
    record(order.id, "wrote", CUSTOMER, now, after=message.type, ids={"wamid": message.id})
    tx.wake("desk")


def replay(entry_id: int, now: datetime) -> str:
    """Works on a stored webhook again, whatever became of it before; returns its state. Safe at any time."""
    entry = InboxEntry.get_or_none(InboxEntry.id == entry_id)
    if entry is None:
        raise NotFound(f"There is no inbox entry {entry_id}.")
    with transaction() as tx:
        return _take_in(tx, entry, now)
