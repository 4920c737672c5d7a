"""People change: their number, their user id, their keys. WhatsApp tells, and agents confirm.

The rule for numbers: once WhatsApp says that somebody moved, the old number and the user ids that belonged to it are
given up, and the new ones are theirs in doubt. Whoever writes from a doubted one is recognized; nothing is sent there
before an agent confirms. Whoever writes from a number that was given up is somebody new, since operators hand numbers
on, unless it was sent before the change.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from peewee import SQL, Expression, IntegrityError, fn

from wapto.desk.conversations import replies
from wapto.desk.customers import customers, doubts
from wapto.desk.customers.customers import PHONE, USER_ID, Key
from wapto.desk.notices import notices
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import CUSTOMER, Actor, Subject
from wapto.domain.identity import is_user_id, normal_phone, phone_variants
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.meta.payloads import InboundMessage
from wapto.meta.system import IDENTITY, NUMBER, News, news_of
from wapto.store.database import db, is_sqlite, spelled, transaction
from wapto.store.models import Customer, Handle, Inquiry, Message, Number, Order

MOVED, NEW_USER_ID, CONFIRMED = "number_changed", "user_id_changed", "number_confirmed"
HANDED_ON = "number_handed_on"  # it is another customer's now


def follow(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> None:
    """Does what WhatsApp's own message about this customer asks for; nothing with any other message.

    Runs in the caller's transaction, once per message.
    """
    news = news_of(message)
    if news is None:
        return
    if news.kind == IDENTITY:
        note(customer.id, timeline.IDENTITY_CHANGED, CUSTOMER, now)
        return
    _move(customer, news, customers.scope_of(number), message.timestamp or now, now)
    note(customer.id, MOVED if news.kind == NUMBER else NEW_USER_ID, CUSTOMER, now)


def _move(customer: Customer, news: News, scope: str, at: datetime, now: datetime) -> None:
    new = _new_keys(news, scope)
    theirs = list(Handle.select().where(Handle.customer == customer, customers.live()).order_by(Handle.id))
    old = [handle for handle in theirs if _key(handle) not in new and _is_left(handle, news, scope)]
    Handle.update(gone_at=at).where(Handle.id.in_([handle.id for handle in old])).execute()
    for key in new - {_key(handle) for handle in theirs}:
        _take(customer, key, at if news.kind == NUMBER else None, now)


def _new_keys(news: News, scope: str) -> set[Key]:
    keys = set()
    if news.new_user_id and is_user_id(news.new_user_id):
        keys.add(Key(USER_ID, scope, news.new_user_id))
    if news.new_phone:
        with suppress(InvalidInput):
            keys.add(Key(PHONE, "", normal_phone(news.new_phone)))
    return keys


def _key(handle: Handle) -> Key:
    return Key(handle.kind, handle.scope, handle.value)


def _is_left(handle: Handle, news: News, scope: str) -> bool:
    """Whether a handle goes with the old line: a new number brings new user ids everywhere (reference §2.1)."""
    if news.kind == NUMBER:
        is_old = news.old_phone is None or handle.value in phone_variants(f"+{news.old_phone}")
        return handle.kind == USER_ID or is_old
    is_told = news.old_user_id in (None, handle.value)
    return handle.kind == USER_ID and handle.scope == scope and is_told


def _take(customer: Customer, key: Key, doubted_at: datetime | None, now: datetime) -> None:
    """Ties the key to the customer; what is somebody else's already stays theirs, and is claimed in doubt."""
    owner = customers.tie(customer, key, now, doubted_at=doubted_at)
    if owner != customer:
        customers.tie(customer, key, now, doubted_at=now)


