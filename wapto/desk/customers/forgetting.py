"""Forgetting a person: everything that says who they are or what they wrote goes; ids and sums stay.

Raw webhooks come first and the handles last, so that an end in between leaves what is needed to begin again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from peewee import Expression

from wapto.desk.approvals import approvals
from wapto.desk.conversations import media
from wapto.desk.customers.privacy import Person, mentioned, person
from wapto.desk.notices.messages import breathe, move
from wapto.desk.orders import note_search, timeline
from wapto.desk.orders.parcels import CORRECTED
from wapto.desk.orders.timeline import Actor
from wapto.desk.retention import BLANK_MESSAGE
from wapto.domain.delivery import HELD, QUEUED, SKIPPED
from wapto.domain.intake import NEW
from wapto.errors import Refused
from wapto.meta.redaction import without
from wapto.store.database import Transaction, reading, transaction
from wapto.store.models import (
    Alert,
    Approval,
    Customer,
    CustomerNote,
    CustomerTag,
    Echo,
    Handle,
    Inbound,
    InboxElement,
    InboxEntry,
    Inquiry,
    InquiryEvent,
    Media,
    Merge,
    Message,
    Note,
    Order,
    OrderEvent,
    SlackPost,
    Survey,
)

_NOBODY: dict[str, Any] = {"name": None, "username": None, "language": None, "marketing_stop_source": None}
_NOTHING_SAID: dict[str, Any] = {"text": None, "detail": {}}
# Where a parcel goes is told by its number.
_NO_WORDS: dict[str, Any] = {"note": "", "tracking_number": None, "tracking_url": None, "address": None}
# What is still to be fetched is not fetched any more.
_NO_FILE: dict[str, Any] = {"name": None, "sha256": None, "media_id": "", "problem": None, "state": media.FAILED}

log = structlog.get_logger()


@dataclass(frozen=True)
class Post:
    """A message of Wapto's own in Slack that may speak of the person."""

    channel: str
    ts: str


@dataclass(frozen=True)
class File:
    """A file of theirs in Slack."""

    id: str


@dataclass(frozen=True)
class Forgotten:
    """What the act came to; `names` is what can be searched for, and `in_slack` is left to be deleted there."""

    orders: int
    webhooks: int
    names: tuple[str, ...]
    in_slack: tuple[Post | File, ...]


def forget(customer_id: int, *, actor: Actor, now: datetime) -> Forgotten:
    """Blanks the person everywhere; again, it finds nothing more. Refused while a webhook about them is taken in.

    NotAllowed where a second person has to agree, and nobody has yet.

    Whoever writes with the same number afterwards is somebody new.
    """
    who = person(customer_id)
    second = approvals.permit(approvals.FORGET, actor, now, customer_id)
    webhooks = _clean_webhooks(who)
    with transaction() as tx:
        orders = list(Order.select().where(Order.customer.in_(who.customer_ids)).order_by(Order.id))
        in_slack: tuple[Post | File, ...] = (*_posts(who), *_files(who))
        _drop_promises(tx, who, now)
        _blank(who)
        new = Customer.id.in_(who.customer_ids) & Customer.forgotten_at.is_null()
        if Customer.update(forgotten_at=now).where(new).execute():
            for order in orders:
                timeline.record(order.id, "forgotten", actor, now, after=second)
        tx.wake("desk")
    note_search.scrub()
    log.info("a customer is forgotten", customer=customer_id, actor=actor.name, orders=len(orders), webhooks=webhooks)
    return Forgotten(len(orders), webhooks, who.names, in_slack)


def _clean_webhooks(who: Person) -> int:
    """Takes the person out of the raw webhooks, one at a time; how many they were in."""
    with reading():
        about = list(InboxEntry.select(InboxEntry.id, InboxEntry.state).where(mentioned(who)).order_by(InboxEntry.id))
    if any(entry.state == NEW for entry in about):
        raise Refused("A message of this customer is being taken in at this moment; try again in a minute.")
    for entry in about:
        with transaction():
            body = without(bytes(InboxEntry.get_by_id(entry.id).body), who.names)
            InboxEntry.update(body=body, error=None).where(InboxEntry.id == entry.id).execute()
            InboxElement.update(reason=None).where(InboxElement.entry == entry.id).execute()
        breathe()
    return len(about)


