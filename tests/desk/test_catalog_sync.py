"""A catalog is read page by page over HTTP; whatever happens on the way, the next call goes on."""

from datetime import timedelta

import pytest
from babel.numbers import format_currency

from sandbox.graph import Graph
from sandbox.graph.catalogs import PRODUCTS, item
from sandbox.graph.world import Number, Waba
from tests.desk.builders import NOW, SHOP, WABA, a_number, an_agent
from tests.domain.test_price_text import every_format, shown_amount
from wapto.desk.catalog import catalog
from wapto.desk.catalog import sync as catalog_sync
from wapto.domain.money import parse_minor
from wapto.errors import Refused, TryLater
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError
from wapto.store.database import transaction
from wapto.store.models import AdminAlert, CatalogItem, CatalogSync

CATALOG, OTHER = "300000000000001", "300000000000002"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def graph():
    shop = Number(SHOP, "+55 11 4000-0001", "Loja", catalog_id=CATALOG)
    with Graph([Waba(WABA, [shop])], access_tokens=["good"], app_secret="secret", page_size=1_000) as graph:
        graph.shelf.put(CATALOG)
        yield graph


def client(graph):
    return GraphClient(graph.url, "v25.0", "good")


def sync(graph, now=NOW, which=CATALOG, told=lambda seen: None):
    return catalog_sync.sync(client(graph), which, lambda: now, told)


def lane(graph, now=NOW):
    """Works as the lane does until nothing is due; how many pages that took."""
    for pages in range(200):
        if not catalog_sync.drain(client(graph), lambda: now):
            return pages
    raise AssertionError("The reading never ends.")


def shirts(count, price="R$ 10,00", **more):
    return [item(f"S{place:05}", f"Shirt {place}", price, "BRL", **more) for place in range(count)]


def counts(**changes):
    return dict.fromkeys(catalog_sync.COUNTS, 0) | changes


def known(sku="S00000"):
    return CatalogItem.get(CatalogItem.catalog == CATALOG, CatalogItem.sku == sku)


def test_all_pages_of_a_catalog_of_5000_items_are_read(sqlite_store, graph):
    graph.shelf.put(CATALOG, *shirts(5_000))
    seen = []
    assert sync(graph, told=seen.append) == counts(added=5_000)
    assert CatalogItem.select().count() == 5_000
    assert seen == [250 * page for page in range(1, 21)]


def test_a_second_reading_sums_up_what_changed(store, graph):
    graph.shelf.put(CATALOG, *shirts(5))
    sync(graph)
    graph.shelf.put(CATALOG, item("S00000", "Shirt 0", "R$ 12,00", "BRL"))
    graph.shelf.put(CATALOG, item("S00001", "Shirt 1", "R$ 10,00", "BRL", inventory=3))
    graph.shelf.put(CATALOG, item("S00002", "Blouse", "R$ 10,00", "BRL"))
    graph.shelf.put(CATALOG, item("NEW", "Socks", "R$ 5,00", "BRL"))
    graph.shelf.remove(CATALOG, "S00003")
    assert sync(graph, LATER) == counts(added=1, changed=3, gone=1, kept=1, prices=1, stock=1)
    assert (known().price_minor, known("S00001").inventory, known("S00002").name) == (1200, 3, "Blouse")
    assert known("S00003").gone_at == LATER


def test_what_was_gone_may_come_back(store, graph):
    graph.shelf.put(CATALOG, *shirts(1))
    sync(graph)
    graph.shelf.remove(CATALOG, "S00000")
    graph.shelf.put(CATALOG, item("S9", "Other", "R$ 1,00", "BRL"))
    sync(graph, LATER)
    graph.shelf.put(CATALOG, *shirts(1))
    assert sync(graph, LATER + timedelta(hours=1))["changed"] == 1
    assert known().gone_at is None


def test_the_same_sku_in_two_catalogs_is_two_items(store, graph):
    graph.shelf.put(CATALOG, *shirts(1))
    graph.shelf.put(OTHER, *shirts(1, price="R$ 11,00"))
    sync(graph)
    sync(graph, which=OTHER)
    assert {row.catalog: row.price_minor for row in CatalogItem.select()} == {CATALOG: 1000, OTHER: 1100}


def test_a_page_that_is_too_big_for_meta_is_halved(store, graph):
    graph.shelf.heaviest = 70
    graph.shelf.put(CATALOG, *shirts(130))
    assert sync(graph) == counts(added=130)
    assert [refused.code for refused in graph.refused] == [1, 1]  # 250, 125; then 62 for all that follow


def test_an_unknown_problem_that_lasts_is_no_reason_to_halve_forever(store, graph):
    graph.shelf.put(CATALOG, *shirts(1))
    graph.fail(1, next=99, call=PRODUCTS)
    with pytest.raises(GraphError):
        sync(graph)
    assert len(graph.refused) == 8


