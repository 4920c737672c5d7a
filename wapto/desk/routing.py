"""Whom an element of a webhook concerns: the number it came to, and the person it came from."""

from datetime import datetime
from typing import Any

from wapto.desk import customers
from wapto.domain.identity import is_user_id, normal_phone
from wapto.domain.text import clean, flatten
from wapto.errors import InvalidInput
from wapto.meta.payloads import Contact, Element
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


def person(number: Number, wa_id: str | None, user_id: str | None, contact: Contact | None, now: datetime) -> Customer:
    """The customer behind the handles of an element, which its contact may complete; InvalidInput without any."""
    contact = contact or Contact()
    phone = _phone(wa_id or contact.wa_id)
    user_id = _user_id(user_id or contact.user_id)
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
