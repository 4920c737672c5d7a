"""When it is daytime where a customer lives."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

_FROM, _UNTIL = 9, 20  # o'clock
_STEP = timedelta(minutes=15)  # some time zones are off by quarters of an hour
_DAY = timedelta(days=1)


def zones_of(phone: str | None, default: str) -> list[str]:
    """The time zones that a phone number may be in, as its country and area tell; else the default alone."""
    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(phone or ""))
    except phonenumbers.NumberParseException:
        return [default]
    known = [zone for zone in found if zone != timezone.UNKNOWN_TIMEZONE]
    return known if known and default not in known else [default]


def next_daytime(at: datetime, zones: Sequence[str]) -> datetime:
    """`at` or the first moment after it when it is day in all of these zones; in the first, if they are too far apart.

    Day is from 9 in the morning to 8 in the evening.
    """
    quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    moments = [at, *(quarter + number * _STEP for number in range(1, _DAY // _STEP + 1))]
    places = [ZoneInfo(zone) for zone in zones]
    for where in (places, places[:1]):
        if found := next((moment for moment in moments if all(_is_day(moment, place) for place in where)), None):
            return found
    return at


def _is_day(moment: datetime, place: ZoneInfo) -> bool:
    return _FROM <= moment.astimezone(place).hour < _UNTIL