@pytest.mark.parametrize("break_it", ["reset", "html", "fail"])
def test_a_reading_that_broke_off_goes_on_where_it_stopped(store, graph, break_it):
    graph.shelf.put(CATALOG, *shirts(600))
    fault = {"fail": lambda: graph.fail(2, call=PRODUCTS), "html": lambda: graph.html(call=PRODUCTS)}
    steps = []

    def told(seen):
        steps.append(seen)
        if seen == 250:
            fault.get(break_it, lambda: graph.reset(call=PRODUCTS))()

    with pytest.raises((GraphError, TryLater)):
        sync(graph, told=told)
    assert CatalogItem.select().count() == 250
    assert sync(graph, told=steps.append) == counts(added=600)
    assert steps == [250, 500, 600]


def test_what_a_broken_reading_did_not_see_is_not_gone(store, graph):
    graph.shelf.put(CATALOG, *shirts(600))
    sync(graph)
    graph.fail(2, call=PRODUCTS)
    with pytest.raises(GraphError):
        sync(graph, LATER)
    assert CatalogItem.select().where(CatalogItem.gone_at.is_null(False)).count() == 0


def test_a_place_that_is_too_old_is_forgotten(store, graph):
    graph.shelf.put(CATALOG, *shirts(600))
    with transaction() as tx:
        catalog_sync.want(tx, CATALOG, NOW)
    assert catalog_sync.drain(client(graph), lambda: NOW)
    assert sync(graph, NOW + timedelta(hours=13)) == counts(added=350, kept=250)


def test_a_cursor_that_meta_no_longer_knows_begins_anew(store, graph):
    graph.shelf.put(CATALOG, *shirts(300))
    with transaction() as tx:
        catalog_sync.want(tx, CATALOG, NOW)
    catalog_sync.drain(client(graph), lambda: NOW)
    CatalogSync.update(after="no such place").execute()
    with pytest.raises(TryLater, match="from the beginning"):
        sync(graph)
    assert sync(graph) == counts(added=50, kept=250)


def test_two_do_not_read_one_catalog_at_once(store, graph):
    graph.shelf.put(CATALOG, *shirts(600))
    refusals = []

    def told(seen):
        if seen == 600:
            return
        with pytest.raises(Refused, match="being read right now") as refusal:
            sync(graph)
        refusals.append(refusal)
        assert lane(graph) == 0

    assert sync(graph, told=told) == counts(added=600)
    assert len(refusals) == 2


def test_an_empty_list_of_a_catalog_that_has_items_buries_nothing(store, graph):
    graph.shelf.put(CATALOG, *shirts(2))
    sync(graph)
    graph.shelf.hidden = True
    with pytest.raises(TryLater, match="although it counts some"):
        sync(graph, LATER)
    assert known().gone_at is None


def test_a_catalog_that_is_empty_for_sure_is_empty_here(store, graph):
    graph.shelf.put(CATALOG, *shirts(2))
    sync(graph)
    graph.shelf.remove(CATALOG, "S00000", "S00001")
    assert sync(graph, LATER) == counts(gone=2)


def test_the_duty_asks_for_every_catalog_in_use_and_the_lane_reads_them(store, graph):
    a_number(catalog=CATALOG)
    a_number(phone_number_id="1100000000002", catalog=OTHER)
    a_number(phone_number_id="1100000000003")
    graph.shelf.put(CATALOG, *shirts(300))
    graph.shelf.put(OTHER, *shirts(1))
    assert lane(graph) == 0
    catalog_sync.want_all(NOW)
    assert lane(graph) == 3
    assert CatalogItem.select().count() == 301
    assert lane(graph, LATER) == 0


def test_carts_that_ask_again_and_again_are_heard_at_once_and_then_every_quarter_of_an_hour(store, graph):
    graph.shelf.put(CATALOG, *shirts(1))

    def ask(now):
        with transaction() as tx:
            catalog_sync.want(tx, CATALOG, now)
        return lane(graph, now)

    assert [ask(NOW + timedelta(minutes=minutes)) for minutes in (0, 1, 4, 15, 16)] == [1, 0, 0, 1, 0]
    assert lane(graph, NOW + timedelta(minutes=30)) == 1


def test_whoever_asks_while_it_is_read_gets_another_reading(store, graph):
    graph.shelf.put(CATALOG, *shirts(300))
    catalog_sync.want_all(NOW)
    with transaction() as tx:
        catalog_sync.want(tx, CATALOG, NOW)
    catalog_sync.drain(client(graph), lambda: NOW)
    with transaction() as tx:
        catalog_sync.want(tx, CATALOG, NOW + timedelta(seconds=1))
    assert lane(graph, NOW + timedelta(seconds=2)) == 1  # the second page
    assert lane(graph, NOW + timedelta(minutes=16)) == 2


