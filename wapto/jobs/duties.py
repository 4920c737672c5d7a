"""Calendar duties: what has to happen every so often, once, however many schedulers run."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count

import structlog

from wapto.desk.watch import health
from wapto.errors import TryLater
from wapto.jobs.ending import end_on_signals
from wapto.store.database import reading, transaction
from wapto.store.models import Duty

_TICK_SECONDS = 1

Duties = Mapping[str, tuple[timedelta, Callable[[datetime], None]]]

log = structlog.get_logger()


def run(duties: Duties, *, stopping: threading.Event, clock: Callable[[], datetime]) -> None:
    """Does each duty when it is due, until SIGTERM or SIGINT. Call it in the main thread."""
    end_on_signals(stopping)
    log.info("scheduler started", duties=list(duties))
    for tick in count():
        if tick % (health.BEAT_SECONDS // _TICK_SECONDS) == 0:
            _beat(clock())
        do_due(duties, clock())
        if stopping.wait(_TICK_SECONDS):
            break
    log.info("scheduler ended")


def _beat(now: datetime) -> None:
    try:
        health.beat([health.my_name("scheduler")], now)
    except TryLater as fault:
        log.warning("no heartbeat", reason=str(fault))


def do_due(duties: Duties, now: datetime) -> list[str]:
    """Does what is due and returns the names; one that fails is logged, and due again after its period."""
    return [name for name, (period, do) in duties.items() if _does(name, period, do, now)]


def _does(name: str, period: timedelta, do: Callable[[datetime], None], now: datetime) -> bool:
    try:
        if not take(name, period, now):
            return False
        do(now)
    except TryLater as fault:
        log.warning("duty waits", duty=name, reason=str(fault))
        return False
    except Exception:  # one duty must not keep the others from being done
        log.error("duty failed", duty=name, exc_info=True)
        return False
    return True


def take(name: str, period: timedelta, now: datetime) -> bool:
    """Whether the caller has to do it now: it is due, and nobody else moved it on to its next time."""
    # Later than one period from now was written by a clock that ran ahead.
    is_due = (Duty.due_at <= now) | (Duty.due_at > now + period)
    with reading():
        known = Duty.select(is_due).where(Duty.name == name).scalar()
    if known is not None and not known:
        return False
    with transaction():
        Duty.insert(name=name, due_at=now).on_conflict_ignore().execute()
        return bool(Duty.update(due_at=now + period).where(Duty.name == name, is_due).execute())
