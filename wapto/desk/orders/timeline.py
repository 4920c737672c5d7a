"""The timeline of an order: who did what, through which door, in an order without gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from wapto.store.batches import insert_rows
from wapto.store.models import Inquiry, InquiryEvent, Note, Order, OrderEvent


@dataclass(frozen=True)
class Actor:
    """Whoever acts: a name for the timeline, the door they came through, and the agent's id if they are one.

    `second` names whoever agreed, of what needs a second person.
    """

    name: str
    door: str
    agent_id: int | None = None
    second: str | None = None


CUSTOMER = Actor("customer", "whatsapp")
IDENTITY_CHANGED = "identity_changed"  # the customer's keys: a new phone, or somebody else's


def record(
    order_id: int,
    kind: str,
    actor: Actor,
    now: datetime,
    *,
    before: str | None = None,
    after: str | None = None,
    text: str | None = None,
    ids: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
) -> int:
    """Appends one entry inside the caller's transaction and returns its number.

    Personal words (`text`, and in `facts` what columns of parcel and address were set to) are kept beside the entry,
    so that they can be forgotten and the entry stays.
    """
    note = None
    if text or facts:
        note = Note.create(order=order_id, author=actor.name, text=text or "", facts=facts or None, created_at=now)
    seq = _next_seq(order_id, now)
    OrderEvent.insert(
        order=order_id,
        seq=seq,
        at=now,
        kind=kind,
        actor=actor.name,
        door=actor.door,
        before=before,
        after=after,
        note=note,
        ids=ids or {},
    ).execute()
    return seq


@dataclass(frozen=True)
class Subject:
    """What has a timeline, and a thread under its card: an order or an inquiry."""

    order: int | None = None
    inquiry: int | None = None


def record_of(subject: Subject, kind: str, actor: Actor, now: datetime, **entry: Any) -> int:
    """Like `record`, of an order or an inquiry."""
    if subject.order is not None:
        return record(subject.order, kind, actor, now, **entry)
    return _record_of_inquiry(int(subject.inquiry or 0), kind, actor, now, **entry)


def _record_of_inquiry(
    inquiry_id: int, kind: str, actor: Actor, now: datetime, *, ids: dict[str, Any] | None = None, **facts: Any
) -> int:
    moved = Inquiry.update(last_seq=Inquiry.last_seq + 1).where(Inquiry.id == inquiry_id)
    [(seq,)] = moved.returning(Inquiry.last_seq).tuples().execute()
    entry = {"kind": kind, "actor": actor.name, "door": actor.door, "ids": ids or {}, **facts}
    InquiryEvent.insert(inquiry=inquiry_id, seq=seq, at=now, **entry).execute()
    return int(seq)


@dataclass(frozen=True)
class Beginning:
    """One of the first entries of a new order, which is born with `last_seq` at the last of them."""

    order_id: int
    seq: int
    kind: str
    actor: Actor
    after: str
    ids: dict[str, Any]


def record_beginnings(entries: Sequence[Beginning], now: datetime) -> None:
    """Writes these, of however many orders, in one statement."""
    rows = [
        {
            "order": entry.order_id,
            "seq": entry.seq,
            "at": now,
            "kind": entry.kind,
            "actor": entry.actor.name,
            "door": entry.actor.door,
            "after": entry.after,
            "ids": entry.ids,
        }
        for entry in entries
    ]
    insert_rows(OrderEvent, rows)


def _next_seq(order_id: int, now: datetime) -> int:
    moved = Order.update(last_seq=Order.last_seq + 1, updated_at=now).where(Order.id == order_id)
    [(seq,)] = moved.returning(Order.last_seq).tuples().execute()
    return int(seq)


@dataclass(frozen=True)
class Entry:
    """One entry as it is shown."""

    seq: int
    at: datetime
    kind: str
    actor: str
    door: str
    before: str | None
    after: str | None
    text: str | None


def entries(order_id: int) -> list[Entry]:
    """The whole timeline, oldest first."""
    query = OrderEvent.select(OrderEvent, Note).join(Note, JOIN.LEFT_OUTER, on=OrderEvent.note)
    return [_entry(event) for event in query.where(OrderEvent.order == order_id).order_by(OrderEvent.seq)]


def latest(order_id: int, kinds: tuple[str, ...]) -> Entry | None:
    """The newest entry of these kinds: whom a late click lost to."""
    query = OrderEvent.select().where(OrderEvent.order == order_id, OrderEvent.kind.in_(kinds))
    event = query.order_by(OrderEvent.seq.desc()).first()
    return _entry(event) if event else None


def _entry(event: OrderEvent) -> Entry:
    text = (event.note.text or None) if event.note else None
    return Entry(event.seq, event.at, event.kind, event.actor, event.door, event.before, event.after, text)