def test_a_lane_that_failed_tries_again_after_a_pause(store, graph):
    graph.shelf.put(CATALOG, *shirts(1))
    a_number(catalog=CATALOG)
    catalog_sync.want_all(NOW)
    graph.fail(2, call=PRODUCTS)
    assert lane(graph) == 1
    assert "down for a moment" in catalog_sync.last(CATALOG).problem
    assert CatalogItem.select().count() == 0
    assert lane(graph, NOW + timedelta(seconds=5)) == 1
    assert (CatalogItem.select().count(), catalog_sync.last(CATALOG).problem) == (1, None)


def test_what_only_an_admin_can_mend_the_admins_are_told_once_and_when_it_is_over(store, graph):
    an_agent(role="admin")
    a_number(catalog=OTHER)
    catalog_sync.want_all(NOW)
    for hours in range(3):
        lane(graph, NOW + timedelta(hours=2 * hours))
    assert AdminAlert.select().count() == 1
    assert AdminAlert.get().words.startswith(f"The catalog {OTHER} cannot be read: ")
    graph.shelf.put(OTHER, *shirts(1))
    lane(graph, NOW + timedelta(hours=9))
    assert AdminAlert.get().words == f"The catalog {OTHER} can be read again."


def test_every_price_format_of_ten_currencies_arrives_as_what_it_means(sqlite_store, graph):
    rows, means = [], {}
    for place, (currency, language, amount) in enumerate(every_format()):
        shown = shown_amount(currency, amount)
        rows.append(item(f"P{place}", "Thing", format_currency(shown, currency, locale=language), currency))
        means[f"P{place}"] = parse_minor(shown, currency)
    graph.shelf.put(CATALOG, *rows)
    sync(graph)
    assert len({row["currency"] for row in rows}) == 10
    assert {row.sku: row.price_minor for row in CatalogItem.select()} == means


def test_prices_that_leave_doubt_are_kept_as_text(store, graph):
    graph.shelf.put(CATALOG, item("KG", "Cheese", "R$ 10,00 / kg", "BRL"), item("NONE", "Gift", "", "BRL"))
    sync(graph)
    rows = {sku: (known(sku).price_text, known(sku).price_minor) for sku in ("KG", "NONE")}
    assert rows == {"KG": ("R$ 10,00 / kg", None), "NONE": ("", None)}


@pytest.mark.parametrize(
    ("dates", "price"),
    [
        ({}, 800),
        ({"start": "2026-11-01T00:00-0300", "end": "2026-11-30T00:00-0300"}, 800),
        ({"end": "2026-11-25T08:59:59+0000"}, 1000),
        ({"start": "2026-11-25T09:00:01+0000"}, 1000),
        ({"start": "next week"}, None),
    ],
)
def test_a_sale_price_counts_in_its_time_and_only_if_that_is_known(store, graph, dates, price):
    more = {f"sale_price_{end}_date": text for end, text in dates.items()}
    graph.shelf.put(CATALOG, *shirts(1, sale_price="R$ 8,00", **more))
    sync(graph)
    assert catalog.price_at(known(), NOW) == price


def test_variants_keep_what_tells_them_apart(store, graph):
    for color in ("Red", "Blue"):
        row = item(f"T-{color}", "Shirt", "R$ 1,00", "BRL", color=color, size="M", retailer_product_group_id="T")
        graph.shelf.put(CATALOG, row)
    sync(graph)
    assert catalog.title(known("T-Red")) == "Shirt (Red, M)"
    assert known("T-Red").variant_group == known("T-Blue").variant_group == "T"


def test_whatsapps_own_review_counts_more_than_the_general_one(store, graph):
    by = [{"key": "SHOPS", "value": "APPROVED"}, {"key": "WHATSAPP", "value": "REJECTED"}]
    why = [{"title": "Alcohol", "description": "Alcohol cannot be sold."}]
    graph.shelf.put(CATALOG, *shirts(1, capability_to_review_status=by, errors=why))
    graph.shelf.put(CATALOG, item("S1", "Mug", "R$ 1,00", "BRL", capability_to_review_status={"WHATSAPP": "approved"}))
    sync(graph)
    assert (known().review, known().review_reason) == ("REJECTED", "Alcohol cannot be sold.")
    assert known("S1").review == "APPROVED"


def test_hostile_items_are_stored_or_left_out(store, graph):
    graph.shelf.put(
        CATALOG,
        item("S\x00\ud800", "\x00Name\u202e" * 100, "R$ 1,00", "BRL", inventory=10**30, image_url="javascript:x"),
        item("L" * 2_000, "Long", "R$ 1,00", "BRL"),
        item(" ", "Nameless", "R$ 1,00", "BRL"),
    )
    sync(graph)
    [row] = CatalogItem.select()
    assert (row.inventory, row.image_url, len(row.name)) == (None, None, 200)


def test_a_dead_token_is_said_in_one_sentence(store, graph):
    with pytest.raises(GraphError, match="token"):
        catalog_sync.sync(GraphClient(graph.url, "v25.0", "dead"), CATALOG, lambda: NOW)
