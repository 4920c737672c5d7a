"""Working through the elements of stored webhooks in short transactions: carts in batches, all else one by one."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

import structlog

from wapto.desk.customers.customers import Entangled
from wapto.desk.intake import dead_letters
from wapto.desk.intake.arrivals import handle, is_cart, take_carts
from wapto.desk.intake.routing import Kept
from wapto.desk.notices.messages import breathe
from wapto.domain.intake import DONE, FAILED, KEPT, PARTIAL, TROUBLED
from wapto.domain.trace import trace_of
from wapto.errors import TryLater, WaptoError
from wapto.meta import webhook
from wapto.meta.payloads import Element
from wapto.store.batches import Prepared, insert_rows
from wapto.store.database import Transaction, db, is_sqlite, reached, transaction
from wapto.store.models import InboxElement, InboxEntry

# Carts of one number that follow each other are taken in together, at most so many: on SQLite others wait to write
# meanwhile (DESIGN, Transactions), on PostgreSQL other carts of the number do.
_CARTS_SQLITE, _CARTS_POSTGRES = 20, 50
# What goes one by one is committed together if it is done within this time. On PostgreSQL each by itself: a number's
# row is then held for a moment only, and no two processes ever wait for each other in a circle.
_SECONDS_SQLITE, _SECONDS_POSTGRES = 0.005, 0.0

log = structlog.get_logger()

Place = tuple[int, str | None]
"""An element of an entry: its position, and its wamid if it has one."""


@dataclass
class Task:
    """An entry in hand: what is to be done of it now, whether that is all, and what became of its elements."""

    entry: InboxEntry
    todo: list[Element]
    is_all: bool
    outcomes: dict[Place, str]


@dataclass
class _Step:
    """One element of a task; None stands for an entry that has none left to do."""

    task: Task
    element: Element | None

    @property
    def is_last(self) -> bool:
        """Whether the turn of its entry ends with it."""
        return not self.task.todo or self.element is self.task.todo[-1]

    @property
    def number(self) -> str | None:
        """Whose carts it can be taken together with."""
        return self.element.phone_number_id if self.element and is_cart(self.element) else None


def tasks(entries: Sequence[InboxEntry], limit: int, again: tuple[str, ...] = ()) -> Iterator[Task]:
    """At most `limit` of what is left to do of each entry: what has no outcome yet, or one of those in `again`.

    Each entry is read when its turn comes, so that on SQLite others write meanwhile.
    """
    known = InboxElement.select().where(InboxElement.entry.in_(list(entries)), InboxElement.outcome.not_in(again))
    done: dict[int, dict[Place, str]] = {entry.id: {} for entry in entries}
    for row in known:
        done[row.entry_id][row.position, row.wamid] = row.outcome
    return (_task(entry, done[entry.id], limit) for entry in entries)


def _task(entry: InboxEntry, done: dict[Place, str], limit: int) -> Task:
    left = [one for one in webhook.elements(bytes(entry.body)) if (one.position, one.wamid) not in done]
    return Task(entry, left[:limit], len(left) <= limit, done)


def work_on(todo: Iterable[Task], clock: Callable[[], datetime]) -> set[str]:
    """Works on every element, in short transactions. Harmless to repeat: unique ids say what was taken in before.

    Returns the phone number ids that the elements are about.
    """
    about: set[str] = set()
    ended_at = 0.0
    for are_carts, run in _runs(_Step(task, element) for task in todo for element in (task.todo or (None,))):
        breathe(ended_at)
        if are_carts:
            _take_in(run, clock)
        else:
            _one_by_one(run, clock)
        ended_at = time.monotonic()
        about |= {step.element.phone_number_id for step in run if step.element and step.element.phone_number_id}
    return about


def _runs(steps: Iterable[_Step]) -> Iterator[tuple[bool, list[_Step]]]:
    """The steps in their order: carts of one number that follow each other, and what stands between such runs."""
    limit = _CARTS_SQLITE if is_sqlite() else _CARTS_POSTGRES
    between: list[_Step] = []
    for number, group in groupby(steps, lambda step: step.number):
        while run := list(islice(group, limit)):
            if number is None or len(run) == 1:
                between += run
                continue
            if between:
                yield False, between
                between = []
            yield True, run
    if between:
        yield False, between


def _take_in(run: list[_Step], clock: Callable[[], datetime]) -> None:
    """As many of these carts together as go together; what cannot go with those before it goes alone."""
    while run:
        count = _together(run, clock)
        if not count:
            count = 1 if count == 0 else len(run)
            _one_by_one(run[:count], clock)
        run = run[count:]
        if run:
            breathe()


def _together(run: list[_Step], clock: Callable[[], datetime]) -> int | None:
    """Takes in the first of these carts with a few statements for all; says how many, None if one is at fault."""
    try:
        with transaction() as tx:
            now = clock()
            outcomes = take_carts(tx, [step.element for step in run if step.element], now)
            _write_down([(step, outcome, None) for step, outcome in zip(run, outcomes, strict=True)])
            _end_turns(tx, [step.task for step in run if step.is_last], now)
    except TryLater:
        raise  # the database is away: the entries stay as they are, for the next look
    except Entangled as fault:
        return _together(run[: fault.at], clock) if fault.at else 0
    except (Kept, WaptoError):
        return None
    except Exception:
        # One of them is at fault, or all are; by themselves each gets its own reason.
        log.warning("carts could not be taken in together", exc_info=True)
        return None
    return len(run)


def _one_by_one(run: Iterable[_Step], clock: Callable[[], datetime]) -> None:
    steps = deque(run)
    while steps:
        with transaction() as tx:
            _work_a_moment(tx, steps, clock)
        if steps:
            breathe()


def _work_a_moment(tx: Transaction, steps: deque[_Step], clock: Callable[[], datetime]) -> None:
    end_at = time.monotonic() + (_SECONDS_SQLITE if is_sqlite() else _SECONDS_POSTGRES)
    is_time = True
    while steps and is_time:
        step = steps.popleft()
        if step.element is not None:
            _work_alone(tx, step, step.element, clock())
        if step.is_last:
            _end_turns(tx, [step.task], clock())
        is_time = time.monotonic() < end_at


def _work_alone(tx: Transaction, step: _Step, element: Element, now: datetime) -> None:
    """Works on one element in a savepoint of its own and writes down what became of it."""
    entry = step.task.entry
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
    _write_down([(step, outcome, reason)])


def _write_down(results: Sequence[tuple[_Step, str, str | None]]) -> None:
    """What became of these elements, and why."""
    rows = []
    for step, outcome, reason in results:
        if step.element is not None:
            place = step.element.position, step.element.wamid
            step.task.outcomes[place] = outcome
            rows.append((step.task.entry.id, *place, outcome, reason))
    names = ("entry", "position", "wamid", "outcome", "reason")
    insert_rows(InboxElement, [dict(zip(names, row, strict=True)) for row in rows], replacing=("entry", "position"))
    db.after_commit(lambda: _say(results))


def _say(results: Sequence[tuple[_Step, str, str | None]]) -> None:
    """One line for what was committed together: a line costs as much as a fifth of a cart.

    Each message of a customer has a trace, which the lines about what it sets off have too.
    """
    messages = [
        {"trace": trace_of(step.element.wamid), "entry": step.task.entry.id, "outcome": outcome}
        for step, outcome, _ in results
        if step.element is not None and step.element.kind == "message"
    ]
    if messages:
        log.info("messages were worked on", messages=messages)


_done = Prepared(lambda ids: InboxEntry.update(state=DONE, error=None, lease_until=None).where(InboxEntry.id.in_(ids)))


def _end_turns(tx: Transaction, ended: Sequence[Task], now: datetime) -> None:
    done = [task.entry.id for task in ended if task.is_all and _state_of(task) == DONE]
    if done:
        _done.run(done)
    for task in ended:
        if not task.is_all:  # it moved on, so it is not what ends the process
            InboxEntry.update(attempts=0, lease_until=None).where(InboxEntry.id == task.entry.id).execute()
        elif task.entry.id not in done:
            finish(tx, task.entry, _state_of(task), None, now)


def _state_of(task: Task) -> str:
    outcomes = set(task.outcomes.values())
    if FAILED in outcomes:
        return FAILED if outcomes == {FAILED} else PARTIAL
    return KEPT if KEPT in outcomes else DONE


def finish(tx: Transaction, entry: InboxEntry, state: str, error: str | None, now: datetime) -> None:
    """The entry's state for good, until it is replayed; the admins are told of one that could not be handled."""
    InboxEntry.update(state=state, error=error, lease_until=None).where(InboxEntry.id == entry.id).execute()
    if state in TROUBLED:
        dead_letters.told(tx, entry, state, error, now)
