"""What is not kept for ever: webhooks as they arrived, and what was said. Orders, events and sums stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from peewee import Expression

from wapto.desk.board import POSTED
from wapto.desk.conversations.media import FAILED
from wapto.desk.notices.messages import breathe
from wapto.domain.delivery import HELD, QUEUED, SENDING
from wapto.domain.intake import NEW
from wapto.store.database import transaction
from wapto.store.models import (
    Echo,
    Inbound,
    InboxElement,
    InboxEntry,
    InquiryEvent,
    Media,
    Message,
    ParkedReceipt,
    SlackSeen,
    Survey,
)

_BATCH = 50  # rows of one transaction
_MOST = 10_000  # rows of one kind at a time: the scheduler has to give signs of life
_FILES = 100
_UNTOLD = (HELD, QUEUED, SENDING)

# What a message is without its words and its recipient; the rest is the ledger of what was told.
BLANK_MESSAGE: dict[str, Any] = {
    "text": "",
    "components": [],
    "content": None,
    "to_phone": None,
    "to_user_id": None,
    "error_text": None,
}

log = structlog.get_logger()


@dataclass(frozen=True)
class Times:
    """How long each is kept; none less than 8 days, since Meta repeats a webhook for 7."""

    bodies: timedelta
    conversations: timedelta
    media: timedelta


def clear(times: Times, now: datetime) -> None:
    """Removes what is older, the oldest first, in short transactions; what one run leaves, the next one finds."""
    webhooks, said = now - times.bodies, now - times.conversations
    counts = {
        "webhooks": _remove(InboxEntry, InboxEntry.received_at, webhooks, _remove_webhooks),
        "receipts": _remove(ParkedReceipt, ParkedReceipt.received_at, webhooks, _remover(ParkedReceipt)),
        "slack_events": _remove(SlackSeen, SlackSeen.at, webhooks, _remover(SlackSeen)),
        "files": _remove(Media, Media.created_at, said, _remover(Media)),
        "heard": _remove(Inbound, Inbound.received_at, said, _remover(Inbound)),
        "said_elsewhere": _remove(Echo, Echo.received_at, said, _remover(Echo)),
        "told": _blank_told(said),
        "inquiries": _blank_asked(said),
        "comments": _blank_commented(said),
    }
    if any(counts.values()):
        log.info("what was kept long enough is removed", **counts)


@dataclass(frozen=True)
class OldFile:
    """A file that was kept long enough; `file_id` is Slack's, None where it was never shown."""

    id: int
    file_id: str | None


def old_files(times: Times, now: datetime) -> list[OldFile]:
    """The oldest files that are to go, at most as many as Slack deletes in some minutes."""
    old = (Media.created_at < now - times.media) & Media.state.in_((POSTED, FAILED))
    query = Media.select(Media.id, Media.file_id).where(old).order_by(Media.id).limit(_FILES)
    return [OldFile(row.id, row.file_id) for row in query]


def file_gone(file: OldFile) -> None:
    """Nothing is known of it any more."""
    with transaction():
        Media.delete().where(Media.id == file.id).execute()


def _remove(model: Any, at: Any, before: datetime, remove: Callable[[Sequence[int]], int]) -> int:
    """Ids rise with time, so that the first row that is new enough ends the search."""
    removed = seen = last = 0
    while seen < _MOST:
        rows = list(model.select(model.id, at).where(model.id > last).order_by(model.id).limit(_BATCH).tuples())
        old = [row_id for row_id, moment in rows if moment < before]
        removed += remove(old) if old else 0
        if len(old) < _BATCH:
            break
        seen, last = seen + len(rows), rows[-1][0]
        breathe()
    return removed


def _remover(model: Any) -> Callable[[Sequence[int]], int]:
    def remove(ids: Sequence[int]) -> int:
        with transaction():
            return int(model.delete().where(model.id.in_(ids)).execute())

    return remove


def _remove_webhooks(ids: Sequence[int]) -> int:
    """All but those that nobody has worked on yet, however old they are."""
    with transaction():
        done = InboxEntry.select(InboxEntry.id).where(InboxEntry.id.in_(ids), InboxEntry.state != NEW)
        worked_on = [entry.id for entry in done]
        InboxElement.delete().where(InboxElement.entry.in_(worked_on)).execute()
        return int(InboxEntry.delete().where(InboxEntry.id.in_(worked_on)).execute())


def _blank_told(before: datetime) -> int:
    """Our messages stay as rows, since at most one per promise is sent; what is still to be sent keeps its words."""
    old = (Message.created_at < before) & (Message.text != "") & Message.state.not_in(_UNTOLD)
    return _blank(Message, old, BLANK_MESSAGE)


def _blank_asked(before: datetime) -> int:
    """The words beside inquiries, whose way stays."""
    old = (InquiryEvent.at < before) & InquiryEvent.text.is_null(False)
    return _blank(InquiryEvent, old, {"text": None})


def _blank_commented(before: datetime) -> int:
    """What customers wrote to their scores, which stay."""
    old = (Survey.asked_at < before) & Survey.comment.is_null(False)
    return _blank(Survey, old, {"comment": None})


def _blank(model: Any, which: Expression, values: dict[str, Any]) -> int:
    blanked = 0
    while blanked < _MOST:
        with transaction():
            ids = [row.id for row in model.select(model.id).where(which).order_by(model.id).limit(_BATCH)]
            model.update(values).where(model.id.in_(ids)).execute()
        blanked += len(ids)
        if len(ids) < _BATCH:
            break
        breathe()
    return blanked
