"""Working through stored webhooks: the drain of the inbox lane, and replay."""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import accumulate

from wapto.desk.intake import dead_letters
from wapto.desk.intake.projection import finish, tasks, work_on
from wapto.desk.watch import silence
from wapto.domain.intake import FAILED, KEPT, NEW
from wapto.errors import NotFound, TryLater
from wapto.store.database import skip_locked, transaction
from wapto.store.models import InboxEntry

MAX_ATTEMPTS = 5
_LEASE = timedelta(seconds=60)
_ENTRIES, _BYTES = 50, 200_000  # claimed together: what can be done well within the lease
TURN = 1_000  # elements of one entry before it is the turn of others; Meta seldom sends more in one POST


def drain(clock: Callable[[], datetime]) -> bool:
    """Works on a batch of stored webhooks, oldest first; True when there may be more."""
    claimed = _claim(_ENTRIES, clock())
    if not claimed:
        return False
    try:
        if any(entry.attempts >= MAX_ATTEMPTS for entry in claimed):
            _give_up(claimed, clock())
        else:
            silence.heard(work_on(tasks(claimed, TURN), clock), clock())
    except Exception:
        _give_back(claimed)
        raise
    return True


def replay(entry_id: int, now: datetime) -> str:
    """Works again on what was not done of a stored webhook; returns its state. Safe at any time."""
    entry = InboxEntry.get_or_none(InboxEntry.id == entry_id)
    if entry is None:
        raise NotFound(f"There is no inbox entry {entry_id}.")
    work_on(tasks([entry], sys.maxsize, again=(KEPT, FAILED)), lambda: now)
    with transaction() as tx:
        dead_letters.mended(tx, now)
    return str(InboxEntry.get_by_id(entry_id).state)


def _claim(limit: int, now: datetime) -> list[InboxEntry]:
    """Takes entries for this process, counting the attempt before anything is parsed.

    One that was tried before goes alone: if it is the one that ends the process, it takes no other down with it.
    """
    free = InboxEntry.lease_until.is_null() | (InboxEntry.lease_until < now)
    with transaction():
        due = InboxEntry.select().where(InboxEntry.state == NEW, free).order_by(InboxEntry.id).limit(limit)
        entries = list(skip_locked(due, of=InboxEntry))
        if any(entry.attempts for entry in entries):
            entries = entries[:1]
        entries = _not_too_much(entries)
        if entries:
            taken = InboxEntry.update(attempts=InboxEntry.attempts + 1, lease_until=now + _LEASE)
            taken.where(InboxEntry.id.in_([entry.id for entry in entries])).execute()
    return entries


def _not_too_much(entries: list[InboxEntry]) -> list[InboxEntry]:
    sizes = accumulate(len(entry.body) for entry in entries)
    return [entry for entry, size in zip(entries, sizes, strict=True) if size <= _BYTES or entry is entries[0]]


def _give_up(entries: list[InboxEntry], now: datetime) -> None:
    """One that was tried before was claimed alone, so these are that one."""
    words = f"It was begun {MAX_ATTEMPTS} times and never ended; the log of the worker says more. Then replay it."
    with transaction() as tx:
        for entry in entries:
            finish(tx, entry, FAILED, words, now)


def _give_back(entries: list[InboxEntry]) -> None:
    """Lets go of what is not done, so that it need not wait for the lease to end; the attempt stays counted."""
    unfinished = InboxEntry.id.in_([entry.id for entry in entries]) & (InboxEntry.state == NEW)
    with suppress(TryLater), transaction():
        InboxEntry.update(lease_until=None).where(unfinished).execute()
