"""Looking customers up as people name them: by id, phone number, user id, username or name."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from wapto.desk.customers import people, remarks
from wapto.desk.customers.customers import PHONE, USER_ID, live
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import is_user_id, normal_language, normal_phone, phone_variants
from wapto.domain.text import clean, flatten, quoted
from wapto.errors import InvalidInput, NotFound
from wapto.store.database import transaction
from wapto.store.models import Customer, CustomerNote, CustomerTag, Handle, Merge, Order

CHANGED = "customer_changed"
AUTO = "auto"
MAX_NAME = 80

_LAST = "\U0010ffff"  # the end of all words that begin like those before it
_LONGEST_ID = 18  # digits


@dataclass(frozen=True)
class Card:
    """A customer with what they are known by; a phone that is not confirmed is one that nothing is sent to yet."""

    id: int
    name: str | None
    phone: str | None
    phone_confirmed: bool
    user_id: str | None
    username: str | None
    language: str | None
    tags: tuple[str, ...] = ()


def find(text: str) -> Customer:
    """The one customer that is meant; whoever was merged is whom they were merged into. NotFound or InvalidInput."""
    found = {customer.id: customer for customer in map(kept, _meant(clean(text).strip()))}
    if not found:
        raise NotFound(f"There is no customer {quoted(text)}; `wapto customers list --search …` finds them.")
    if len(found) > 1:
        ids = ", ".join(map(str, sorted(found)))
        raise InvalidInput(f"Several customers are called {quoted(text)}; name one by its id: {ids}.")
    return next(iter(found.values()))


def by_id(text: str) -> int:
    """The id itself, also of one who was merged; for undoing that."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID):
        raise InvalidInput(f"{quoted(text)} is not the id of a customer; the merge printed it.")
    return int(text)


def kept(customer: Customer) -> Customer:
    """The customer, or whoever they were merged into."""
    while customer.merged_into_id is not None:
        customer = Customer.get_by_id(customer.merged_into_id)
    return customer


def _meant(text: str) -> Sequence[Customer]:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
    if is_number and (row := Customer.get_or_none(Customer.id == int(text))):
        return [row]
    if is_user_id(text):
        return _with_handle(USER_ID, [text])
    if text.startswith("@"):
        return list(Customer.select().where(_unmerged(), Customer.username.in_((text, text[1:]))))
    if phone := _phone(text):
        return _with_handle(PHONE, phone_variants(phone))
    return list(Customer.select().where(_unmerged(), fn.LOWER(Customer.name) == fn.LOWER(text)))


def _phone(text: str) -> str | None:
    with suppress(InvalidInput):
        return normal_phone(text)
    return None


def _with_handle(kind: str, values: Sequence[str]) -> list[Customer]:
    """A trusted handle says more than a doubted one, and that more than one that was given up."""
    known = (Handle.kind == kind) & Handle.value.in_(values)
    rows = list(Handle.select(Handle, Customer).join(Customer).where(known).order_by(Handle.gone_at, Handle.id))
    now = [row for row in rows if row.gone_at is None]
    trusted = [row for row in now if row.doubted_at is None]
    return [row.customer for row in trusted or now or rows[-1:]]


def _unmerged() -> Any:
    return Customer.merged_into_id.is_null()


def listing(search: str | None, limit: int, tag: str | None = None) -> list[Card]:
    """The newest customers, or of those whose name, phone number, username or user id begins like this.

    A whole tag, or some words of a note, is found too; `tag` narrows to those who have it.
    """
    query = Customer.select().where(_unmerged()).order_by(Customer.id.desc()).limit(limit)
    if search and search.strip():
        query = query.where(_matches(clean(search).strip()))
    if tag is not None:
        query = query.where(Customer.id.in_(tagged(tag)))
    return cards(list(query))


def tagged(tag: str) -> Any:
    """The ids of the customers with this tag."""
    return CustomerTag.select(CustomerTag.customer).where(CustomerTag.tag == remarks.normal_tag(tag))


