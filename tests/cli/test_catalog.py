"""`wapto catalog`: fetched from the Graph API over HTTP, listed, checked, and mapped."""

import os
import pty
import subprocess
import sys

import pytest

from sandbox.graph import Graph
from sandbox.graph.catalogs import PRODUCTS, item
from sandbox.graph.world import Number as GraphNumber
from sandbox.graph.world import Waba
from tests.cli.running import ENOUGH, Terminal
from tests.desk.builders import an_order
from tests.desk.playing import a_shop, buy
from tests.desk.test_catalog import CATALOG, an_item
from tests.meta.builders import NUMBER, WABA
from tests.meta.builders import item as cart_item
from wapto.domain.identity import order_number
from wapto.store.models import Number, OrderLine


@pytest.fixture
def graph():
    number = GraphNumber(NUMBER, "+55 11 4000-0001", "Loja", catalog_id=CATALOG)
    with Graph([Waba(WABA, [number])], access_tokens=["access-token"], app_secret="s", page_size=500) as graph:
        graph.shelf.put(CATALOG, item("S1", "Shirt", "R$ 49,85", "BRL"), item("S2", "Mug", "R$ 10,00", "BRL"))
        yield graph


@pytest.fixture
def wapto(sqlite_store, graph):
    return Terminal(DATABASE_URL=sqlite_store, **ENOUGH | {"META_GRAPH_URL": graph.url})


def test_a_sync_says_what_changed_and_the_list_shows_it(wapto, graph):
    a_shop(catalog=CATALOG)
    done = wapto("catalog", "sync")
    assert (done.code, done.err) == (0, f"Catalog {CATALOG}: 2 added, 0 changed, 0 gone, 0 as they were.\n")
    graph.shelf.put(CATALOG, item("S1", "Shirt", "R$ 55,00", "BRL", inventory=3))
    assert wapto("catalog", "sync").err == (
        f"Catalog {CATALOG}: 0 added, 1 changed (1 in price, 1 in stock), 0 gone, 1 as they were.\n"
    )
    [mug, shirt] = wapto.json("catalog", "list")[::-1]
    assert (shirt["sku"], shirt["price"], shirt["currency"], shirt["inventory"]) == ("S1", "55.00", "BRL", 3)
    assert mug["price_text"] == "R$ 10,00"
    assert [one["sku"] for one in wapto.json("catalog", "list", "--search", "mug")] == ["S2"]


def test_a_number_without_a_catalog_takes_the_one_that_meta_has_for_its_account(wapto):
    a_shop()
    assert wapto("catalog", "sync").code == 0
    assert Number.get().catalog == CATALOG


def test_without_any_catalog_the_sentence_says_where_to_connect_one(wapto, graph):
    a_shop()
    graph.shelf.disconnect(CATALOG)
    assert f"`wapto numbers set {NUMBER} catalog=ID`" in wapto("catalog", "sync").sentence
    assert "no catalog" in wapto("catalog", "list").sentence


def test_two_numbers_with_one_catalog_fetch_it_once(wapto):
    a_shop(catalog=CATALOG)
    a_shop(phone_number_id="100000000000002", catalog=CATALOG)
    assert len(wapto("catalog", "sync").err.splitlines()) == 1


def test_metas_refusal_is_one_sentence_and_the_next_call_goes_on(wapto, graph):
    a_shop(catalog=CATALOG)
    graph.fail(2, call=PRODUCTS)
    assert "down for a moment" in wapto("catalog", "sync").sentence
    assert wapto("catalog", "sync").code == 0


def test_the_check_prints_a_score_and_what_to_mend(wapto):
    a_shop(catalog=CATALOG)
    an_item("S1", image_url=None)
    an_item("S2", name="Mug")
    done = wapto("catalog", "check")
    assert "Give it an image in Commerce Manager." in done.out
    assert done.err == "Health: 50 of 100; 2 items.\n"
    health = wapto.json("catalog", "check")
    assert (health["score"], health["items"], health["catalog"]) == (50, 2, CATALOG)
    assert health["findings"][0] == {
        "name": "without image", "count": 1, "examples": ["S1"], "advice": "Give it an image in Commerce Manager.",
        "grave": True,
    }  # fmt: skip


def test_the_check_of_nothing_says_how_to_begin(wapto):
    a_shop(catalog=CATALOG)
    assert wapto("catalog", "check").err == "No items are known; fetch them with `wapto catalog sync`.\n"


def test_a_sku_is_mapped_for_open_orders_too(wapto):
    an_item("NEW")
    an_order(a_shop(catalog=CATALOG))
    OrderLine.update(sku="OLD", name="OLD").execute()
    done = wapto("catalog", "map", "OLD", "NEW")
    assert done.err == "OLD means NEW from now on; 1 open order(s) changed.\n"
    assert OrderLine.get().name == "Shirt"
    assert "no item" in wapto("catalog", "map", "OLD", "NONE").sentence


def test_cart_and_catalog_are_shown_and_switched(wapto):
    a_shop(catalog=CATALOG)
    shown = {"phone_number_id": NUMBER, "catalog": CATALOG, "cart": True, "visible": False}
    assert wapto.json("catalog", "settings") == shown
    assert wapto.json("catalog", "settings", "--visible") == shown | {"visible": True}
    assert wapto.json("catalog", "settings", "--no-cart", "--hidden") == shown | {"cart": False}
    assert wapto.json("catalog", "settings") == shown | {"cart": False}


def test_a_number_whose_catalog_is_not_connected_has_no_settings(wapto, graph):
    a_shop(catalog=CATALOG)
    graph.shelf.disconnect(CATALOG)
    assert "connect a catalog" in wapto("catalog", "settings", "--cart").sentence


def test_a_price_that_differs_is_settled_from_the_terminal_too(wapto):
    an_item("RED", price_minor=4500)
    a_shop(catalog=CATALOG)
    lines = [cart_item(product_retailer_id="RED", quantity=2, item_price=49.85)]
    number = order_number(buy(order={"catalog_id": CATALOG, "product_items": lines}).id)
    [line] = wapto.json("orders", "show", number)["items"]
    assert (line["name"], line["unit_price"], line["flags"]) == ("Shirt", "49.85", ["price_differs"])
    order = wapto.json("orders", "price", number, "1", "change")
    assert (order["items"][0]["unit_price"], order["items"][0]["flags"], order["total"]) == ("45.00", [], "90.00")
    assert "settled already" in wapto("orders", "price", number, "1", "honor").sentence


@pytest.mark.slow
def test_whoever_watches_sees_a_bar(graph, sqlite_store):
    a_shop(catalog=CATALOG)
    ours, theirs = pty.openpty()
    settings = ENOUGH | {"DATABASE_URL": sqlite_store, "META_GRAPH_URL": graph.url, "NO_PROXY": "127.0.0.1"}
    words = [sys.executable, "-m", "cli", "catalog", "sync"]
    done = subprocess.run(words, env={"PATH": os.environ["PATH"], **settings}, stderr=theirs, timeout=30)
    os.close(theirs)
    seen = os.read(ours, 65_536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "2/2" in seen
    assert f"Catalog {CATALOG}: 2 added" in seen
