"""Working hours: weekly spans by the clock of a place, over midnight and through changes of daylight saving."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "Mon-Fri 09:00-18:00, Sat 22:00-02:00"

_DAY = timedelta(days=1)
_MINUTES = 24 * 60
_SPAN = re.compile(r"(\w{3})(?:\s*-\s*(\w{3}))?\s+(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")

Span = tuple[datetime, datetime]
"""From an instant until before another, both in UTC."""


@dataclass(frozen=True)
class Hours:
    """When somebody works: for each span the day of the week (0 is Monday), and minutes since its midnight.

    A span whose end is not after its beginning ends on the next day. Without any span it is always open.
    """

    spans: tuple[tuple[int, int, int], ...]
    zone: str

    def is_open(self, at: datetime) -> bool:
        """Whether this is working time."""
        return not self.spans or next(self._from(at))[0] <= at

    def next_open(self, at: datetime) -> datetime:
        """The first instant of working time that is not before `at`."""
        return next(self._from(at))[0] if self.spans else at

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The instant when so much working time has passed since `start`."""
        if not self.spans:
            return start + work
        spans = self._from(start)
        begin, end = next(spans)
        while work > end - begin:
            work -= end - begin
            begin, end = next(spans)
        return begin + work

    def _from(self, at: datetime) -> Iterator[Span]:
        """Working time after `at`, in order and without end; where spans overlap, it counts once."""
        zone = _zone(self.zone)
        day = at.astimezone(zone).date() - _DAY
        while True:
            for begin, end in sorted(self._of_day(day, zone)):
                begin = max(begin, at)
                if end > begin:
                    yield begin, end
                    at = end
            day += _DAY

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[Span]:
        for weekday, begin, end in self.spans:
            if weekday == day.weekday():
                until = end if end > begin else end + _MINUTES
                # An hour that the clock shows twice is worked twice.
                yield _instant(day, begin, zone, fold=0), _instant(day, until, zone, fold=1)


def _instant(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> datetime:
    days, left = divmod(minutes, _MINUTES)
    there = day + days * _DAY
    local = datetime(there.year, there.month, there.day, left // 60, left % 60, tzinfo=zone, fold=fold)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        local = local.replace(fold=0)  # the clock skips it: the same moment of the night, by the clock as it was
    return local.astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def read(text: str, zone: str) -> Hours:
    """Hours as they are written, `Mon-Fri 09:00-18:00, Sat 10:00-14:00`, by the clock of `zone`; none is always.

    A time zone may stand at the end, `… Europe/Berlin`; without any, the hours can be looked at, but not asked.
    InvalidInput where something cannot be read.
    """
    words = flatten(text)
    named = re.search(r"\s([A-Za-z_+-]+/[A-Za-z0-9_+/-]+|UTC)$", words)
    if named:
        words, zone = words[: named.start()], named[1]
    if zone:
        _check(zone)
    return Hours(tuple(span for part in words.split(",") if part.strip() for span in _spans(part.strip())), zone)


def _check(zone: str) -> None:
    try:
        _zone(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"{quoted(zone)} is not a time zone such as America/Sao_Paulo.") from None


def _spans(part: str) -> Iterator[tuple[int, int, int]]:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise InvalidInput(f"{quoted(part)} is no working time; write it like “{EXAMPLE}”.")
    first, last = _day(found[1]), _day(found[2] or found[1])
    begin, end = _minutes(found[3], found[4]), _minutes(found[5], found[6])
    if begin == _MINUTES:
        raise InvalidInput("Working time can end at 24:00, but not begin then; write 00:00 of the next day.")
    for ahead in range((last - first) % 7 + 1):
        yield (first + ahead) % 7, begin, end


def _day(word: str) -> int:
    if word.title() not in DAYS:
        raise InvalidInput(f"{quoted(word)} is no day of the week; write one of: {', '.join(DAYS)}.")
    return DAYS.index(word.title())


def _minutes(hour: str, minute: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > _MINUTES:
        raise InvalidInput(f"{quoted(f'{hour}:{minute}')} is no time of the day; write 00:00 to 24:00.")
    return minutes
