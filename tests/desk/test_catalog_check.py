"""The check of a catalog counts what keeps customers from buying, and names what to mend."""

import pytest

from tests.desk.builders import NOW, a_customer, a_number, an_order
from tests.desk.test_catalog import CATALOG, OTHER, an_item
from wapto.desk.catalog import check as catalog_check
from wapto.store.models import CatalogAlias, OrderLine


def sold(sku, number, **changes):
    order = an_order(number, a_customer(phone=None), **changes)
    OrderLine.update(sku=sku).where(OrderLine.order == order).execute()


def found():
    return {one.name: (one.count, *one.examples) for one in catalog_check.check(CATALOG).findings}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"review": "REJECTED"}, "rejected for WhatsApp"),
        ({"price_text": "", "price_minor": None}, "without price"),
        ({"price_minor": 0}, "price is zero"),
        ({"image_url": None}, "without image"),
        ({"name": ""}, "without name"),
        ({"visibility": "staging"}, "hidden"),
        ({"availability": "out of stock"}, "not in stock"),
    ],
)
def test_what_keeps_customers_from_buying_lowers_the_score(store, changes, name):
    sold("S1", a_number(catalog=CATALOG))
    an_item(**changes)
    health = catalog_check.check(CATALOG)
    assert (health.score, [(one.name, one.examples, one.is_grave) for one in health.findings]) == (
        0,
        [(name, ("S1",), True)],
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"inventory": 0}, "in stock with an inventory of zero"),
        ({"review": "PENDING"}, "under review"),
        ({"price_minor": None}, "price not certain"),
    ],
)
def test_what_agents_will_stumble_over_leaves_the_score(store, changes, name):
    sold("S1", a_number(catalog=CATALOG))
    an_item(**changes)
    assert found() == {name: (1, "S1")}
    assert catalog_check.check(CATALOG).score == 100


def test_twins_are_named(store):
    an_item("A", name="Mug")
    an_item("B", name="Mug")
    an_item("C", name="Mug", variant="Red")
    an_item("c", name="Cup")
    an_item("D", name="Mug", gone_at=NOW)
    an_item("E", name="Mug", catalog=OTHER)
    names = found()
    assert names["named like another"] == (2, "A", "B")
    assert names["SKU like another's but for case"][0] == 2


def test_what_was_never_sold_is_told_from_what_was(store):
    number = a_number(catalog=CATALOG)
    for sku in ("S1", "S2", "S3"):
        an_item(sku, name=sku)
    sold("S1", number)
    sold("OLD", number)
    CatalogAlias.create(catalog=CATALOG, sku="OLD", target="S2", actor="admin", created_at=NOW)
    assert found() == {"never sold": (1, "S3")}


def test_what_is_gone_but_in_open_orders_can_be_mapped(store):
    number = a_number(catalog=CATALOG)
    an_item("S1", gone_at=NOW)
    an_item("S2", gone_at=NOW)
    an_item("S3", gone_at=NOW)
    sold("S1", number)
    sold("S2", number, status="delivered")
    sold("S3", number)
    CatalogAlias.create(catalog=CATALOG, sku="S3", target="S9", actor="admin", created_at=NOW)
    assert found() == {"in open orders but gone": (1, "S1")}


def test_the_score_is_of_a_hundred_and_examples_are_few(store):
    for place in range(10):
        an_item(f"S{place}", name=f"Item {place}", image_url=None if place < 7 else "https://i.example/1.jpg")
    health = catalog_check.check(CATALOG)
    assert (health.items, health.score) == (10, 30)
    assert found()["without image"] == (7, "S0", "S1", "S2", "S3", "S4")


def test_an_unknown_catalog_has_no_score(store):
    assert catalog_check.check(CATALOG) == catalog_check.Health(0, None, ())
