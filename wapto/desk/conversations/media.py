"""The bookkeeping of files that customers sent: which is to be fetched and shown, by whom, and what came of it.

`posting` is committed, with the file's id in Slack, before the file is put into the thread: from then on it may be
there, and is looked for before it is put there again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, Expression

from wapto.desk.board import DUE, LEASE, POSTED, POSTING, backoff
from wapto.desk.orders.timeline import CUSTOMER, Subject, record_of
from wapto.domain.text import clean
from wapto.meta.payloads import InboundMessage
from wapto.meta.values import object_of, text_of
from wapto.store.database import Transaction, skip_locked, spelled, transaction
from wapto.store.models import Inquiry, Media, Order

FAILED = "failed"
NOT_SHOWN = "file_not_shown"

# Why a file is not shown; the doors say it in words, and what to do.
GONE, TOO_LARGE, DAMAGED, TOO_LATE = "gone", "too_large", "damaged", "too_late"

_MAX_ATTEMPTS = 12  # with growing pauses up to ten minutes: about an hour
_KEPT_BY_META = timedelta(days=7)


@dataclass(frozen=True)
class DueFile:
    """A file whose message stands under a card, taken by this process until `lease`."""

    id: int
    subject: Subject
    wamid: str
    waba: str
    media_id: str
    kind: str
    name: str | None
    mime_type: str
    sha256: str | None
    channel: str
    thread: str
    state: str
    attempts: int
    file_id: str | None
    lease: datetime
    created_at: datetime


def add(subject: Subject, message: InboundMessage, now: datetime) -> None:
    """Owes the thread the file of a message, if it has one; runs in the transaction that keeps the message."""
    media = message.media
    if media is None or media.id is None:
        return
    raw = object_of((message.raw or {}).get(message.type))
    new = {
        "wamid": message.id,
        **vars(subject),
        "media_id": media.id,
        "kind": "voice" if media.voice else message.type,
        "name": clean(media.filename).strip() or None,
        "mime_type": media.mime_type,
        "sha256": text_of(raw.get("sha256")) or None,
        "state": DUE,
        "due_at": now,
        "created_at": now,
    }
    Media.insert(new).on_conflict_ignore().execute()


def claim(now: datetime) -> DueFile | None:
    """The file that has been due for longest, taken for this process for some minutes."""
    lease = now + 5 * LEASE  # a large file on a slow line
    with transaction():
        query = Media.select(Media, Order, Inquiry).join(Order, JOIN.LEFT_OUTER).switch(Media)
        query = query.join(Inquiry, JOIN.LEFT_OUTER).where(_open(), Media.due_at <= now)
        media = skip_locked(query.order_by(Media.due_at, Media.id).limit(1), of=Media).first()
        if media is None:
            return None
        Media.update(due_at=lease).where(Media.id == media.id).execute()
    told: Any = media.order if media.order_id else media.inquiry
    facts = ("id", "wamid", "media_id", "kind", "name", "mime_type", "sha256", "state", "attempts", "file_id")
    return DueFile(
        **{name: getattr(media, name) for name in facts},
        subject=Subject(media.order_id, media.inquiry_id),
        waba=told.number.waba,
        channel=told.card_channel,
        thread=told.card_ts,
        lease=lease,
        created_at=media.created_at,
    )


def _open() -> Expression:
    has_card = (Order.card_state == POSTED) | Inquiry.card_ts.is_null(False)
    return Media.state.in_(spelled(DUE, POSTING)) & has_card


def begin(due: DueFile, file_id: str, now: datetime) -> bool:
    """Commits that the file is about to be put into the thread; False if it was taken away meanwhile."""
    with transaction():
        begun = Media.update(state=POSTING, file_id=file_id, due_at=now + LEASE)
        return bool(begun.where(Media.id == due.id, Media.state == due.state, Media.due_at == due.lease).execute())


def posted(due: DueFile) -> None:
    """The file stands in the thread."""
    with transaction():
        Media.update(state=POSTED, problem=None).where(Media.id == due.id).execute()


def put_off(due: DueFile, state: str, until: datetime) -> None:
    """Not now, which is no failed attempt; `state` is what is known of it."""
    with transaction():
        Media.update(state=state, due_at=until).where(_still_open(due)).execute()


def failed(due: DueFile, state: str, problem: str, now: datetime) -> None:
    """It is tried again after a growing pause, but neither too often nor once WhatsApp has dropped it."""
    too_late = now > due.created_at + _KEPT_BY_META
    if due.attempts + 1 >= _MAX_ATTEMPTS or too_late:
        give_up(due, TOO_LATE, problem, now)
        return
    changes = {"state": state, "problem": problem, "attempts": due.attempts + 1}
    with transaction():
        again_at = now + backoff(due.attempts)
        Media.update(**changes, due_at=again_at).where(_still_open(due)).execute()


def give_up(due: DueFile, why: str, problem: str, now: datetime) -> None:
    """It will not be shown: the timeline, and so the thread, says why."""
    with transaction() as tx:
        if Media.update(state=FAILED, problem=problem).where(_still_open(due)).execute():
            _tell(tx, due, why, now)


def _tell(tx: Transaction, due: DueFile, why: str, now: datetime) -> None:
    record_of(due.subject, NOT_SHOWN, CUSTOMER, now, before=due.kind, after=why, ids={"media": due.id})
    tx.wake("desk")


def _still_open(due: DueFile) -> Expression:
    return (Media.id == due.id) & Media.state.in_((DUE, POSTING))
