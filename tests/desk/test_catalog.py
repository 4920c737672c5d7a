"""Lines of carts know their item in the catalog, or say why not."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_customer, a_number, an_order
from tests.desk.playing import ADMIN, a_shop, buy
from tests.meta.builders import item
from wapto.desk.catalog import catalog
from wapto.desk.catalog import lines as catalog_lines
from wapto.desk.orders import line_items, timeline
from wapto.domain.lines import LineItem
from wapto.errors import InvalidInput, Misconfigured, NotFound
from wapto.store.models import CatalogItem, CatalogSync, OrderLine

CATALOG, OTHER = "300000000000001", "300000000000002"


def an_item(sku="S1", **changes):
    usual = {
        "catalog": CATALOG, "sku": sku, "meta_id": "7", "name": "Shirt", "variant": "", "currency": "BRL",
        "price_text": "R$ 49,85", "price_minor": 4985, "sale_text": "", "availability": "in stock",
        "visibility": "published", "image_url": "https://images.example/1.jpg", "review": "APPROVED", "synced_at": NOW,
    }  # fmt: skip
    return CatalogItem.create(**usual | changes)


def read_to_its_end(which=CATALOG):
    CatalogSync.create(catalog=which, page=250, counts={}, summary={}, finished_at=NOW)


def line(sku="S1", **changes):
    return LineItem(**{"sku": sku, "name": sku, "quantity": 2, "unit_minor": 4985, "currency": "BRL"} | changes)


def named(*lines, **where):
    return catalog.name_lines(a_number(catalog=CATALOG), lines, NOW, **where)


def test_a_line_gets_the_name_and_the_price_of_its_item(store):
    an_item(variant="Red, M")
    assert named(line()) == [line(name="Shirt (Red, M)", catalog_minor=4985)]


def test_an_item_without_a_name_is_called_by_its_sku(store):
    an_item(name="")
    assert named(line())[0].name == "S1"


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"gone_at": NOW}, ("item_gone",)),
        ({"visibility": "staging"}, ("item_hidden",)),
        ({"review": "REJECTED"}, ("item_rejected",)),
        ({"price_minor": 4500}, ("price_differs",)),
        ({"price_minor": None}, ()),
        ({"currency": "USD", "price_minor": 1}, ()),
        ({"availability": "out of stock"}, ("out_of_stock",)),
        ({"availability": "preorder"}, ()),
        ({"inventory": 1}, ("short_stock",)),
        ({"inventory": 2}, ()),
        ({"inventory": 0}, ()),  # beside "in stock": nobody counts
        ({"sale_text": "R$ 40,00", "sale_minor": 4000}, ("price_differs",)),
        ({"sale_text": "R$ 40,00", "sale_minor": 4000, "sale_until": NOW}, ()),
        ({"sale_text": "cheap", "sale_minor": None}, ()),
    ],
)
def test_what_is_wrong_with_an_item_is_flagged(store, changes, flags):
    an_item(**changes)
    [found] = named(line())
    assert (found.flags, found.name) == (flags, "Shirt")


def test_two_lines_of_one_item_share_its_stock(store):
    an_item(inventory=3)
    assert [found.flags for found in named(line(), line(unit_minor=4985))] == [("short_stock",)] * 2


def test_an_unknown_sku_is_flagged_once_the_catalog_was_read_to_its_end(store):
    number = a_number(catalog=CATALOG)
    assert catalog.name_lines(number, [line("NEW")], NOW) == [line("NEW")]
    read_to_its_end()
    assert catalog.name_lines(number, [line("NEW")], NOW) == [line("NEW", flags=("unknown_sku",))]


def test_a_cart_of_another_catalog_is_not_looked_up_in_ours(store):
    an_item()
    assert named(line(), catalog=OTHER) == [line(flags=("other_catalog",))]
    assert catalog.name_lines(a_number(phone_number_id="2"), [line()], NOW) == [line()]


def test_flags_of_the_cart_itself_stay(store):
    an_item(price_minor=1)
    assert named(line(flags=("quantity_large",)))[0].flags == ("quantity_large", "price_differs")


def test_naming_twice_changes_nothing_more(store):
    an_item(price_minor=1)
    number = a_number(catalog=CATALOG)
    once = catalog.name_lines(number, [line(), line("NEW")], NOW)
    assert catalog.name_lines(number, once, NOW) == once


def test_a_price_is_compared_with_that_of_the_catalog_when_the_cart_came(store):
    known = an_item(price_minor=4500)
    number = a_number(catalog=CATALOG)
    [once] = catalog.name_lines(number, [line()], NOW)
    known.price_minor = 4985
    known.save()
    assert catalog.name_lines(number, [once], NOW) == [once]


def test_the_lines_of_many_carts_take_one_query(sqlite_store, monkeypatch):
    number = a_number(catalog=CATALOG)
    for place in range(600):
        an_item(f"S{place}")
    asked = []
    select = CatalogItem.select
    monkeypatch.setattr(CatalogItem, "select", lambda *fields: asked.append(1) or select(*fields))
    catalog.name_lines(number, [line(f"S{place}") for place in range(400)] * 5, NOW)
    assert len(asked) == 1


def order_of(*lines, number, **changes):
    order = an_order(number, a_customer(phone=None), **changes)
    line_items.replace(order.id, lines)
    return order


def test_a_sku_is_tied_to_an_item_from_then_on_and_in_open_orders(store):
    number = a_number(catalog=CATALOG)
    an_item("NEW", price_minor=4500)
    read_to_its_end()
    unknown = line("OLD", flags=("unknown_sku",))
    opened = order_of(unknown, line("X"), number=number)
    closed = order_of(unknown, number=number, status="delivered")
    assert catalog_lines.tie(number, "OLD", "NEW", actor=ADMIN, now=NOW) == 1
    tied = line("OLD", name="Shirt", flags=("price_differs",), catalog_minor=4500)
    assert line_items.of_order(opened.id) == (tied, line("X"))
    assert line_items.of_order(closed.id) == (unknown,)
    assert catalog.name_lines(number, [line("OLD")], NOW) == [tied]
    [entry] = timeline.entries(opened.id)
    assert (entry.kind, entry.actor, entry.after) == ("items_named", "admin", "Shirt")


def test_a_tie_can_be_changed_and_never_hides_an_item(store):
    number = a_number(catalog=CATALOG)
    an_item("NEW")
    an_item("NEWER", name="Blouse")
    for target in ("NEW", "NEWER"):
        catalog_lines.tie(number, "OLD", target, actor=ADMIN, now=NOW)
    assert catalog.name_lines(number, [line("OLD")], NOW)[0].name == "Blouse"
    with pytest.raises(InvalidInput, match="an item of the catalog itself"):
        catalog_lines.tie(number, "NEW", "NEWER", actor=ADMIN, now=NOW)


def test_a_sku_whose_item_is_gone_can_stand_for_another(store):
    number = a_number(catalog=CATALOG)
    an_item("OLD", gone_at=NOW, name="Old shirt")
    an_item("NEW")
    order = order_of(line("OLD", name="Old shirt", flags=("item_gone",)), number=number)
    catalog_lines.tie(number, "OLD", "NEW", actor=ADMIN, now=NOW)
    assert [(one.name, one.flags) for one in line_items.of_order(order.id)] == [("Shirt", ())]


def test_what_cannot_be_tied_is_refused_with_a_way_out(store):
    number = a_number(catalog=CATALOG)
    an_item("SHIRT-RED")
    an_item("LATE", gone_at=NOW)
    with pytest.raises(NotFound, match="Near it: SHIRT-RED"):
        catalog_lines.tie(number, "OLD", "shirt", actor=ADMIN, now=NOW)
    with pytest.raises(NotFound, match="wapto catalog list --search"):
        catalog_lines.tie(number, "OLD", "mug", actor=ADMIN, now=NOW)
    with pytest.raises(InvalidInput, match="is gone"):
        catalog_lines.tie(number, "OLD", "LATE", actor=ADMIN, now=NOW)
    with pytest.raises(Misconfigured, match="has no catalog"):
        catalog_lines.tie(a_number(phone_number_id="2"), "OLD", "SHIRT-RED", actor=ADMIN, now=NOW)


def test_settling_touches_only_what_has_no_name_yet(store):
    number = a_number(catalog=CATALOG)
    an_item("S1")
    order = order_of(line(), line("S1", name="A name that the customer was told"), number=number)
    assert catalog_lines.settle(CATALOG, NOW + timedelta(hours=1)) == 1
    assert [row.name for row in OrderLine.select().where(OrderLine.order == order).order_by(OrderLine.position)] == [
        "Shirt",
        "A name that the customer was told",
    ]
    assert catalog_lines.settle(CATALOG, NOW + timedelta(hours=2)) == 0


def test_items_are_found_by_sku_and_by_name_in_any_case(store):
    an_item("SHIRT-1", name="Camisa")
    an_item("MUG-1", name="Caneca")
    an_item("MUG-2", name="Caneca velha", gone_at=NOW)
    found = {text: [one.sku for one in catalog.search(CATALOG, text, limit=9)] for text in (None, "mug", "CANECA", "%")}
    assert found == {None: ["MUG-1", "SHIRT-1"], "mug": ["MUG-1"], "CANECA": ["MUG-1"], "%": []}
    assert len(catalog.search(CATALOG, "mug", limit=9, gone=True)) == 2


def test_carts_are_taken_in_with_names_prices_and_doubts(store):
    a_shop(catalog=CATALOG)
    read_to_its_end()
    an_item("RED", name="Red shirt", price_minor=4500)
    lines = [item(product_retailer_id=sku) for sku in ("RED", "X")]
    order = buy(order={"catalog_id": CATALOG, "product_items": lines})
    known, unknown = line_items.of_order(order.id)
    assert (known.name, known.flags) == ("Red shirt", ("price_differs",))
    assert (unknown.name, unknown.flags) == ("X", ("unknown_sku",))
    assert CatalogSync.get().due_at == NOW + timedelta(minutes=15)


def test_a_cart_of_a_catalog_that_was_never_read_asks_for_that_at_once(store):
    a_shop(catalog=CATALOG)
    order = buy(order={"catalog_id": CATALOG, "product_items": [item(product_retailer_id="X")]})
    assert line_items.of_order(order.id)[0].flags == ()
    assert CatalogSync.get().due_at == NOW
    an_item("X", price_minor=None)
    catalog_lines.settle(CATALOG, NOW)
    assert line_items.of_order(order.id)[0].name == "Shirt"


def test_carts_of_other_catalogs_are_told_apart_and_ask_for_nothing(store):
    a_shop(catalog=CATALOG)
    an_item("RED")
    order = buy(order={"catalog_id": OTHER, "product_items": [item(product_retailer_id="RED")]})
    assert line_items.of_order(order.id)[0].flags == ("other_catalog",)
    assert CatalogSync.select().count() == 0


def test_carts_that_come_together_share_no_stock(store):
    number = a_shop(catalog=CATALOG)
    an_item(inventory=3)
    assert (
        catalog.name_carts(number, [([line()], None), ([line()], CATALOG)], NOW)
        == [[line(name="Shirt", catalog_minor=4985)]] * 2
    )
