"""Reading a cart: what can be trusted becomes a number, what cannot is flagged, and nothing is lost or invented."""

from decimal import Decimal

import pytest

from wapto.desk.orders import carts
from wapto.meta.payloads import Order, OrderItem


def an_item(**changes):
    usual = {"product_retailer_id": "CUP", "quantity": Decimal(2), "item_price": Decimal("1.25"), "currency": "BRL"}
    return OrderItem(**{"quantity_text": "", "item_price_text": ""} | usual | changes)


def read(*items, text=""):
    return carts.read(Order(catalog_id="3", text=text, items=items), "BRL")


def line(**changes):
    [line] = read(an_item(**changes)).lines
    return line


def test_a_plain_cart_has_its_total_and_no_flags():
    reading = read(an_item(), an_item(item_price=Decimal(3), quantity=Decimal(1)), text="  ring twice\n")
    assert [(one.quantity, one.unit_minor, one.flags) for one in reading.lines] == [(2, 125, ()), (1, 300, ())]
    assert (reading.total, reading.note, reading.flags) == (("BRL", 550), "ring twice", ())


@pytest.mark.parametrize(
    ("changes", "quantity", "flags"),
    [
        ({"quantity": Decimal("3.0")}, 3, ()),
        ({"quantity": Decimal(999)}, 999, ()),
        ({"quantity": Decimal(1000)}, 1000, ("quantity_large",)),
        ({"quantity": Decimal(0)}, 0, ("quantity_zero",)),
        ({"quantity": Decimal(-2)}, None, ("quantity_unclear",)),
        ({"quantity": Decimal("1.5")}, None, ("quantity_unclear",)),
        ({"quantity": Decimal(10**9 + 1)}, None, ("quantity_unclear",)),
        ({"quantity": None}, None, ("quantity_unclear",)),
        ({"quantity": Decimal(10**8), "item_price": Decimal(10**9)}, None, ("quantity_unclear",)),
    ],
)
def test_a_quantity_is_kept_as_sent_where_it_can_be_one(changes, quantity, flags):
    found = line(**changes)
    assert (found.quantity, found.flags) == (quantity, flags)


@pytest.mark.parametrize(
    ("changes", "unit_minor", "flags"),
    [
        ({"item_price": Decimal(0)}, 0, ("price_zero",)),
        ({"item_price": Decimal("19.989999999999998")}, 1999, ()),
        ({"item_price": None}, None, ("price_unclear",)),
        ({"item_price": Decimal(-1)}, None, ("price_unclear",)),
        ({"item_price": Decimal("1.255")}, None, ("price_unclear",)),
        ({"item_price": Decimal("1e20")}, None, ("price_unclear",)),
        ({"item_price": Decimal(1200), "currency": "JPY"}, 1200, ("other_currency",)),
        ({"currency": "KWD", "item_price": Decimal("3.750")}, 3750, ("other_currency",)),
        ({"currency": None}, None, ("currency_unclear", "price_unclear")),
        ({"currency": "GOLD"}, None, ("currency_unclear", "price_unclear")),
    ],
)
def test_a_price_is_exact_or_flagged(changes, unit_minor, flags):
    found = line(**changes)
    assert (found.unit_minor, found.flags) == (unit_minor, flags)


def test_a_line_without_a_sku_is_shown_and_flagged():
    found = line(product_retailer_id="\x00 ")
    assert (found.sku, found.flags) == ("?", ("no_sku",))


def test_a_sku_keeps_its_spaces_and_zeros():
    assert line(product_retailer_id=" 0042 ").sku == " 0042 "


@pytest.mark.parametrize(
    ("items", "total", "flags"),
    [
        ([], None, ("empty_cart",)),
        ([an_item(), an_item(currency="USD")], None, ("several_currencies",)),
        ([an_item(), an_item(item_price=None)], None, ("no_total",)),
        ([an_item(), an_item(quantity=Decimal(0))], ("BRL", 250), ()),
    ],
)
def test_a_total_is_made_only_where_one_can_be_trusted(items, total, flags):
    reading = read(*items)
    assert (reading.total, reading.flags) == (total, flags)


def test_a_note_keeps_its_words_and_loses_what_no_database_holds():
    note = "ring twice\x00\ud800\n<!channel> *now* " + "á" * 4_000
    assert read(an_item(), text=note).note == "ring twice �\n<!channel> *now* " + "á" * 4_000
