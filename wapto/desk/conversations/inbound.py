"""Keeping what customers say: every kind of message, and that one was edited or deleted later."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from wapto.desk.conversations import addresses, inquiries, media
from wapto.desk.orders.timeline import CUSTOMER, Subject, record_of
from wapto.desk.surveys import answers as survey_answers
from wapto.domain.text import clean
from wapto.meta.payloads import InboundMessage
from wapto.meta.said import EDIT, REVOKE, detail_of, refers_to, words_of
from wapto.store.batches import Prepared, insert_rows
from wapto.store.database import spelled
from wapto.store.models import Customer, Inbound, Message, Number, Order

_STAMPS = {EDIT: "edited_at", REVOKE: "revoked_at"}
_ASK_NOTHING = (EDIT, REVOKE, "reaction", "system", "request_welcome")
_ENTRIES = {EDIT: "edited", REVOKE: "revoked"}


def keep(number: Number, customer: Customer, message: InboundMessage, order: Order | None, now: datetime) -> bool:
    """Whether this message is new. The unique wamid decides, whatever else runs at the same time."""
    return bool(insert_rows(Inbound, [_row(number, customer, message, order, now)], returning=("id",), skipping=True))


def keep_carts(carts: Sequence[tuple[InboundMessage, Order]], now: datetime) -> None:
    """Keeps the messages that brought these new orders, and marks what edits or deletes them."""
    insert_rows(
        Inbound, [_row(order.number, order.customer, message, order, now) for message, order in carts], skipping=True
    )
    for change in _changes.models(Inbound, [message.id for message, _ in carts]):
        _mark(change, now)


def _row(
    number: Number, customer: Customer, message: InboundMessage, order: Order | None, now: datetime
) -> dict[str, Any]:
    return {
        "wamid": message.id,
        "number": number.id,
        "customer": customer.id,
        "order": order.id if order else None,
        "kind": message.type,
        "text": clean(words_of(message)) or None,
        "sent_at": message.timestamp or now,
        "received_at": now,
        "context_wamid": refers_to(message),
        "detail": {name: clean(fact) for name, fact in detail_of(message).items()},
    }


def hear(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> bool:
    """Keeps words to the shop with the customer's open order, else with their inquiry; False if they were kept before.

    An answer to a survey belongs to the order that was asked about. What is said in a group is nobody's order.
    """
    answer = survey_answers.understood(number, customer, message)
    about = None if message.group_id else _open_order(number, customer, refers_to(message))
    about = answer.order if answer else about
    if not keep(number, customer, message, about, now):
        return False
    subject = Subject(about.id) if about else _inquiry(number, customer, message, now)
    if subject and message.type not in _STAMPS:
        offer = {addresses.OFFERS: addresses.ACCEPTED} if about and addresses.is_offered(about, message) else {}
        record_of(subject, "wrote", CUSTOMER, now, after=message.type, ids={"wamid": message.id, **offer})
        media.add(subject, message, now)
    if answer:
        survey_answers.take(answer, now)
    follow_up(message, now)
    return True


def _inquiry(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> Subject | None:
    """The customer's open inquiry, opened by this message if need be; what asks for no answer opens none."""
    if message.group_id:
        return None
    sku = detail_of(message).get("sku")
    find = inquiries.of_customer if message.type in _ASK_NOTHING else partial(inquiries.open_for, sku=sku, now=now)
    inquiry = find(number, customer)
    if inquiry is None:
        return None
    Inbound.update(inquiry=inquiry.id).where(Inbound.wamid == message.id).execute()
    return Subject(inquiry=inquiry.id)


_changes = Prepared(
    lambda wamids: (
        Inbound.select()
        .where(Inbound.context_wamid.in_(wamids), Inbound.kind.in_(spelled(EDIT, REVOKE)))
        .order_by(Inbound.id)
    )
)


def follow_up(message: InboundMessage, now: datetime) -> None:
    """Marks what a new message edits or deletes, and what edits or deletes it: deliveries are unordered."""
    if message.type in _STAMPS:
        _mark(Inbound.get(Inbound.wamid == message.id), now)
        return
    for change in _changes.models(Inbound, [message.id]):
        _mark(change, now)


def _open_order(number: Number, customer: Customer, answered: str | None) -> Order | None:
    """The open order that our message was about which this one answers, else the customer's newest."""
    theirs = Order.select().where(Order.customer == customer, Order.number == number, Order.is_open)
    orders = list(theirs.order_by(Order.id.desc()))
    ours = Message.get_or_none(Message.wamid == answered) if answered and len(orders) > 1 else None
    meant = [order for order in orders if ours and order.id == ours.order_id]
    return next(iter(meant or orders), None)


def _mark(change: Inbound, now: datetime) -> None:
    """Only whoever said something can edit or delete it."""
    same = (Inbound.wamid == change.context_wamid) & (Inbound.customer == change.customer_id)
    original = Inbound.get_or_none(same, Inbound.kind.not_in(list(_STAMPS)))
    if original is None:
        return
    Inbound.update({_STAMPS[change.kind]: change.sent_at}).where(Inbound.id == original.id).execute()
    if original.order_id or original.inquiry_id:
        subject = Subject(original.order_id, original.inquiry_id)
        record_of(subject, _ENTRIES[change.kind], CUSTOMER, now, ids={"wamid": original.wamid})
