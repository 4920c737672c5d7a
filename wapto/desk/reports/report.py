"""What the reports have in common: days in each shop's own time zone, and tables of plain rows.

The same rows are shown on a screen, written to a file and given to programs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wapto.domain.nearest import meant
from wapto.domain.text import quoted
from wapto.errors import InvalidInput
from wapto.store.models import Number

Row = dict[str, Any]
"""Days are dates, amounts decimal strings in major units, times whole seconds."""

DEFAULT_DAYS, MAX_DAYS = 30, 3_660

_DAY = timedelta(days=1)
_EXACT_SECONDS = 3_600  # beyond, minutes are exact enough


@dataclass(frozen=True)
class Part:
    """One table of a report."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True)
class Days:
    """Calendar days, both ends included, as the clocks of each shop count them; of one number or of all."""

    first: date
    last: date
    number: Number | None = None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise InvalidInput(f"{self.first} is after {self.last}; name the earlier day first.")
        if (self.last - self.first).days >= MAX_DAYS:
            raise InvalidInput(f"A report has at most {MAX_DAYS:,} days; name a later first day.")


@dataclass(frozen=True)
class Span:
    """Days of one length: `until` is no part of it. Days on which clocks are changed have spans of their own."""

    first: date
    since: datetime
    until: datetime
    length: timedelta


@dataclass(frozen=True)
class Shops:
    """The numbers that keep one time zone; `are_all` when there are no others."""

    zone: ZoneInfo
    numbers: dict[int, Number]
    are_all: bool

    def condition(self, column: Any) -> Any:
        """Those whose number is one of these; a sum, so that no index of numbers is taken for that of instants."""
        return (column + 0).in_(list(self.numbers))


def chosen(first: date | None, last: date | None, number: Number | None, now: datetime) -> Days:
    """The days that somebody named; without an end it is today, without a beginning 30 days."""
    last = last or max((now.astimezone(shops.zone).date() for shops in by_zone(number)), default=now.date())
    return Days(first or last - (DEFAULT_DAYS - 1) * _DAY, last, number)


def by_zone(number: Number | None) -> list[Shops]:
    """All numbers that ever were, or this one, together by their time zones."""
    found: defaultdict[str, dict[int, Number]] = defaultdict(dict)
    for each in [number] if number else Number.select().order_by(Number.id):
        found[each.timezone][each.id] = each
    is_one = number is None and len(found) == 1
    return [Shops(ZoneInfo(zone), numbers, is_one) for zone, numbers in found.items()]


def bounds(days: Days, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first midnight to the last one, which is no part of them."""
    return _midnight(days.first, zone), _midnight(days.last + _DAY, zone)


def spans(days: Days, zone: ZoneInfo) -> Iterator[Span]:
    """The same as stretches of equally long days, in their order."""
    first, since = days.first, _midnight(days.first, zone)
    length = _midnight(first + _DAY, zone) - since
    day, until = first + _DAY, since + length
    while day <= days.last:
        after = _midnight(day + _DAY, zone)
        if after - until != length:
            yield Span(first, since, until, length)
            first, since, length = day, until, after - until
        day, until = day + _DAY, after
    yield Span(first, since, until, length)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def within(column: Any, since: Any, until: Any) -> Any:
    """The instant is in this stretch, whose end is no part of it."""
    return (column >= since) & (column < until)


class Spread:
    """How long things took, in seconds: counted by length, so that a million take no more memory than a thousand."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, seconds: int, times: int = 1) -> None:
        """Takes note of so many that took so long."""
        self._counts[seconds if seconds < _EXACT_SECONDS else seconds // 60 * 60] += times

    def __len__(self) -> int:
        return self._counts.total()

    def at(self, share: float) -> int | None:
        """What this share of them did not exceed; None when there are none."""
        left = share * len(self)
        for seconds in sorted(self._counts):
            left -= self._counts[seconds]
            if left <= 0:
                return seconds
        return None


def share(part: int, whole: int) -> str | None:
    """As a decimal in percent; None of nothing."""
    return f"{100 * part / whole:.1f}" if whole else None


def part_of(parts: Sequence[Part], name: str | None) -> Part:
    """The part with this name, the first without one."""
    named = {part.name: part for part in parts}
    if name is not None and name not in named:
        known = f"parts are: {', '.join(named)}.{meant(name, named)}"
        raise InvalidInput(f"{quoted(name)} is no part of this report; {known}")
    return named[name] if name else parts[0]
