"""Which of several languages suits a person best, and instants as they write them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_datetime_format

from wapto.domain.identity import locale_of


def suiting(wanted: Iterable[str], known: Collection[str], fallback: str) -> tuple[str, str]:
    """How to write money and dates, and which known language to write in: for the first wanted one that is known.

    Known is also what is there without a region, or with another: for es_MX, Spanish in the Mexican way.
    """
    for code in wanted:
        base = code.partition("_")[0]
        kin = [other for other in known if other.partition("_")[0] == base]
        if kin:
            return code, code if code in kin else kin[0]
    return fallback, fallback


def instant(at: datetime, timezone: str, language: str) -> str:
    """Date and time without seconds, where the shop is; Babel has no ready format for it."""
    local, locale = at.astimezone(ZoneInfo(timezone)), locale_of(language)
    order = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    return order.format(format_time(local, "short", locale=locale), format_date(local, "medium", locale=locale))
