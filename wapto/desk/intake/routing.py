"""Whom an element of a webhook concerns: the number it came to, and the person it came from."""

from datetime import datetime
from typing import Any

from peewee import Expression

from wapto.desk.customers import customers
from wapto.desk.customers.customers import Sighting
from wapto.domain.identity import is_user_id, normal_phone
from wapto.domain.text import clean, flatten
from wapto.errors import InvalidInput, NotFound
from wapto.meta.payloads import Contact, Element, InboundMessage
from wapto.meta.system import IDENTITY, news_of
from wapto.store.batches import Prepared
from wapto.store.database import is_sqlite
from wapto.store.models import Customer, Number


class Kept(Exception):
    """The element is understood as nothing for us to do, or cannot be placed yet."""


def number_of(element: Element) -> Number:
    """The number that an element is for, held until the end of the transaction.

    So the carts of a number take turns, and no two give the same agent the same turn.
    """
    if element.phone_number_id is None:
        raise InvalidInput("It does not say which business phone number it is for.")
    found = _number.models(Number, element.phone_number_id)
    if not found:
        raise Kept(
            f"The number {element.phone_number_id} is not known here: add it with `wapto numbers add "
            f"{element.phone_number_id} --waba {element.waba_id} --slack-channel C…`, then replay this entry."
        )
    return found[0]


def hold(number_id: int) -> Number:
    """The number with this id, held in the same way; NotFound when it was removed."""
    number: Number | None = _held(Number.id == number_id).first()
    if number is None:
        raise NotFound("That business phone number was removed; nothing can be ordered from it.")
    return number


def turn(number_id: int) -> Number:
    """The number with this id, held in the same way, also when it was removed: its orders are still worked on."""
    number: Number = _taken(Number.id == number_id).get()
    return number


def _held(which: Expression) -> Any:
    return _taken(which & Number.gone_at.is_null())


def _taken(which: Expression) -> Any:
    query: Any = Number.select().where(which)
    # Not FOR UPDATE: that would stop every insert that refers to the number.
    return query if is_sqlite() else query.for_update("FOR NO KEY UPDATE")


_number = Prepared(lambda phone_number_id: _held(Number.phone_number_id == phone_number_id))


def sender(number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> Customer:
    """Whoever wrote a message; of one in which WhatsApp tells of a change, the customer as they were before it."""
    return customers.find_or_create_all([sighting_of(number, message, contact)], now)[0]


def sighting_of(number: Number, message: InboundMessage, contact: Contact | None) -> Sighting:
    """The handles of whoever wrote a message, as `sender` finds them; InvalidInput without any."""
    news = news_of(message)
    if news is None or news.kind == IDENTITY:
        return _sighting(number, message.from_, message.from_user_id, contact, message.timestamp)
    phone, user_id = news.old_phone, news.old_user_id
    if not (phone or user_id):
        phone, user_id = news.new_phone, news.new_user_id
    named = Contact(name=contact.name, username=contact.username) if contact else None
    return _sighting(number, phone, user_id, named, message.timestamp)


def person(
    number: Number,
    wa_id: str | None,
    user_id: str | None,
    contact: Contact | None,
    now: datetime,
    *,
    sent_at: datetime | None = None,
) -> Customer:
    """The customer behind the handles of an element, which its contact may complete; InvalidInput without any.

    `sent_at` says when it was theirs, since a phone number may get a new owner later.
    """
    return customers.find_or_create_all([_sighting(number, wa_id, user_id, contact, sent_at)], now)[0]


def _sighting(
    number: Number, wa_id: str | None, user_id: str | None, contact: Contact | None, sent_at: datetime | None
) -> Sighting:
    contact = contact or Contact()
    phone = _phone(wa_id or contact.wa_id)
    user_id = _user_id(user_id or contact.user_id)
    if phone is None and user_id is None:
        raise InvalidInput("The message names no sender: neither a phone number nor a user id.")
    keys = customers.keys_of(
        phone=phone, wa_id=_phone(contact.wa_id), user_id=user_id, scope=customers.scope_of(number)
    )
    return Sighting(tuple(keys), _name(contact), contact.username, sent_at)


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
