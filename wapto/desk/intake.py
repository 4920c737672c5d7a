"""Working through stored webhooks: the drain of the inbox lane, and replay."""

import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from wapto.desk import admins
from wapto.desk.arrivals import DONE, handle
from wapto.desk.messages import breathe
from wapto.desk.routing import Kept
from wapto.errors import NotFound, TryLater, WaptoError
from wapto.meta import webhook
from wapto.meta.payloads import Element
from wapto.store.database import Transaction, db, is_sqlite, reached, skip_locked, spelled, transaction
from wapto.store.models import InboxElement, InboxEntry

NEW, KEPT, PARTIAL, FAILED = "new", "kept", "partial", "failed"
STATES = (NEW, DONE, KEPT, PARTIAL, FAILED)
TROUBLED = (PARTIAL, FAILED)

MAX_ATTEMPTS = 5
_LEASE = timedelta(seconds=60)
_DEAD_LETTERS = "inbox"  # told of once, until none is left
_ENTRIES_SQLITE, _ENTRIES_POSTGRES = 10, 50  # claimed together
# What is done within this time is committed together. On PostgreSQL each element by itself: a number's row is then held
# for a moment only, and no two processes ever wait for each other in a circle.
_SECONDS_SQLITE, _SECONDS_POSTGRES = 0.005, 0.0
TURN = 1_000  # elements of one entry before it is the turn of others; Meta seldom sends more in one POST

log = structlog.get_logger()


@dataclass
class _Task:
    """An entry in hand: what is to be done of it now, whether that is all, and what became of its elements."""

    entry: InboxEntry
    todo: list[Element]
    is_all: bool
    outcomes: list[str]

    @property
    def last(self) -> Element | None:
        """What the turn ends with."""
        return self.todo[-1] if self.todo else None


def drain(clock: Callable[[], datetime]) -> bool:
    """Works on a batch of stored webhooks, oldest first; True when there may be more."""
    claimed = _claim(_ENTRIES_SQLITE if is_sqlite() else _ENTRIES_POSTGRES, clock())
    try:
        if any(entry.attempts >= MAX_ATTEMPTS for entry in claimed):
            _give_up(claimed, clock())
        else:
            _work_on([_task(entry, TURN) for entry in claimed], clock)
    except Exception:
        _give_back(claimed)
        raise
    return bool(claimed)


def replay(entry_id: int, now: datetime) -> str:
    """Works again on what was not done of a stored webhook; returns its state. Safe at any time."""
    entry = InboxEntry.get_or_none(InboxEntry.id == entry_id)
    if entry is None:
        raise NotFound(f"There is no inbox entry {entry_id}.")
    _work_on([_task(entry, sys.maxsize, again=(KEPT, FAILED))], lambda: now)
    _tell_if_mended(now)
    return str(InboxEntry.get_by_id(entry_id).state)


def _tell_if_mended(now: datetime) -> None:
    with transaction() as tx:
        left = InboxEntry.state.in_(spelled(FAILED, PARTIAL, KEPT)) & InboxEntry.state.in_(TROUBLED)
        if not InboxEntry.select().where(left).exists():
            admins.over(tx, _DEAD_LETTERS, "All webhooks that could not be handled are handled by now.", now)


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
        if entries:
            taken = InboxEntry.update(attempts=InboxEntry.attempts + 1, lease_until=now + _LEASE)
            taken.where(InboxEntry.id.in_([entry.id for entry in entries])).execute()
    return entries


def _give_up(entries: list[InboxEntry], now: datetime) -> None:
    """One that was tried before was claimed alone, so these are that one."""
    words = f"It was begun {MAX_ATTEMPTS} times and never ended; the log of the worker says more. Then replay it."
    with transaction() as tx:
        for entry in entries:
            _finish(tx, entry, FAILED, words, now)


def _give_back(entries: list[InboxEntry]) -> None:
    """Lets go of what is not done, so that it need not wait for the lease to end; the attempt stays counted."""
    unfinished = InboxEntry.id.in_([entry.id for entry in entries]) & (InboxEntry.state == NEW)
    with suppress(TryLater), transaction():
        InboxEntry.update(lease_until=None).where(unfinished).execute()


