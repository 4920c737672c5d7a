"""By when an order has to leave its status, and which limits it crosses on the way."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from wapto.domain.hours import Hours
from wapto.domain.lifecycle import slug_of, status_of
from wapto.domain.text import quoted
from wapto.errors import InvalidInput

# The limits that an order has crossed; from LATE on it is late, and ever more people know.
ON_TIME, AT_RISK, LATE, TEAM_TOLD, ADMINS_TOLD = range(5)
NAMES = ("on_time", "at_risk", "late")

_REMIND_AFTER = timedelta(minutes=30)  # working time between telling the assignee, the team and the admins
_RISK = 3 / 4  # of the time has passed
_MOST = timedelta(days=60)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True)
class Clock:
    """The time of one promise: its end, when its next limit is crossed (None after the last), and how far it is."""

    due_at: datetime
    look_at: datetime | None
    step: int


@dataclass(frozen=True)
class Promised:
    """By when an order has to leave its status; `state` is on_time, at_risk or late."""

    due_at: datetime
    state: str


def begin(since: datetime, allowed: timedelta, hours: Hours) -> Clock:
    """A promise of so much working time."""
    return Clock(hours.add(since, allowed), hours.add(since, allowed * _RISK), ON_TIME)


def put_off(now: datetime, until: datetime) -> Clock:
    """A promise that was moved to an instant."""
    return Clock(until, now + (until - now) * _RISK, ON_TIME)


def move_on(clock: Clock, now: datetime, hours: Hours) -> Clock:
    """Past the limits that are crossed by now.

    One at most tells people, also after the clock stood still: each of them gets their time to act.
    """
    if clock.step < LATE and now < clock.due_at:
        return Clock(clock.due_at, clock.due_at, AT_RISK)
    step = max(clock.step + 1, LATE)
    return Clock(clock.due_at, hours.add(now, _REMIND_AFTER) if step < ADMINS_TOLD else None, step)


def name(step: int) -> str:
    """on_time, at_risk or late."""
    return NAMES[min(step, LATE)]


def read(text: str) -> dict[str, int]:
    """Minutes by status, from `received=30m, processing=4h`; empty for none."""
    rows = [row.partition("=") for row in text.split(",") if row.strip()]
    return {_open_status(status): int(duration(time) / _UNITS["m"]) for status, _, time in rows}


def _open_status(text: str) -> str:
    status = status_of(slug_of(text))
    if not status.is_open:
        raise InvalidInput(f"An order that is {status.label} waits for nothing; promise a time for an open status.")
    return status.slug


def duration(text: str) -> timedelta:
    """A length of time such as 30m, 4h or 2d; InvalidInput unless it is one, of 60 days at most."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})\s*([mhd])", text.strip().lower())
    length = int(found[1]) * _UNITS[found[2]] if found else None
    if length is None or length > _MOST:
        raise InvalidInput(f"{quoted(text)} is no length of time; write 30m, 4h or 2d, 60 days at most.")
    return length
