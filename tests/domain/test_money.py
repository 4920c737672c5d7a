"""Money: exact, in each currency's own decimals, never added across currencies."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wapto.domain.money import (
    Total,
    display,
    exponent,
    is_currency,
    normal_currency,
    parse_minor,
    single_total,
    to_decimal,
    totals,
)
from wapto.domain.text import flatten
from wapto.errors import InvalidInput

currencies = st.sampled_from(["BRL", "JPY", "KWD", "IDR", "RSD", "CLF"])
minors = st.integers(-(10**15) + 1, 10**15 - 1)
quantities = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("BRL", 2), ("IDR", 2), ("JPY", 0), ("CLP", 0), ("KWD", 3), ("IQD", 3), ("RSD", 2), ("MGA", 2), ("CLF", 4)],
)
def test_each_currency_has_the_decimals_of_iso_4217(currency, decimals):
    assert exponent(currency) == decimals
    assert exponent(currency.lower()) == decimals


@pytest.mark.parametrize("code", ["", "R$", "BR", "BRLL", "ZZZ", "XXX", "ＢＲＬ", "B L"])
def test_what_is_no_currency_is_refused(code):
    assert not is_currency(code)
    with pytest.raises(InvalidInput, match="not a currency"):
        exponent(code)


def test_a_currency_may_be_typed_in_any_case():
    assert is_currency("brl")
    assert normal_currency("brl") == "BRL"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (Decimal("19.99"), "USD", 1999),
        (Decimal("19.989999999999998"), "USD", 1999),  # 19.99 that went through binary floating point
        (Decimal("0.30000000000000004"), "USD", 30),
        (Decimal("7.990000000"), "GBP", 799),
        (Decimal("599.9"), "BRL", 59990),
        (2399, "BRL", 239900),
        (Decimal("1.255"), "KWD", 1255),
        (Decimal("12.5"), "KWD", 12500),
        (180, "JPY", 180),
        (Decimal("180.0"), "JPY", 180),
        (1250000, "IDR", 125000000),
        ("100.00", "ARS", 10000),
        (" 120 ", "INR", 12000),
        (Decimal("1E+3"), "USD", 100000),
        (Decimal("999999.99"), "USD", 99999999),
        (0, "USD", 0),
        ("-2.50", "USD", -250),
    ],
)
def test_prices_as_they_come_in_carts(amount, currency, minor):
    assert parse_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount",
    ["", "free", "12,50", "1.234,50", "1_000", "1e3", "٣", "0x10", "NaN", "Infinity", "$5", "--1", "1" * 50]
    + [Decimal(text) for text in ("NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "1E+15")],
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(InvalidInput, match=r"amount|too large"):
        parse_minor(amount, "USD")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("1.005", "USD"),
        ("0.001", "USD"),
        ("180.5", "JPY"),
        ("1.2555", "KWD"),
        ("100000000.005", "USD"),
        ("0.000000001", "USD"),
    ],
)
def test_more_decimals_than_the_currency_has_are_never_rounded_away(amount, currency):
    with pytest.raises(InvalidInput, match="more decimals"):
        parse_minor(amount, currency)


@pytest.mark.parametrize("amount", [10**13, "-10000000000000.00", 10**40])
def test_an_absurd_amount_is_refused(amount):
    with pytest.raises(InvalidInput):
        parse_minor(amount, "USD")


@given(st.floats(0, 10**9, allow_nan=False), currencies)
def test_a_price_that_went_through_a_float_is_still_itself(price, currency):
    exact = round(Decimal(price), exponent(currency))
    minor = parse_minor(exact, currency)
    assert parse_minor(Decimal(float(exact)), currency) == minor


@given(minors, currencies)
def test_an_amount_survives_the_way_out_and_in(minor, currency):
    assert parse_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (9970, "BRL", "99.70"),
        (1200, "JPY", "1200"),
        (3750, "KWD", "3.750"),
        (5, "USD", "0.05"),
        (-5, "USD", "-0.05"),
        (0, "KWD", "0.000"),
        (99999999000000, "USD", "999999990000.00"),
        (10**30 + 1, "USD", "1" + "0" * 28 + ".01"),
    ],
)
def test_the_decimal_string_has_the_currency_s_own_decimals(minor, currency, text):
    assert to_decimal(minor, currency) == text


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (123450, "BRL", "pt_BR", "R$ 1.234,50"),
        (123450, "BRL", "en", "R$1,234.50"),
        (15000000, "INR", "hi", "₹1,50,000.00"),
        (1200, "JPY", "en", "¥1,200"),
        (3750, "KWD", "de", "3,750 KWD"),
        (1050, "RSD", "en", "RSD10.5"),
        (1000, "RSD", "en", "RSD10"),
        (500, "USD", "tlh", "$5.00"),
        (500, "EUR", "de_FR", "5,00 €"),
    ],
)
def test_people_read_money_as_their_language_writes_it(minor, currency, language, text):
    assert flatten(display(minor, currency, language)) == text


def test_tenths_add_up_exactly():
    assert single_total([(3, 10, "USD"), (3, 20, "USD")]) == Total("USD", 90)


def test_a_free_line_and_a_line_of_nothing_do_not_spoil_the_total():
    assert single_total([(1, 0, "USD"), (0, 2000, "USD"), (2, 450, "USD")]) == Total("USD", 900)


def test_currencies_are_never_added_up():
    lines = [(2, 1000, "USD"), (1, 4550, "BRL"), (1, 5, "USD")]
    assert totals(lines) == [Total("USD", 2005), Total("BRL", 4550)]
    assert single_total(lines) is None


@pytest.mark.parametrize("gap", [(None, 4000, "USD"), (2, None, "USD"), (2, 4000, None), (None, None, None)])
def test_a_line_with_a_gap_leaves_no_single_total(gap):
    lines = [gap, (1, 500, "USD")]
    assert totals(lines) == [Total("USD", 500)]
    assert single_total(lines) is None


def test_no_lines_have_no_total():
    assert totals([]) == []
    assert single_total([]) is None


@given(st.lists(st.tuples(quantities, minors, currencies)))
def test_totals_are_exact_sums(lines):
    expected = {}
    for quantity, unit, currency in lines:
        expected[currency] = expected.get(currency, 0) + Decimal(quantity) * unit
    assert dict(totals(iter(lines))) == expected
    assert (single_total(iter(lines)) is not None) == (len(expected) == 1)
