"""When a number was heard of last: any webhook about it counts, since all of them come by the same road."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from wapto.desk.assignment import late
from wapto.store.database import transaction
from wapto.store.models import Number

_OFTEN = timedelta(minutes=1)  # more often it is not written down


def heard(phone_number_ids: Iterable[str], now: datetime) -> None:
    """Writes down that webhooks about these numbers were worked on."""
    ids = sorted(phone_number_ids)
    is_old = Number.heard_at.is_null() | (Number.heard_at < now - _OFTEN)
    for row in Number.select(Number.id).where(Number.phone_number_id.in_(ids), is_old) if ids else ():
        with transaction():  # each by itself: whoever takes carts in holds the number for a while
            Number.update(heard_at=now).where(Number.id == row.id).execute()


def is_too_long(number: Number, now: datetime) -> bool | None:
    """Whether a number was silent for longer than it may be in its business hours; None outside of them.

    Of one that was never heard of, silence is counted from now on.
    """
    if number.heard_at is None:
        heard([number.phone_number_id], now)
        return None
    hours = late.hours_of(number)
    if hours.add(number.heard_at, timedelta(minutes=number.silence_minutes)) > now:
        return False
    return True if hours.is_open(now) else None