def confirm_number(
    customer_id: int, *, actor: Actor, now: datetime, seen_handle: int | None = None, handed_on: bool = False
) -> Customer:
    """An agent says that the new number is the customer's: what was held for it may go there.

    `seen_handle` is the one that a click was drawn for: Conflict if there is another by now; a double click changes
    nothing. Refused when there is nothing to confirm, or when the number is another customer's, unless it was
    `handed_on`, and is that one's no longer.
    """
    with transaction() as tx:
        customer = held(customer_id)
        doubt = doubts.of_customer(customer.id)
        if doubt is None and _is_confirmed(seen_handle):
            return customer
        if doubt is None:
            raise Refused(f"Customer {customer.id} has no new number that waits to be confirmed.")
        if seen_handle not in (None, doubt.handle_id):
            raise Conflict("The customer's number has changed once more; look at the card again.")
        if doubt.owner_id is not None and not handed_on:
            raise Refused(doubt.words)
        if handed_on:
            _take_from_others(customer, actor, now)
        _trust(customer, actor, now)
        note(customer.id, CONFIRMED, actor, now, ids={"handle": doubt.handle_id})
        tx.wake("desk")
    notices.release_to(customer.id, now)
    return customer


def confirm_of(
    about: Subject, *, actor: Actor, now: datetime, seen_handle: int | None = None, handed_on: bool = False
) -> Customer:
    """The same for the customer of an order or inquiry."""
    customer_id = replies.found(about).customer_id
    return confirm_number(customer_id, actor=actor, now=now, seen_handle=seen_handle, handed_on=handed_on)


def customer_of(order_id: int) -> int:
    """Whose the order is; NotFound when there is no such order."""
    return int(replies.found(Subject(order=order_id)).customer_id)


def held(customer_id: int) -> Customer:
    """The customer, or whoever they are by now, kept from being merged or confirmed until the transaction ends."""
    query: Any = Customer.select().where(Customer.id == customer_id)
    if not is_sqlite():
        query = query.for_update("FOR NO KEY UPDATE")
    customer: Customer | None = query.first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    return held(customer.merged_into_id) if customer.merged_into_id else customer


def _is_confirmed(handle_id: int | None) -> bool:
    return Handle.select().where(Handle.id == handle_id, customers.trusted()).exists()


def _take_from_others(customer: Customer, actor: Actor, now: datetime) -> None:
    """Whoever had what the customer claims had it until then."""
    for claim in Handle.select().where(Handle.customer == customer, customers.doubted()).order_by(Handle.id):
        owner = customers.owner_of(_key(claim))
        same = (Handle.kind == claim.kind) & (Handle.scope == claim.scope) & (Handle.value == claim.value)
        if owner is not None and Handle.update(gone_at=claim.doubted_at).where(same, customers.trusted()).execute():
            note(owner.id, HANDED_ON, actor, now)


def _trust(customer: Customer, actor: Actor, now: datetime) -> None:
    confirmed = {"doubted_at": None, "confirmed_at": now, "confirmed_by": f"{actor.name} ({actor.door})"}
    try:
        with db.atomic():
            Handle.update(confirmed).where(Handle.customer == customer, customers.doubted()).execute()
    except IntegrityError:  # somebody else wrote from there a moment ago
        raise Conflict("That number has just become another customer's; look at it again.") from None


def note(customer_id: int, kind: str, actor: Actor, now: datetime, **entry: Any) -> None:
    """An entry in each timeline that is still worked on, be it of an order or an inquiry: its card is drawn anew."""
    for order in Order.select(Order.id).where(Order.customer == customer_id, _is_at_work()).order_by(Order.id):
        timeline.record(order.id, kind, actor, now, **entry)
    for inquiry in Inquiry.select(Inquiry.id).where(Inquiry.customer == customer_id, Inquiry.is_open):
        timeline.record_of(Subject(inquiry=inquiry.id), kind, actor, now, **entry)


def _is_at_work() -> Expression:
    """Open, or something still waits to be told about it."""
    waiting = Message.select(SQL("1")).where(Message.order == Order.id, Message.state.in_(spelled("held")))
    return Order.is_open | fn.EXISTS(waiting)
