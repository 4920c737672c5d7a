"""The inbox: webhooks as they arrived, kept before Meta is told that they were."""

from datetime import datetime

from wapto.desk.intake import FAILED, KEPT, NEW, PARTIAL, STATES
from wapto.domain.text import quoted
from wapto.errors import InvalidInput, NotFound
from wapto.store.database import spelled, transaction
from wapto.store.models import InboxElement, InboxEntry

TROUBLED = (PARTIAL, FAILED)


def store_raw(body: bytes, now: datetime) -> int:
    """Commits a webhook's raw bytes durably and wakes the inbox lane; returns the entry's id."""
    with transaction() as tx:
        entry_id = InboxEntry.insert(received_at=now, body=body, state=NEW).execute()
        tx.wake("inbox")
    return int(entry_id)


def ids(*, state: str | None, limit: int) -> list[int]:
    """The newest entries in this state (None: in any), at most `limit`."""
    query = InboxEntry.select(InboxEntry.id).order_by(InboxEntry.id.desc()).limit(limit)
    if state is not None:
        if state not in STATES:
            raise InvalidInput(f"{quoted(state)} is no state of an inbox entry; states are: {', '.join(STATES)}.")
        query = query.where(InboxEntry.state == state)
    return [entry.id for entry in query]


def left_over() -> list[int]:
    """The entries that failed in whole or in part, oldest first."""
    indexed = InboxEntry.state.in_(spelled(FAILED, PARTIAL, KEPT))
    failed = InboxEntry.select(InboxEntry.id).where(indexed, InboxEntry.state.in_(TROUBLED))
    return [entry.id for entry in failed.order_by(InboxEntry.id)]


def entry(entry_id: int) -> tuple[InboxEntry, list[InboxElement]]:
    """An entry, and what became of each thing that it says, in their order."""
    found = InboxEntry.get_or_none(InboxEntry.id == entry_id)
    if found is None:
        raise NotFound(f"There is no inbox entry {entry_id}.")
    elements = InboxElement.select().where(InboxElement.entry == entry_id).order_by(InboxElement.position)
    return found, list(elements)
