"""Single values of Meta's JSON, read with tolerance: what cannot be read is absent, never an error.

Strings come for numbers, numbers for strings, nulls for lists, one-element lists for objects (reference §1.5, §2, §10).
"""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?", re.ASCII)
_END_OF_YEAR_9999 = 253_402_300_800
# PostgreSQL refuses to index text of more than about 2,700 bytes.
_LONGEST_ID = 1000


def parse(body: bytes) -> Any:
    """The JSON of UTF-8 bytes without any float: fractions are Decimal; ValueError when it is no JSON or too deep."""
    try:
        text = body.decode("utf-8-sig")
        return json.loads(text, parse_float=_fraction, parse_int=_integer, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None


# One number beyond what Python takes would lose the whole body; as text it loses only its own line.
def _integer(text: str) -> int | str:
    return int(text) if len(text) <= 40 else text


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def object_of(value: Any) -> dict[str, Any]:
    """The object, also out of a list that wraps it alone; empty when there is none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The list; null is empty, anything else stands alone in it, so that nothing is lost unseen."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text_of(value: Any) -> str:
    """Text as sent, not cleaned; a number as it was written; otherwise empty."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, (str, int, Decimal)) else ""


def id_of(value: Any) -> str | None:
    """An id as text: at most 1,000 printable characters, else None."""
    text = text_of(value).strip()
    return text if text and text.isprintable() and len(text) <= _LONGEST_ID else None


def as_given(value: Any) -> str:
    """What stood there, for people: text and numbers as written, `{…}` and `[…]` for the rest, empty for null."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict():
            return "{…}"
        case list():
            return "[…]"
    return str(value)


def number_of(value: Any) -> Decimal | None:
    """The exact number, from a number or a string of plain digits; None for all else ("1.234,50", NaN, true)."""
    text = as_given(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def integer_of(value: Any) -> int | None:
    """A whole number such as an error code, else None."""
    number = number_of(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def instant_of(value: Any) -> datetime | None:
    """UTC out of Unix seconds (string or number); None from 1970 backwards, beyond 9999, and for milliseconds."""
    seconds = number_of(value)
    if seconds is None or not 0 < seconds < _END_OF_YEAR_9999:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)
