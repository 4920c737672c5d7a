"""What a thread tells of a timeline: its entries, beside what the customer wrote and was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.conversations.addresses import ACCEPTED, OFFERS
from wapto.desk.conversations.thread_notes import FROM_THREAD
from wapto.desk.orders.timeline import CUSTOMER, Subject
from wapto.desk.orders.views import Told, told_row
from wapto.domain.delivery import DELIVERED, FAILED, HELD, SKIPPED, UNKNOWN
from wapto.domain.lifecycle import STATUSES
from wapto.meta.said import EDIT, REVOKE
from wapto.store.database import spelled
from wapto.store.models import Inbound, InquiryEvent, Message, Note, OrderEvent

# How a message to the customer ended; the steps on the way are on the card.
_ENDS = (DELIVERED, FAILED, UNKNOWN, HELD, SKIPPED)
# The first entries of a cart, which its card shows from the beginning: received, and assigned by us.
_AT_BIRTH, _BIRTH_KINDS, _BIRTH_ACTORS = 2, ("received", "assigned"), (CUSTOMER.name, WAPTO.name)


_STEP = "message"  # how far one of ours came
_AMENDS = ("edited", "revoked")  # what a customer did to what they had written

Event = OrderEvent | InquiryEvent


@dataclass(frozen=True)
class Heard:
    """A message from the customer as it is by now; `state` is received, edited or deleted."""

    id: int
    kind: str
    words: str
    state: str


@dataclass(frozen=True)
class Line:
    """One entry of a timeline; `heard` and `told` are the customer's message and ours that it is about."""

    seq: int
    at: datetime
    kind: str
    actor: str
    before: str | None
    after: str | None
    text: str | None
    heard: Heard | None
    told: Told | None
    offers_address: bool = False

    @property
    def words(self) -> str:
        """What somebody said, be it the customer or one of the team."""
        if self.told and self.kind != _STEP:
            return self.told.text
        return (self.heard.words if self.heard else self.text) or ""


@dataclass(frozen=True)
class News:
    """What is new in a part of a timeline: lines to tell, and earlier entries whose lines read otherwise now."""

    since: datetime | None
    lines: list[Line]
    changed: list[int]


def news(subject: Subject, first: int, last: int) -> News:
    """What these entries ask of the thread."""
    events = _events(subject, first, last)
    moved = [event for event in events if _moves_a_reply(event)]
    told = [*filter(_is_told, events)]
    first_at = min((event.at for event in (*told, *moved)), default=None)
    return News(
        first_at, _lines(subject, told), [*_replies(moved), *_offers(subject, events), *_amended(subject, events)]
    )


def between(subject: Subject, first: int, last: int) -> list[Line]:
    """What the thread tells of these entries, oldest first."""
    return _lines(subject, [*filter(_is_told, _events(subject, first, last))])


def _events(subject: Subject, first: int, last: int) -> list[Event]:
    if subject.order is None:
        theirs = (InquiryEvent.inquiry == subject.inquiry) & InquiryEvent.seq.between(first, last)
        return list(InquiryEvent.select().where(theirs).order_by(InquiryEvent.seq))
    numbered = (OrderEvent.order == subject.order) & OrderEvent.seq.between(first, last)
    query = OrderEvent.select(OrderEvent, Note).join(Note, JOIN.LEFT_OUTER, on=OrderEvent.note).where(numbered)
    return list(query.order_by(OrderEvent.seq))


def _lines(subject: Subject, events: list[Event]) -> list[Line]:
    taken = _taken(subject, events)
    heard = _heard([event.ids["wamid"] for event in events if "wamid" in event.ids])
    messages = _messages([event.ids["message"] for event in events if "message" in event.ids])
    return [
        _line(event, heard.get(event.ids.get("wamid")), messages.get(event.ids.get("message")), taken)
        for event in events
    ]


def _taken(subject: Subject, events: list[Event]) -> str | None:
    """The message that was taken as the address last, if any of these offers one."""
    if not any(OFFERS in event.ids for event in events):
        return None
    accepted = (OrderEvent.order == subject.order) & (OrderEvent.kind == ACCEPTED)
    last = OrderEvent.select().where(accepted).order_by(OrderEvent.seq.desc()).first()
    return str(last.ids.get("wamid")) if last else None


def _offers(subject: Subject, events: list[Event]) -> list[int]:
    """Where another message is the address now, the entries that offer one."""
    if not any(event.kind == ACCEPTED for event in events):
        return []
    return [event.seq for event in _wrote(subject) if OFFERS in event.ids]


def _amended(subject: Subject, events: list[Event]) -> list[int]:
    """Where the customer edited or deleted something since, the entries that told of it."""
    wamids = {event.ids.get("wamid") for event in events if event.kind in _AMENDS}
    return [event.seq for event in _wrote(subject) if event.ids.get("wamid") in wamids] if wamids else []


def _wrote(subject: Subject) -> Iterable[Event]:
    """The entries that tell of a message from the customer."""
    if subject.order is None:
        theirs = (InquiryEvent.inquiry == subject.inquiry) & (InquiryEvent.kind == "wrote")
        return list(InquiryEvent.select().where(theirs))
    return list(OrderEvent.select().where(OrderEvent.order == subject.order, OrderEvent.kind == "wrote"))


def _moves_a_reply(event: Event) -> bool:
    return event.kind == _STEP and event.ids.get("status") not in STATUSES


def _replies(moved: list[Event]) -> list[int]:
    """The entries that told of the replies which have come further now."""
    rows = _messages([event.ids["message"] for event in moved]).values()
    return [row.said_seq for row in rows if row.said_seq]


def _is_told(event: Event) -> bool:
    if event.kind == _STEP:
        return event.after in _ENDS and not _moves_a_reply(event)
    if FROM_THREAD in event.ids:
        return False
    of_cart = isinstance(event, OrderEvent) and event.seq <= _AT_BIRTH and event.actor in _BIRTH_ACTORS
    return not (of_cart and event.kind in _BIRTH_KINDS)


def _line(event: Event, heard: Heard | None, message: Message | None, taken: str | None) -> Line:
    return Line(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor=event.actor,
        before=event.before,
        after=event.after,
        text=event.text if isinstance(event, InquiryEvent) else (event.note.text or None) if event.note else None,
        heard=heard,
        told=told_row(message) if message else None,
        offers_address=OFFERS in event.ids and event.ids.get("wamid") != taken,
    )


def _heard(wamids: list[str]) -> dict[str, Heard]:
    """By the wamid; of an edited message the words that it was edited to."""
    if not wamids:
        return {}
    rows = list(Inbound.select().where(Inbound.wamid.in_(wamids)))
    changes = Inbound.context_wamid.in_(wamids) & Inbound.kind.in_(spelled(EDIT, REVOKE))
    edits = [change for change in Inbound.select().where(changes).order_by(Inbound.id) if change.kind == EDIT]
    newer = {(edit.context_wamid, edit.customer_id): edit.text for edit in edits}
    return {row.wamid: _heard_row(row, newer.get((row.wamid, row.customer_id))) for row in rows}


def _heard_row(row: Inbound, edited: str | None) -> Heard:
    state = "deleted" if row.revoked_at else "edited" if row.edited_at else "received"
    return Heard(row.id, row.kind, edited or row.text or "", state)


def _messages(ids: list[int]) -> dict[int, Message]:
    return {row.id: row for row in Message.select().where(Message.id.in_(ids))} if ids else {}
