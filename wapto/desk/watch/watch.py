"""What admins have to hear of though nobody asks: dead processes, queues that stand, wrong signatures, silence.

Each is told once, and once more when it is over. Scheduler and workers share the look, so that each tells of the
other's death.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from wapto.desk import numbers
from wapto.desk.watch import admins, health, silence
from wapto.store.database import transaction
from wapto.store.models import Number

EVERY = timedelta(minutes=1)

_RESTART = timedelta(minutes=2)  # what is back by then was no death
_STANDS, _MOVES = 300, 60  # seconds that the longest due row waits
_SIGNATURES_FAIL, _SIGNATURES_FIT = timedelta(minutes=10), timedelta(minutes=30)


@dataclass(frozen=True)
class _Sign:
    """`is_bad` is None where nothing can be said for certain: then all stays as it was told last."""

    key: str
    is_bad: bool | None
    words: str
    over: str
    patience: timedelta = timedelta(0)


def look(now: datetime) -> None:
    """Finds what is bad and was not told yet, and what is over."""
    signs = list(_signs(now))
    with transaction() as tx:
        for sign in signs:
            if sign.is_bad:
                admins.tell(tx, sign.key, sign.words, now, renew=False, due_at=now + sign.patience)
            elif sign.is_bad is False:
                admins.over(tx, sign.key, sign.over, now)


def _signs(now: datetime) -> Iterator[_Sign]:
    states = health.states(now)
    for name, meaning in health.MISSED.items():
        yield _process(name, meaning, states[name])
    yield _signatures(now)
    if states["worker"] == health.DOWN:
        return  # that queues stand and nothing is heard of follows from it
    waits = health.oldest(now)
    for lane, seconds in waits.items():
        yield _queue(lane, seconds)
    if waits["inbox"] < _MOVES:
        for number in numbers.listing():
            yield _silence(number, now)


def _process(name: str, meaning: str, state: str) -> _Sign:
    words = f"The {name} gives no sign of life: {meaning}. Start it with `wapto {name}`."
    if state == health.DEGRADED:
        words = f"A part of the {name} gives no sign of life. Restart it, and look at its log for why."
    return _Sign(f"watch:{name}", state != health.OK, words, f"The {name} is alive again.", _RESTART)


def _queue(lane: str, seconds: float) -> _Sign:
    what, meaning = health.LANES[lane]
    words = f"The oldest of the due {what} waits {seconds / 60:,.0f} min: {meaning}. `wapto doctor` says more."
    is_bad = True if seconds >= _STANDS else False if seconds < _MOVES else None
    return _Sign(f"watch:{lane}", is_bad, words, f"The {what} do not wait any more.")


def _signatures(now: datetime) -> _Sign:
    last = health.last_beat(health.UNSIGNED)
    words = (
        "Webhooks come with a wrong signature and are refused, so orders may not appear: META_APP_SECRET is not the "
        "secret of the app that sends them (App Dashboard → App settings → Basic). Set it, and restart Wapto."
    )
    since = now - last if last else _SIGNATURES_FIT
    is_bad = True if since < _SIGNATURES_FAIL else False if since >= _SIGNATURES_FIT else None
    return _Sign("watch:signatures", is_bad, words, "No webhook came with a wrong signature for half an hour.")


def _silence(number: Number, now: datetime) -> _Sign:
    key = f"silence:{number.phone_number_id}"
    if not number.silence_minutes:
        return _Sign(key, False, "", f"The silence of {number.name} is not watched any more.")
    is_bad = silence.is_too_long(number, now)
    words = (
        f"Nothing came from WhatsApp for {number.name} since {number.heard_at:%Y-%m-%d %H:%M} UTC: longer than the "
        f"{number.silence_minutes} minutes of business hours that were set. `wapto doctor` says whether the connection "
        "is whole; if it is, customers are silent."
        if number.heard_at
        else ""
    )
    return _Sign(key, is_bad, words, f"{number.name} hears from WhatsApp again.")
