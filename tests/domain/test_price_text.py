"""A price that was written for people is read only where it can mean one thing."""

from decimal import Decimal

import pytest
from babel.localedata import locale_identifiers
from babel.numbers import format_currency

from wapto.domain.money import parse_minor, to_decimal
from wapto.domain.price_text import price_of

AMOUNTS = ("0", "5", "9.99", "10", "99.9", "1234.5", "98765.43", "1234567")
# Ten currencies, each in the languages of those who use it and of others who may have written it.
WRITTEN = {
    "BRL": ("pt_BR", "en_US", "es_AR"),
    "USD": ("en_US", "es_US", "de_DE"),
    "EUR": ("de_DE", "fr_FR", "es_ES", "it_IT", "pt_PT", "nl_NL", "en_IE"),
    "JPY": ("ja_JP", "en_US", "de_DE"),
    "INR": ("hi_IN", "en_IN", "en_US"),
    "MXN": ("es_MX", "en_US"),
    "IDR": ("id_ID", "en_US"),
    "CHF": ("de_CH", "fr_CH", "en_US"),
    "KWD": ("ar_KW", "en_US", "de_DE"),
    "CLP": ("es_CL", "en_US"),
}


def every_format():
    for currency, languages in WRITTEN.items():
        for language in languages:
            yield from ((currency, language, amount) for amount in AMOUNTS)


def shown_amount(currency, amount):
    """With as many decimals as people write in this currency."""
    digits = {"JPY": 0, "CLP": 0, "KWD": 3}.get(currency, 2)
    return Decimal(amount).quantize(Decimal(1).scaleb(-digits))


@pytest.mark.parametrize(("currency", "language", "amount"), list(every_format()))
def test_every_way_to_write_ten_currencies_is_read(currency, language, amount):
    shown = shown_amount(currency, amount)
    text = format_currency(shown, currency, locale=language)
    assert price_of(text, currency) == parse_minor(shown, currency)


@pytest.mark.parametrize("currency", ["USD", "BRL", "JPY", "KWD", "INR", "CHF", "CLP", "IQD", "RSD"])
def test_no_language_of_all_there_are_is_misread(currency):
    amounts = [parse_minor(amount, currency) for amount in ("5", "12", "1234", "1234567")]
    for language in sorted(locale_identifiers())[::5]:
        for minor in amounts:
            text = format_currency(Decimal(to_decimal(minor, currency)), currency, locale=language)
            assert price_of(text, currency) in (minor, None), (language, text)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("9.99 USD", "USD", 999),  # as items_batch writes it
        ("12.50", "USD", 1250),
        ("RS 10,00", "BRL", 1000),
        ("Rs. 1,299.00", "INR", 129900),
        ("R$ 10", "BRL", 1000),
        ("CHF 1'234.50", "CHF", 123450),
        ("1.234,50 €", "eur", 123450),
        ("٣٫٧٥٠ د.ك.", "KWD", 3750),
        ("$0.00", "USD", 0),
        ("JP¥ 1,200", "JPY", 1200),
        ("CA$5.00", "CAD", 500),
    ],
)
def test_other_ways_that_leave_no_doubt_are_read_too(text, currency, minor):
    assert price_of(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("IQD 1.250", "IQD"),  # people leave the three decimals off, the standard does not
        ("KWD 15", "KWD"),
        ("$10.5", "USD"),
        ("$10.00 - $20.00", "USD"),
        ("from $10.00", "USD"),
        ("$10.00 / kg", "USD"),
        ("-$5.00", "USD"),
        ("1.23.4 €", "EUR"),
        ("US$ 5.00", "BRL"),
        ("€ 5,00", "USD"),
        ("$5.00 USD", "USD"),
        ("$5.00", None),
        ("$5.00", "GOLD"),
        ("", "USD"),
        ("free", "USD"),
        ("9" * 30, "USD"),
        ("1" * 1000, "USD"),
    ],
)
def test_what_could_mean_something_else_stays_unknown(text, currency):
    assert price_of(text, currency) is None