def _task(entry: InboxEntry, limit: int, again: tuple[str, ...] = ()) -> _Task:
    """At most `limit` of what is left to do of the entry: what has no outcome yet, or one of those in `again`."""
    known = InboxElement.select().where(InboxElement.entry == entry, InboxElement.outcome.not_in(again))
    done = {(row.position, row.wamid): row.outcome for row in known}
    left = [one for one in webhook.elements(bytes(entry.body)) if (one.position, one.wamid) not in done]
    return _Task(entry, left[:limit], len(left) <= limit, list(done.values()))


def _work_on(tasks: list[_Task], clock: Callable[[], datetime]) -> None:
    """Works on every element, in short transactions. Harmless to repeat: unique ids say what was taken in before."""
    steps = deque((task, element) for task in tasks for element in (task.todo or (None,)))
    while steps:
        with transaction() as tx:
            _work_a_moment(tx, steps, clock)
        breathe()


def _work_a_moment(tx: Transaction, steps: deque[tuple[_Task, Element | None]], clock: Callable[[], datetime]) -> None:
    end_at = time.monotonic() + (_SECONDS_SQLITE if is_sqlite() else _SECONDS_POSTGRES)
    is_time = True
    while steps and is_time:
        task, element = steps.popleft()
        if element is not None:
            task.outcomes.append(_element(tx, task.entry, element, clock()))
        if element is task.last:
            _end_turn(tx, task, clock())
        is_time = time.monotonic() < end_at


def _end_turn(tx: Transaction, task: _Task, now: datetime) -> None:
    if task.is_all:
        _finish(tx, task.entry, _state_of(task.outcomes), None, now)
    else:  # it moved on, so it is not what ends the process
        InboxEntry.update(attempts=0, lease_until=None).where(InboxEntry.id == task.entry.id).execute()


def _state_of(outcomes: list[str]) -> str:
    if FAILED in outcomes:
        return FAILED if set(outcomes) == {FAILED} else PARTIAL
    return KEPT if KEPT in outcomes else DONE


def _finish(tx: Transaction, entry: InboxEntry, state: str, error: str | None, now: datetime) -> None:
    InboxEntry.update(state=state, error=error, lease_until=None).where(InboxEntry.id == entry.id).execute()
    if state in TROUBLED:
        words = (
            f"A webhook could not be handled{' in part' if state == PARTIAL else ''}: {error or _first_reason(entry)} "
            f"`wapto inbox show {entry.id}` has all; once it is mended, `wapto inbox replay --all-failed`."
        )
        admins.tell(tx, _DEAD_LETTERS, words, now, renew=False)


def _first_reason(entry: InboxEntry) -> str:
    failed = (InboxElement.entry == entry) & (InboxElement.outcome == FAILED)
    return str(InboxElement.select().where(failed).order_by(InboxElement.position).first().reason)


def _element(tx: Transaction, entry: InboxEntry, element: Element, now: datetime) -> str:
    """Works on one element in a savepoint of its own and writes down what became of it."""
    try:
        with reached(), db.atomic():
            outcome, reason = handle(tx, element, now), None
    except TryLater:
        raise  # the database is away: the entry stays as it is, for the next look
    except Kept as kept:
        outcome, reason = KEPT, str(kept)
    except WaptoError as fault:
        outcome, reason = FAILED, str(fault)
    except Exception as fault:
        # A sibling must not be lost through a fault of ours in this one: it is listed, and replayed once mended.
        log.error("an element could not be handled", entry=entry.id, position=element.position, exc_info=True)
        outcome, reason = FAILED, f"Wapto failed on it ({type(fault).__name__}); the log of the worker says where."
    new = InboxElement.insert(
        entry=entry.id, position=element.position, wamid=element.wamid, outcome=outcome, reason=reason
    )
    new.on_conflict(
        conflict_target=(InboxElement.entry, InboxElement.position),
        preserve=(InboxElement.wamid, InboxElement.outcome, InboxElement.reason),
    ).execute()
    return outcome
