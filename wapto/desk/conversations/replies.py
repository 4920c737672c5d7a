"""Writing to a customer in words of one's own: only while the customer service window is open, and once per click."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from wapto.desk.notices.drafts import recipient_of, text_content, unreachable
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor, Subject
from wapto.domain.delivery import QUEUED
from wapto.domain.template import Component
from wapto.domain.text import clean
from wapto.errors import InvalidInput, NotFound, Refused
from wapto.meta.said import EDIT, REVOKE
from wapto.store.database import Transaction, transaction
from wapto.store.models import Inbound, Inquiry, Message, Order

REPLY = "reply"  # stands where a notice names its status
MAX_TEXT = 4_096  # of a text message (reference §4.3)
CLOSED = (
    "The customer has not written for 24 hours, so WhatsApp takes only approved templates: choose one in the form of "
    "“Reply to customer”, move the order on, whose template is sent, or wait until the customer writes."
)

_WINDOW = timedelta(hours=24)
_OPEN_NOTHING = (EDIT, REVOKE, "system")

Json = dict[str, Any]
About = Order | Inquiry


@dataclass(frozen=True)
class Words:
    """What is written: `text` as people read it, and as Meta gets it either `content` or an approved template."""

    text: str
    content: Json | None = None
    template: str | None = None
    language: str | None = None
    components: list[Component] = field(default_factory=list)


def window_until(number_id: int, customer_id: int) -> datetime | None:
    """Until when the customer can be written to freely, be it over or not; None if they never wrote."""
    theirs = (Inbound.customer == customer_id) & (Inbound.number == number_id)
    newest = Inbound.select().where(theirs, Inbound.kind.not_in(_OPEN_NOTHING)).order_by(Inbound.sent_at.desc()).first()
    return newest.sent_at + _WINDOW if newest else None


def is_open(number_id: int, customer_id: int, now: datetime) -> bool:
    """Whether the customer wrote to the number within 24 hours."""
    until = window_until(number_id, customer_id)
    return until is not None and now < until


def keeps_open(sent_at: datetime, now: datetime) -> bool:
    """Whether the customer can be written to freely because of something that they sent then."""
    return now < sent_at + _WINDOW


def window_of(subject: Subject) -> datetime | None:
    """The same for the customer of an order or inquiry."""
    about = found(subject)
    return window_until(about.number_id, about.customer_id)


def say(subject: Subject, text: str, *, actor: Actor, now: datetime, key: str) -> Message:
    """Writes to the customer of an order or inquiry; the same `key` never sends twice.

    Refused once the window is closed.
    """
    words = _words(text)
    with transaction() as tx:
        return send(tx, found(subject), Words(words, text_content(words)), REPLY, actor=actor, now=now, key=key)


def answer(subject: Subject, words: str, content: Json, *, actor: Actor, now: datetime, key: str) -> Message:
    """The same with content of another kind, such as buttons; `words` is what the team reads of it."""
    with transaction() as tx:
        return send(tx, found(subject), Words(words, content), REPLY, actor=actor, now=now, key=key)


def again(message: Message, key: str, actor: Actor, now: datetime) -> Message | None:
    """The same words once more, as a new message in the caller's transaction; None if there is one with this key."""
    if message.content is None and message.template is None:
        raise Refused("The words of that reply are not kept any more; write a new one.")
    if message.content:
        _check_window(message.number_id, message.customer_id, now)
    phone, user_id = recipient_of(message.customer, message.number)
    about = ("order", "inquiry", "number", "customer", "trigger")
    said = ("text", "content", "template", "language", "components")
    same = {name: message.__data__[name] for name in (*about, *said)}
    new = _add({**same, "to_phone": phone, "to_user_id": user_id}, key, now)
    if new is not None:
        _tell_the_team(new, actor, now)
    return new


def send(tx: Transaction, about: About, words: Words, what: str, *, actor: Actor, now: datetime, key: str) -> Message:
    """Queues words to the customer in the caller's transaction; `what` is their kind in the timeline.

    Known by its key, the message that is there already. Refused once the window is closed, but for templates.
    """
    phone, user_id = recipient_of(about.customer, about.number)
    if not (phone or user_id):
        raise Refused(unreachable(about.customer))
    kind = "order" if isinstance(about, Order) else "inquiry"
    which = {kind: about.id, "number": about.number_id, "customer": about.customer_id, "trigger": what}
    whole_key = _key(what, kind, about.id, key)
    message = _add({**which, **vars(words), "to_phone": phone, "to_user_id": user_id}, whole_key, now)
    if message is None:
        return Message.get(Message.key == whole_key)  # a double click, whatever the window is by now
    if words.content:
        _check_window(about.number_id, about.customer_id, now)
    _tell_the_team(message, actor, now)
    tx.wake("desk")
    tx.wake("outbox")
    return message


def was_sent(subject: Subject, key: str) -> bool:
    """Whether a reply with this key was written."""
    kind, about_id = ("inquiry", subject.inquiry) if subject.order is None else ("order", subject.order)
    return bool(Message.select().where(Message.key == _key(REPLY, kind, int(about_id or 0), key)).exists())


def _key(what: str, kind: str, about_id: int, key: str) -> str:
    return f"{what}:{kind}{about_id}:{key.replace(':', '.')}"


def _tell_the_team(message: Message, actor: Actor, now: datetime) -> None:
    """An entry in the timeline, whose post in the thread shows how far the message comes."""
    subject = Subject(message.order_id, message.inquiry_id)
    seq = timeline.record_of(subject, message.trigger, actor, now, ids={"message": message.id})
    Message.update(said_seq=seq).where(Message.id == message.id).execute()


def _add(columns: Json, key: str, now: datetime) -> Message | None:
    new = {**columns, "key": key, "callback": uuid4().hex, "state": QUEUED, "next_at": now, "created_at": now}
    added = list(Message.insert(new).on_conflict_ignore().returning(Message.id).tuples().execute())
    return Message(id=added[0][0], **new) if added else None


def _check_window(number_id: int, customer_id: int, now: datetime) -> None:
    if not is_open(number_id, customer_id, now):
        raise Refused(CLOSED)


def found(subject: Subject) -> About:
    """The order or inquiry itself; NotFound when there is none."""
    of, about_id = (Inquiry, subject.inquiry) if subject.order is None else (Order, subject.order)
    about: About | None = of.get_or_none(of.id == about_id)
    if about is None:
        raise NotFound(f"That {of.__name__.lower()} does not exist.")
    return about


def _words(text: str) -> str:
    words = clean(text).strip()
    if not words:
        raise InvalidInput("A reply needs some words.")
    if len(words) > MAX_TEXT:
        raise InvalidInput(f"A reply may have {MAX_TEXT:,} characters; this one has {len(words):,}.")
    return words