def _matches(text: str) -> Any:
    # Both sides by the same function: SQLite's knows upper and lower case of ASCII only.
    first, last = fn.LOWER(text), fn.LOWER(text + _LAST)
    condition = _begins(fn.LOWER(Customer.name), first, last) | _begins(fn.LOWER(Customer.username), first, last)
    condition |= _begins(fn.LOWER(Customer.username), fn.LOWER(f"@{text}"), fn.LOWER(f"@{text}{_LAST}"))
    known = Handle.select(Handle.customer).where(Handle.kind == USER_ID, Handle.value == text)
    condition |= Customer.id.in_(known)
    named = CustomerTag.tag == text.removeprefix("#").lower()
    condition |= Customer.id.in_(CustomerTag.select(CustomerTag.customer).where(named))
    noted = CustomerNote.select(CustomerNote.customer).where(CustomerNote.text.contains(text))
    condition |= Customer.id.in_(noted)
    digits = "".join(letter for letter in text if letter in "0123456789")
    if len(digits) >= 4:
        phone = _begins(Handle.value, f"+{digits}", f"+{digits}{_LAST}")
        condition |= Customer.id.in_(Handle.select(Handle.customer).where(Handle.kind == PHONE, phone))
    return condition


def _begins(column: Any, first: Any, last: Any) -> Any:
    return (column >= first) & (column < last)


def cards(customers: Sequence[Customer]) -> list[Card]:
    """These customers with their newest phone number and user id, and their tags, in a few queries for all."""
    ids = [customer.id for customer in customers]
    newest: dict[tuple[int, str], Handle] = {}
    for handle in Handle.select().where(Handle.customer.in_(ids), live()).order_by(Handle.id):
        newest[handle.customer_id, handle.kind] = handle
    tags = remarks.tags_of(ids)
    return [
        _card(one, newest.get((one.id, PHONE)), newest.get((one.id, USER_ID)), tags.get(one.id, ()))
        for one in customers
    ]


def card(customer_id: int) -> Card:
    """One customer; NotFound when there is none."""
    found = cards(list(Customer.select().where(Customer.id == customer_id)))
    if not found:
        raise NotFound(f"There is no customer {customer_id}.")
    return found[0]


def _card(customer: Customer, phone: Handle | None, user_id: Handle | None, tags: tuple[str, ...]) -> Card:
    return Card(
        id=customer.id,
        name=customer.name,
        phone=phone.value if phone else None,
        phone_confirmed=phone is not None and phone.doubted_at is None,
        user_id=user_id.value if user_id else None,
        username=customer.username,
        language=customer.language,
        tags=tags,
    )


def handles_of(customer_id: int) -> list[Handle]:
    """All that the customer is or was known by, oldest first."""
    return list(Handle.select().where(Handle.customer == customer_id).order_by(Handle.id))


def orders_of(customer_id: int) -> list[Order]:
    """The customer's orders, newest first."""
    return list(Order.select().where(Order.customer == customer_id).order_by(Order.id.desc()))


def merged_into(customer_id: int) -> list[int]:
    """The ids of those who were merged into the customer."""
    inside = Merge.select(Merge.merged).where(Merge.kept == customer_id, Merge.undone_at.is_null())
    return [row.merged_id for row in inside.order_by(Merge.id)]


def change(
    customer_id: int, *, actor: Actor, now: datetime, name: str | None = None, language: str | None = None
) -> None:
    """Sets what an agent knows better than WhatsApp, which never overwrites it; `auto` is no language of their own."""
    values: dict[str, str | None] = {}
    if name is not None:
        values["name"] = _name(name)
    if language is not None:
        values["language"] = None if language == AUTO else normal_language(language)
    with transaction() as tx:
        if values:
            Customer.update(values).where(Customer.id == customer_id).execute()
            people.note(customer_id, CHANGED, actor, now)
        tx.wake("desk")


def _name(text: str) -> str:
    name = flatten(text)
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput(f"A name has 1 to {MAX_NAME} characters.")
    return name
