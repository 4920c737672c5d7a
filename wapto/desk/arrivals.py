"""What the desk makes of what arrives: of a cart an order, of words a part of what was said, of a status a receipt."""

from datetime import datetime
from typing import Any

from wapto.desk import carts, customers, events, inbound, notices, orders
from wapto.desk.events import Kept
from wapto.domain.identity import is_user_id, normal_phone
from wapto.domain.text import clean, flatten
from wapto.errors import InvalidInput
from wapto.meta.payloads import Contact, Element, InboundMessage, Receipt
from wapto.store.database import Transaction, is_sqlite
from wapto.store.models import Customer, Number

DONE = "done"
SEEN = "seen"  # it had been taken in before


def handle(tx: Transaction, element: Element, now: datetime) -> str:
    """Does what an element of a webhook asks for, in the caller's transaction; returns its outcome.

    Kept when nothing is to be done, WaptoError when it cannot be understood.
    """
    if element.problem:
        raise InvalidInput(element.problem)
    match element.value:
        case Receipt() as receipt:
            return notices.apply_receipt(receipt, now)
        case InboundMessage() as message:
            return _message(tx, _number_of(element), message, element.contact, now)
    events.handle(tx, element, now)
    return DONE


def _number_of(element: Element) -> Number:
    """The number that a message came for, held until the end of the transaction.

    So the carts of a number take turns, and no two give the same agent the same turn.
    """
    if element.phone_number_id is None:
        raise InvalidInput("The message does not say which business phone number it is for.")
    here = (Number.phone_number_id == element.phone_number_id) & Number.gone_at.is_null()
    query: Any = Number.select().where(here)
    if not is_sqlite():  # not FOR UPDATE: that would stop every insert that refers to the number
        query = query.for_update("FOR NO KEY UPDATE")
    number: Number | None = query.first()
    if number is None:
        raise Kept(
            f"The number {element.phone_number_id} is not known here: add it with `wapto numbers add "
            f"{element.phone_number_id} --waba {element.waba_id} --slack-channel C…`, then replay this entry."
        )
    return number


def _message(tx: Transaction, number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> str:
    customer = _customer(number, message, contact, now)
    if message.type == "order":
        reading = carts.read(message.order or carts.NOTHING, number.currency)
        order = orders.create_from_cart(
            tx, number=number, customer=customer, wamid=message.id, reading=reading, now=now
        )
        if order is None:
            return SEEN
        inbound.keep(number, customer, message, order, now)
        inbound.follow_up(message, now)
        return DONE
    if not inbound.hear(number, customer, message, now):
        return SEEN
    tx.wake("desk")
    return DONE


def _customer(number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> Customer:
    contact = contact or Contact()
    phone = _phone(message.from_ or contact.wa_id)
    user_id = _user_id(message.from_user_id or contact.user_id)
    if phone is None and user_id is None:
        raise InvalidInput("The message names no sender: neither a phone number nor a user id.")
    return customers.find_or_create(
        phone=phone, user_id=user_id, scope=number.waba, name=_name(contact), username=contact.username, now=now
    )


def _phone(digits: str | None) -> str | None:
    try:
        return normal_phone(digits) if digits else None
    except InvalidInput:
        return None


def _user_id(text: str | None) -> str | None:
    return text if text and is_user_id(text) else None


def _name(contact: Contact) -> str | None:
    """The name in one line; None when nothing of it can be seen."""
    name = contact.name or ""
    return " ".join(clean(name).split()) if flatten(name) else None
