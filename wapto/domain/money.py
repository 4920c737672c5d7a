"""Money as integer minor units with the exponent of ISO 4217; never floats, never added across currencies."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from babel.numbers import format_currency, get_currency_precision, list_currencies

from wapto.domain.identity import locale_of
from wapto.domain.text import quoted
from wapto.errors import InvalidInput

_PLAIN = re.compile(r"[+-]?\d{1,20}(\.\d{1,30})?", re.ASCII)
_MINOR_LIMIT = 10**15
_MAGNITUDE_LIMIT = 18
# What binary floating point leaves behind: 19.989999999999998 stands for 19.99. About four units in the last place.
_FLOAT_NOISE = Decimal("1e-15")

# Babel has the digits that people still use there; these are the published ones (ISO 4217, list one).
_ISO_EXPONENT = {
    "AFN": 2, "ALL": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2, "LBP": 2,
    "MGA": 2, "MMK": 2, "RSD": 2, "SOS": 2, "SYP": 2, "YER": 2,
}  # fmt: skip

Line = tuple[int | None, int | None, str | None]
"""Quantity, unit price in minor units, currency; None where nothing certain is known."""


class Total(NamedTuple):
    """A sum of one currency, in minor units."""

    currency: str
    minor: int


def is_currency(code: str) -> bool:
    """Whether these are the three letters of a currency, in any case."""
    return code.isascii() and code.upper() in _codes()


def normal_currency(code: str) -> str:
    """The code in capitals; InvalidInput when there is no such currency."""
    if not is_currency(code):
        raise InvalidInput(f"{quoted(code)} is not a currency; write its three letters, such as BRL or USD.")
    return code.upper()


def exponent(currency: str) -> int:
    """How many decimals the currency has (ISO 4217): 2 for BRL, 0 for JPY, 3 for KWD; InvalidInput when unknown."""
    code = normal_currency(currency)
    return _ISO_EXPONENT.get(code, get_currency_precision(code))


def parse_minor(amount: str | int | Decimal, currency: str) -> int:
    """Minor units of an amount in major units (reference §2.2); the sign is kept.

    InvalidInput when it is not a finite plain number below 10**15 minor units, or has decimals that the
    currency has not, unless they are the noise of binary floating point.
    """
    digits = exponent(currency)
    number = _decimal(amount)
    if not number.is_finite() or abs(number.adjusted()) > _MAGNITUDE_LIMIT:
        raise InvalidInput(f"{quoted(str(amount))} is not an amount that a price can have.")
    exact = number.scaleb(digits)
    whole = exact.to_integral_value()
    if abs(exact - whole) > abs(whole) * _FLOAT_NOISE:
        raise InvalidInput(f"{quoted(str(amount))} has more decimals than {currency.upper()} allows ({digits}).")
    if abs(whole) >= _MINOR_LIMIT:
        raise InvalidInput(f"{quoted(str(amount))} is too large for a price.")
    return int(whole)


def to_decimal(minor: int, currency: str) -> str:
    """Major units as a decimal string with the currency's own decimals: "99.70", "1200", "3.750"."""
    return f"{_major(minor, currency):f}"


def display(minor: int, currency: str, language: str) -> str:
    """Money as people who read `language` write it ("R$ 99,70"); an unknown language is written as in English."""
    amount, code = _major(minor, currency), currency.upper()
    # Babel would round away minor units where people no longer use them.
    is_customary = amount == round(amount, get_currency_precision(code))
    return format_currency(amount, code, locale=locale_of(language), decimal_quantization=is_customary)


def totals(lines: Iterable[Line]) -> list[Total]:
    """One sum per currency, in the order of their first lines; a line that lacks something adds nothing."""
    sums: dict[str, int] = {}
    for quantity, unit_minor, currency in lines:
        if quantity is not None and unit_minor is not None and currency is not None:
            sums[currency] = sums.get(currency, 0) + quantity * unit_minor
    return [Total(currency, minor) for currency, minor in sums.items()]


def single_total(lines: Iterable[Line]) -> Total | None:
    """The sum of all lines, or None where no single sum can be trusted: no lines, gaps, several currencies."""
    lines = list(lines)
    if any(part is None for line in lines for part in line):
        return None
    sums = totals(lines)
    return sums[0] if len(sums) == 1 else None


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies()) - {"XXX"}  # XXX means: no currency


def _decimal(amount: str | int | Decimal) -> Decimal:
    if isinstance(amount, str) and not _PLAIN.fullmatch(amount.strip()):
        raise InvalidInput(f"{quoted(amount)} is not an amount; write it like 12.50.")
    return Decimal(amount)


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(f"{minor}E-{exponent(currency)}")
