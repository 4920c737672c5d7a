"""Items as people type them become lines, or a sentence about the one that cannot be read."""

import pytest

from wapto.desk.orders import items
from wapto.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "sku", "quantity", "minor", "flags"),
    [
        ("MUG=2@19.90", "MUG", 2, 1990, ()),
        (" MUG = 2 @ 19,90 ", "MUG", 2, 1990, ()),
        ("MUG=2", "MUG", 2, None, ("price_unclear",)),
        ("A=B=1@5", "A=B", 1, 500, ()),
        ("MUG=0@5", "MUG", 0, 500, ("quantity_zero",)),
        ("MUG=1@0", "MUG", 1, 0, ("price_zero",)),
    ],
)
def test_a_line_is_a_sku_a_quantity_and_a_price(typed, sku, quantity, minor, flags):
    reading = items.read([typed, ""], "gift", "BRL")
    [line] = reading.lines
    assert (line.sku, line.quantity, line.unit_minor, line.currency, line.flags) == (sku, quantity, minor, "BRL", flags)
    assert reading.note == "gift"


@pytest.mark.parametrize("typed", ["MUG", "=2", "MUG=x", "MUG=-1", "MUG=1.5", "MUG=2@", "MUG=2@cheap", "MUG=2@-1"])
def test_a_line_that_cannot_be_read_is_named(typed):
    with pytest.raises(InvalidInput, match="is no item; write SKU=QUANTITY@PRICE"):
        items.read([typed], "", "BRL")


@pytest.mark.parametrize("typed", [[], ["", "  "], ["MUG=1"] * 201])
def test_nothing_and_too_much_are_refused(typed):
    with pytest.raises(InvalidInput):
        items.read(typed, "", "BRL")


def test_prices_have_the_fractions_of_their_currency():
    assert items.read(["MUG=1@1200"], "", "JPY").lines[0].unit_minor == 1200
    assert items.read(["MUG=1@3.750"], "", "KWD").lines[0].unit_minor == 3750
