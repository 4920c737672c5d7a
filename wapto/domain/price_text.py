"""Reading a price that was written for people, as catalogs give it: "R$ 1.234,50", "10,00 €", "KWD 3.750".

In which language it was written is not known. So it counts only where every way to read it as an amount of this
currency gives the same one, and where nothing else is written beside it but the currency itself.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import (
    NumberFormatError,
    get_currency_precision,
    get_currency_symbol,
    get_territory_currencies,
    parse_decimal,
)

from wapto.domain.identity import locale_of
from wapto.domain.money import exponent, is_currency, parse_minor
from wapto.domain.text import clean
from wapto.errors import InvalidInput

_LONGEST = 60
_AMOUNT = re.compile(r"\d(?:[\d.,'’ ]*\d)?", re.ASCII)
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009", " ") | dict.fromkeys("\u200e\u200f\u061c"))
_AS_BABEL_WRITES = str.maketrans({"'": "’", " ": "\u202f"})
_ARABIC = str.maketrans({"٫": ".", "٬": ","})
# One language for each way to set apart thousands and decimals: 1,234.50  1.234,50  1 234,50  1’234.50  1,23,456.50
_WAYS = tuple(Locale.parse(code) for code in ("en", "de", "fr", "de_CH", "en_IN"))
_MOST_PLACES = 8  # whose spellings of a currency are looked up; the euro has many, and all of them write €
# As people type it where no keyboard has the symbol.
_ALSO_WRITTEN = {"BRL": ("RS",), "INR": ("Rs", "Rs."), "PEN": ("S/", "S/."), "CHF": ("Fr.", "SFr."), "USD": ("US$",)}


@lru_cache(maxsize=4096)  # a catalog has far fewer prices than items, and they stay the same
def price_of(text: str, currency: str | None) -> int | None:
    """Minor units, or None where the text does not say for certain how much it is in this currency."""
    if not currency or not is_currency(currency) or len(text) > _LONGEST:
        return None
    plain = _digits_of_all_scripts(clean(text).translate(_SPACES)).strip()
    amount = _AMOUNT.search(plain)
    if amount is None or not _is_only_currency(plain[: amount.start()], plain[amount.end() :], currency.upper()):
        return None
    readings = set(_readings(amount[0], currency.upper()))
    return readings.pop() if len(readings) == 1 else None


def _digits_of_all_scripts(text: str) -> str:
    """Arabic and other digits as 0 to 9; the Arabic separators stand for themselves and nothing else."""
    arabic = text.translate(_ARABIC) if "٫" in text or "٬" in text else text
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in arabic)


def _is_only_currency(before: str, after: str, currency: str) -> bool:
    """Whether what stands around the amount names this currency, once, or nothing at all."""
    written = [part.strip() for part in (before, after) if part.strip()]
    return not written or (len(written) == 1 and written[0].casefold() in _spellings(currency))


def _readings(digits: str, currency: str) -> Iterator[int]:
    for way in _WAYS:
        try:
            value = parse_decimal(digits.translate(_AS_BABEL_WRITES), way, strict=True)
        except (NumberFormatError, InvalidOperation):
            continue
        if _is_written_out(value, currency):
            try:
                yield parse_minor(value, currency)
            except InvalidInput:
                continue


def _is_written_out(value: Decimal, currency: str) -> bool:
    """Whether it has as many decimals as the currency, or none where three digits cannot be mistaken for decimals."""
    shown = -int(value.as_tuple().exponent)
    usual = {get_currency_precision(currency), exponent(currency)}
    return shown in usual or (shown == 0 and max(usual) < 3)


@lru_cache(maxsize=64)
def _spellings(currency: str) -> frozenset[str]:
    written = {currency, *_ALSO_WRITTEN.get(currency, ())}
    for locale in [locale_of("en"), *_places(currency)]:
        written.add(get_currency_symbol(currency, locale))
    # Where several countries share a symbol, theirs is told apart by the country: JP¥, CA$.
    written |= {f"{currency[:2]}{symbol}" for symbol in written if len(symbol) == 1}
    return frozenset(spelling.translate(_SPACES).strip().casefold() for spelling in written)


def _places(currency: str) -> list[Locale]:
    """How people write where the currency is their own."""
    found = []
    for territory in sorted(get_global("territory_currencies")):
        if currency in get_territory_currencies(territory):
            spoken = ("en", *get_official_languages(territory, de_facto=True))
            found += [locale_of(f"{language}_{territory}") for language in spoken]
        if len(found) >= _MOST_PLACES:
            break
    return found
