"""The doctor on this machine: the database, the disk, the processes, and what waits for them."""

import shlex
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from wapto.desk.doctor.doctor import Check, Look, bad, well, worse
from wapto.desk.watch import health
from wapto.domain.delivery import HELD, UNKNOWN
from wapto.domain.intake import FAILED, PARTIAL
from wapto.store import migrate
from wapto.store.database import connect, reached, reading, spelled
from wapto.store.models import InboxEntry, Message

_SLOW_SECONDS, _STUCK_SECONDS = 60, 600
_LITTLE, _NONE = 1_000_000_000, 100_000_000  # bytes
_OTHERS = stat.S_IRWXO


def looks(url: str) -> list[Look]:
    """What to look at in the store at this address."""
    return [
        Look("database", lambda now: _database(url, now)),
        *rounds(url),
        Look("processes", _processes, needs=("database",)),
        Look("waiting", _waiting, needs=("database",)),
        Look("inbox", lambda _: _inbox(), needs=("database",)),
        Look("outbox", lambda _: _outbox(), needs=("database",)),
    ]


def rounds(url: str) -> list[Look]:
    """What a process that works in this store looks at by itself: the rest of it is told to the admins at once."""
    return [Look("disk", lambda _: _disk(url))]


def _database(url: str, now: datetime) -> Iterator[Check]:
    file = _file(url)
    if file is not None and not file.exists():
        yield bad("database", f"There is no database {file}.", "Make it with `wapto db migrate`.")
        return
    connect(url)
    with reached():
        missing = migrate.pending()
    if missing:
        yield bad("database", f"{len(missing)} change(s) of its shape are missing.", "Run `wapto db migrate`.")
        return
    migrate.require_current()
    health.beat([health.my_name("doctor")], now)
    yield well("database", "It has this version's shape and takes writes.")
    if file is not None and stat.S_IMODE(file.stat().st_mode) & _OTHERS:
        advice = f"If they are not meant to: `chmod 600 {shlex.quote(str(file))}`."
        yield worse("privacy", f"Others on this machine may read {file}, and customers are in it.", advice)


def _file(url: str) -> Path | None:
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None


def _disk(url: str) -> Iterator[Check]:
    file = _file(url)
    if file is None:
        return
    folder = file.absolute().parent
    free = shutil.disk_usage(folder if folder.exists() else "/").free
    evidence = f"{free / 1e9:,.1f} GB are free where {file} is."
    advice = f"Free space on the disk of {folder}; when it is full, carts are refused."
    if free < _LITTLE:
        yield (bad if free < _NONE else worse)("disk", evidence, advice)
    else:
        yield well("disk", evidence)


def _processes(now: datetime) -> Iterator[Check]:
    states = health.states(now)
    for name, meaning in health.MISSED.items():
        if states[name] == health.OK:
            yield well(name, "It gave a sign of life within the last half minute.")
        elif states[name] == health.DEGRADED:
            yield worse(name, "Some of its lanes give no sign of life.", "Restart it, and look at its log for why.")
        else:
            advice = f"Start it with `wapto {name}`, or everything with `wapto up`."
            yield bad(name, f"It gave no sign of life for half a minute: {meaning}.", advice)


def _waiting(now: datetime) -> Iterator[Check]:
    for lane, seconds in health.oldest(now).items():
        what, meaning = health.LANES[lane]
        if seconds < _SLOW_SECONDS:
            yield well(f"{lane} queue", f"The oldest of the due {what} waits {seconds:,.0f} s.")
            continue
        evidence = f"The oldest of the due {what} waits {seconds / 60:,.0f} min: {meaning}."
        advice = "See to it that a worker runs (`wapto worker`); the log of the worker says what keeps it."
        yield (bad if seconds >= _STUCK_SECONDS else worse)(f"{lane} queue", evidence, advice)


def _inbox() -> Iterator[Check]:
    indexed = InboxEntry.state.in_(spelled(FAILED, PARTIAL, "kept"))
    with reading():
        left = InboxEntry.select().where(indexed, InboxEntry.state.in_([FAILED, PARTIAL])).order_by(InboxEntry.id)
        count, first = left.count(), left.first()
    if not count:
        yield well("webhooks", "Every webhook that was worked on could be handled.")
        return
    yield bad(
        "webhooks",
        f"{count} webhook(s) could not be handled, so orders or receipts may be missing; the oldest is {first.id}.",
        f"`wapto inbox show {first.id}` says why; once that is mended, `wapto inbox replay --all-failed`.",
    )


def _outbox() -> Iterator[Check]:
    for state, meaning in ((HELD, "wait until something is mended"), (UNKNOWN, "may have arrived or not")):
        with reading():
            which = Message.state.in_(spelled(HELD)) if state == HELD else Message.state == state
            rows = Message.select().where(which).order_by(Message.id)
            count, first = rows.count(), rows.first()
        name = f"{state} messages"
        if not count:
            yield well(name, "None.")
            continue
        why = f" The oldest: {first.reason}" if first.reason else ""
        advice = f"`wapto messages list --state {state}` lists them."
        yield worse(name, f"{count} message(s) to customers {meaning}.{why}", advice)
