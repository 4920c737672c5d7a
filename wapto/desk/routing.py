"""Whom an element of a webhook concerns: the number it came to, and the person it came from."""

from datetime import datetime
from typing import Any

from peewee import Expression

from wapto.desk import customers
from wapto.domain.identity import is_user_id, normal_phone
from wapto.domain.text import clean, flatten
from wapto.errors import InvalidInput, NotFound
from wapto.meta.payloads import Contact, Element, InboundMessage
from wapto.meta.system import IDENTITY, news_of
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
    here = (Number.phone_number_id == element.phone_number_id) & Number.gone_at.is_null()
    number = _held(here)
    if number is None:
        raise Kept(
            f"The number {element.phone_number_id} is not known here: add it with `wapto numbers add "
            f"{element.phone_number_id} --waba {element.waba_id} --slack-channel C…`, then replay this entry."
        )
    return number


def hold(number_id: int) -> Number:
    """The number with this id, held in the same way; NotFound when it was removed."""
    number = _held((Number.id == number_id) & Number.gone_at.is_null())
    if number is None:
        raise NotFound("That business phone number was removed; nothing can be ordered from it.")
    return number


def _held(which: Expression) -> Number | None:
    query: Any = Number.select().where(which)
    if not is_sqlite():  # not FOR UPDATE: that would stop every insert that refers to the number
        query = query.for_update("FOR NO KEY UPDATE")
    number: Number | None = query.first()
    return number


def sender(number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> Customer:
    """Whoever wrote a message; of one in which WhatsApp tells of a change, the customer as they were before it."""
    news = news_of(message)
    if news is None or news.kind == IDENTITY:
        return person(number, message.from_, message.from_user_id, contact, now, sent_at=message.timestamp)
    phone, user_id = news.old_phone, news.old_user_id
    if not (phone or user_id):
        phone, user_id = news.new_phone, news.new_user_id
    named = Contact(name=contact.name, username=contact.username) if contact else None
    return person(number, phone, user_id, named, now, sent_at=message.timestamp)


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
    contact = contact or Contact()
    phone = _phone(wa_id or contact.wa_id)
    user_id = _user_id(user_id or contact.user_id)
    if phone is None and user_id is None:
        raise InvalidInput("The message names no sender: neither a phone number nor a user id.")
    return customers.find_or_create(
        phone=phone,
        wa_id=_phone(contact.wa_id),
        user_id=user_id,
        scope=customers.scope_of(number),
        name=_name(contact),
        username=contact.username,
        sent_at=sent_at,
        now=now,
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