def _posts(who: Person) -> tuple[Post, ...]:
    """Posts in threads, cards of inquiries, direct messages; the cards of orders are drawn anew instead."""
    orders, inquiries = _orders(who), _inquiries(who)
    posted = SlackPost.order.in_(orders) | SlackPost.inquiry.in_(inquiries)
    threads = SlackPost.select().where(posted, SlackPost.ts.is_null(False)).order_by(SlackPost.id)
    direct = Alert.select().where(Alert.order.in_(orders), Alert.ts.is_null(False)).order_by(Alert.id)
    return tuple(Post(str(row.channel), str(row.ts)) for query in (threads, direct) for row in query)


def _files(who: Person) -> tuple[File, ...]:
    shown = Media.select().where(_media(who), Media.file_id.is_null(False)).order_by(Media.id)
    return tuple(File(str(row.file_id)) for row in shown)


def _media(who: Person) -> Expression:
    return Media.order.in_(_orders(who)) | Media.inquiry.in_(_inquiries(who))


def _orders(who: Person) -> Any:
    return Order.select(Order.id).where(Order.customer.in_(who.customer_ids))


def _inquiries(who: Person) -> Any:
    return Inquiry.select(Inquiry.id).where(Inquiry.customer.in_(who.customer_ids))


def _drop_promises(tx: Transaction, who: Person, now: datetime) -> None:
    """What is in flight ends as Meta says; what waits is not sent."""
    waiting = Message.customer.in_(who.customer_ids) & Message.state.in_((HELD, QUEUED))
    for message in Message.select().where(waiting).order_by(Message.id):
        move(tx, message, SKIPPED, now, reason="The customer was forgotten.")


def _blank(who: Person) -> None:
    Order.update(_NO_WORDS).where(Order.customer.in_(who.customer_ids)).execute()
    Note.update(text="", facts=None).where(Note.order.in_(_orders(who))).execute()
    # The only entries with personal words: numbers of parcels, which say where somebody lives.
    parcels_corrected = (OrderEvent.kind == CORRECTED) & OrderEvent.order.in_(_orders(who))
    OrderEvent.update(before=None, after=None).where(parcels_corrected).execute()
    Inquiry.update(is_open=False).where(Inquiry.customer.in_(who.customer_ids)).execute()
    InquiryEvent.update(text=None).where(InquiryEvent.inquiry.in_(_inquiries(who))).execute()
    Inbound.update(_NOTHING_SAID).where(Inbound.customer.in_(who.customer_ids)).execute()
    Echo.update(text=None).where(Echo.customer.in_(who.customer_ids)).execute()
    Message.update(BLANK_MESSAGE).where(Message.customer.in_(who.customer_ids)).execute()
    Media.update(_NO_FILE).where(_media(who)).execute()
    asked = Approval.order.in_(_orders(who)) | Approval.customer.in_(who.customer_ids)
    Approval.update(act={}, open_key=None).where(asked).execute()
    Approval.update(state="declined").where(asked, Approval.state == "asked").execute()
    Survey.update(comment=None).where(Survey.customer.in_(who.customer_ids)).execute()
    Merge.update(reason="").where(Merge.kept.in_(who.customer_ids)).execute()
    Handle.delete().where(Handle.customer.in_(who.customer_ids)).execute()
    Customer.update(_NOBODY).where(Customer.id.in_(who.customer_ids)).execute()
    # After the customers' rows: whoever keeps a word about one of them at this moment has their row in hand.
    CustomerTag.delete().where(CustomerTag.customer.in_(who.customer_ids)).execute()
    CustomerNote.delete().where(CustomerNote.customer.in_(who.customer_ids)).execute()
