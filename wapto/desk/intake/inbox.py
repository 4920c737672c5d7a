"""The inbox: webhooks as they arrived, kept before Meta is told that they were."""

import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

import structlog

from wapto.domain.intake import FAILED, KEPT, NEW, PARTIAL, STATES, TROUBLED
from wapto.domain.nearest import meant
from wapto.domain.text import quoted
from wapto.domain.trace import trace_of
from wapto.errors import InvalidInput, NotFound, TryLater
from wapto.store.batches import Prepared
from wapto.store.database import db, is_sqlite, spelled, statement, transaction
from wapto.store.models import InboxElement, InboxEntry

log = structlog.get_logger()

_TRACED = 20  # a webhook rarely holds more than one message
_WAMIDS = re.compile(rb'"id"\s*:\s*"(wamid\.[\w+/=-]{1,1000})"')
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass
class _Letter:
    """A webhook on its way into the inbox, what became of it, and the bell that its thread waits for."""

    body: bytes
    received_at: datetime
    entry_id: int | None = None
    fault: Exception | None = None
    bell: SimpleQueue[None] = field(default_factory=SimpleQueue)
    to_tell: list["_Letter"] = field(default_factory=list)  # for the log; the first of a commit tells of all


_letters: SimpleQueue[_Letter] = SimpleQueue()
_hiring = threading.Lock()
_writer: threading.Thread | None = None


def store_raw(body: bytes, now: datetime) -> int:
    """Commits a webhook's raw bytes durably and wakes the inbox lane; returns the entry's id.

    One thread writes for all, on one connection: those that come at the same time share a commit, which is most of
    what storing costs.
    """
    letter = _Letter(body, now)
    _letters.put(letter)
    _hire()
    letter.bell.get()
    if letter.entry_id is None:
        raise letter.fault or TryLater("The webhook could not be stored.")
    if letter.to_tell:
        log.info("webhooks were stored", webhooks=[_traced(each) for each in letter.to_tell])
    return letter.entry_id


def _hire() -> None:
    """A writer, when none lives: at first, and in a fork, which threads do not follow into."""
    global _writer
    if _writer is None or not _writer.is_alive():
        with _hiring:
            if _writer is None or not _writer.is_alive():
                _writer = threading.Thread(target=_write_for_all, name="inbox", daemon=True)
                _writer.start()


def _write_for_all() -> None:
    while True:
        letters = [_letters.get()]
        with suppress(Empty):
            while True:
                letters.append(_letters.get_nowait())
        _write(letters)
        for letter in letters:
            letter.bell.put(None)


_insert = Prepared(
    lambda *values: InboxEntry.insert_many(
        {"received_at": at, "body": body, "state": NEW} for at, body in zip(values[::2], values[1::2], strict=True)
    ).returning(InboxEntry.id)
)


def _write(letters: list[_Letter]) -> None:
    try:
        entry_ids = _inserted(letters)
    except Exception as fault:  # each of them has to tell its own sender
        for letter in letters:
            letter.fault = fault
    else:
        for letter, entry_id in zip(letters, entry_ids, strict=True):
            letter.entry_id = entry_id
        letters[0].to_tell = letters


def _inserted(letters: list[_Letter]) -> list[int]:
    """Their ids, once they are committed.

    What was lost with a connection that had died is written again on a new one: if it is there twice, nothing is done
    twice.
    """
    values = [value for letter in letters for value in (letter.received_at, letter.body)]
    may_have_died = not (is_sqlite() or db.is_closed())
    try:
        with statement() as tx:
            entry_ids = _insert.rows(*values)
            tx.wake("inbox")
    except TryLater:
        if not may_have_died:
            raise
        with transaction() as tx:
            entry_ids = _insert.rows(*values)
            tx.wake("inbox")
    return sorted(entry_id for (entry_id,) in entry_ids)


def _traced(letter: _Letter) -> dict[str, Any]:
    """What the log says of it: its entry, and the traces of its messages, which the worker will tell more of."""
    wamids = _WAMIDS.findall(letter.body.replace(b"\\/", b"/"))[:_TRACED]
    return {"entry": letter.entry_id, "traces": [trace_of(wamid.decode()) for wamid in wamids]}


def ids(*, state: str | None, limit: int) -> list[int]:
    """The newest entries in this state (None: in any), at most `limit`."""
    query = InboxEntry.select(InboxEntry.id).order_by(InboxEntry.id.desc()).limit(limit)
    if state is not None:
        if state not in STATES:
            known = f"states are: {', '.join(STATES)}.{meant(state, STATES)}"
            raise InvalidInput(f"{quoted(state)} is no state of an inbox entry; {known}")
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


def body_of(entry_id: int) -> str:
    """A stored webhook as text for people to read, not masked.

    JSON's escapes are letters in it, so that nothing hides behind them; what a terminal would obey is escaped.
    """
    text = bytes(entry(entry_id)[0].body).decode("utf-8", "backslashreplace").replace("\\/", "/")
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)
