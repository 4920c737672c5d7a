"""What the team keeps about a customer beside their orders: tags to find them by, and notes."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from wapto.desk.customers import people
from wapto.desk.orders.timeline import Actor
from wapto.domain.text import clean, flatten, quoted
from wapto.errors import InvalidInput, Refused
from wapto.store.database import transaction
from wapto.store.models import Customer, CustomerNote, CustomerTag

TAGGED, NOTED = "customer_tagged", "customer_noted"  # the kinds of their entries in the timelines of open orders
MAX_TAG, MAX_TAGS, MAX_NOTE = 40, 20, 2_000


def tag(
    customer_id: int, add: Collection[str] = (), remove: Collection[str] = (), *, actor: Actor, now: datetime
) -> None:
    """Puts tags on a customer and takes others away; what is there, or gone, already changes nothing.

    InvalidInput for what is no tag.
    """
    with transaction() as tx:
        customer = _held(customer_id)
        had = tags_of([customer.id]).get(customer.id, ())
        wanted = (set(had) | set(map(normal_tag, add))) - set(map(normal_tag, remove))
        if len(wanted) > MAX_TAGS:
            raise InvalidInput(f"A customer may have {MAX_TAGS} tags; these would be {len(wanted)}.")
        if wanted == set(had):
            return
        _put(customer, wanted.difference(had), actor, now)
        dropped = CustomerTag.tag.in_(sorted(set(had) - wanted))
        CustomerTag.delete().where(CustomerTag.customer == customer, dropped).execute()
        people.note(customer.id, TAGGED, actor, now)
        tx.wake("desk")


def _put(customer: Customer, tags: Iterable[str], actor: Actor, now: datetime) -> None:
    new = {"customer": customer.id, "origin": customer.id, "author": actor.name, "created_at": now}
    for each in sorted(tags):
        CustomerTag.insert({**new, "tag": each}).on_conflict_ignore().execute()


def note(customer_id: int, text: str, *, actor: Actor, now: datetime) -> None:
    """Keeps a note about the customer; the threads of their open orders tell it too."""
    words = clean(text).strip()
    if not words:
        raise InvalidInput("A note needs some words.")
    if len(words) > MAX_NOTE:
        raise InvalidInput(f"A note about a customer may have {MAX_NOTE:,} characters; this one has {len(words):,}.")
    with transaction() as tx:
        customer = _held(customer_id)
        CustomerNote.create(customer=customer, text=words, author=actor.name, created_at=now)
        people.note(customer.id, NOTED, actor, now, text=words)
        tx.wake("desk")


def _held(customer_id: int) -> Customer:
    """Whoever this is by now, kept from being merged or forgotten until the transaction ends."""
    customer = people.held(customer_id)
    if customer.forgotten_at is not None:
        raise Refused(f"Customer {customer.id} was forgotten; nothing is kept about them any more.")
    return customer


def normal_tag(text: str) -> str:
    """A tag as it is kept and compared: in small letters, without the # that people type; InvalidInput for none."""
    tag = flatten(text).strip().removeprefix("#").strip().lower()
    if not tag or len(tag) > MAX_TAG or "," in tag:
        raise InvalidInput(f"{quoted(text)} is no tag: it has 1 to {MAX_TAG} characters and no comma.")
    return tag


def read_tags(text: str) -> list[str]:
    """Tags as they are typed, with commas between them."""
    return [normal_tag(each) for each in text.split(",") if each.strip()]


def tags_of(customer_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each of these customers who has any, in order."""
    rows: Any = CustomerTag.select(CustomerTag.customer, CustomerTag.tag)
    rows = rows.where(CustomerTag.customer.in_(list(customer_ids)))
    found: dict[int, set[str]] = {}
    for customer_id, each in rows.tuples():
        found.setdefault(customer_id, set()).add(each)
    return {customer_id: tuple(sorted(tags)) for customer_id, tags in found.items()}


def notes_of(customer_id: int) -> list[CustomerNote]:
    """The notes about a customer, newest first."""
    query = CustomerNote.select().where(CustomerNote.customer == customer_id)
    return list(query.order_by(CustomerNote.created_at.desc(), CustomerNote.id.desc()))
