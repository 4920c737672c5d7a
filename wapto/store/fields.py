"""Field types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from peewee import BigIntegerField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
AT_ONCE = _EPOCH  # as a due date: nothing to wait for


def instant_of(value: datetime | int) -> datetime:
    """The aware instant of a UtcField's column that a query computed, which peewee may hand out as it is kept."""
    return _EPOCH + timedelta(microseconds=value) if isinstance(value, int) else value


if TYPE_CHECKING:
    from peewee import DateTimeField

    UtcField = DateTimeField  # to a type checker it holds what a DateTimeField holds
else:

    class UtcField(BigIntegerField):
        """An instant, aware and in UTC, kept as microseconds since 1970 so that both engines compare it alike."""

        def db_value(self, value: datetime | int | None) -> int | None:
            """Microseconds since 1970; a naive datetime is a TypeError."""
            if value is None or isinstance(value, int):
                return value
            return (value - _EPOCH) // _MICROSECOND

        def python_value(self, value: int | None) -> datetime | None:
            """The aware instant."""
            return None if value is None else _EPOCH + timedelta(microseconds=value)
