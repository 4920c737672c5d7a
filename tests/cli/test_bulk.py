"""`wapto orders bulk` and `picklist`: many orders at once, with what would happen before it does."""

import pytest

from tests.desk.builders import a_template, a_trigger
from tests.desk.playing import a_shop, buy, step
from tests.desk.test_catalog import CATALOG, an_item
from tests.meta.builders import WABA, cart_of, item
from wapto.domain.identity import order_number
from wapto.store.models import Message, Number, Order


@pytest.fixture
def shop(wapto):
    return a_shop(catalog=CATALOG)


def status_of(order):
    return Order.get_by_id(order.id).status


def test_a_dry_run_says_what_would_happen_and_who_would_be_told_what(wapto, shop):
    a_template(waba=WABA)
    a_trigger(shop, "confirmed")
    order, shipped = buy(), step(buy(), "confirmed", "processing", "shipped")
    rows = wapto.json("orders", "bulk", "confirmed", "--search", "CUP", "--dry-run")
    number = order_number(order.id)
    assert rows[0] == {
        "number": number, "from": "received", "to": "confirmed", "customer": "Ana",
        "told": f"Order {number} is now Confirmed. Thank you.", "problem": None,
    }  # fmt: skip
    assert (rows[1]["number"], rows[1]["to"]) == (order_number(shipped.id), None)
    assert "cannot become Confirmed" in rows[1]["problem"]
    assert status_of(order) == "received"
    assert Message.select().where(Message.order == order.id).count() == 0


def test_a_notice_that_could_not_go_out_is_said_before(wapto, shop):
    a_template(waba=WABA, status="PAUSED")
    a_trigger(shop, "confirmed")
    buy()
    [row] = wapto.json("orders", "bulk", "confirmed", "--status", "received", "--dry-run")
    assert (row["to"], row["told"]) == ("confirmed", None)
    assert "is PAUSED at Meta" in row["problem"]


def test_all_that_match_move_on_and_what_cannot_is_listed(wapto, shop):
    order, shipped = buy(), step(buy(), "confirmed", "processing", "shipped")
    done = wapto("orders", "bulk", "confirmed", "--search", "CUP", "--json")
    assert (done.code, status_of(order), status_of(shipped)) == (1, "confirmed", "shipped")
    assert "1 of 2 orders were left as they were" in done.err
    clean = wapto.json("orders", "bulk", "processing", "--status", "confirmed")
    assert clean == [{"number": order_number(order.id), "from": "confirmed", "to": "processing", "problem": None}]


def test_a_reason_that_is_needed_is_asked_for(wapto, shop):
    order = buy()
    [row] = wapto.json("orders", "bulk", "cancelled", "--status", "received", "--dry-run")
    assert "needs a reason" in row["problem"]
    wapto.json("orders", "bulk", "cancelled", "--status", "received", "--reason", "closed today")
    assert status_of(order) == "cancelled"


def test_more_than_one_run_takes_is_refused_before_anything_moves(wapto, shop, monkeypatch):
    monkeypatch.setattr("cli.bulk._ALL", 1)
    orders = [buy(), buy()]
    assert "More than 1 orders match" in wapto("orders", "bulk", "confirmed", "--status", "received").err
    assert [status_of(order) for order in orders] == ["received", "received"]


def test_without_a_filter_nothing_happens(wapto, shop):
    order = buy()
    done = wapto("orders", "bulk", "confirmed")
    assert (done.code, status_of(order)) == (2, "received")


def test_the_pick_list_sums_by_sku_and_says_what_is_short(wapto, shop):
    an_item(sku="CUP", name="Cup", inventory=3, price_minor=3000)
    an_item(sku="PEN", name="Pen", inventory=0, availability="out of stock", price_minor=3000)
    buy()
    buy(order=cart_of(item(), item(product_retailer_id="PEN", quantity=1), item(product_retailer_id="X"))["order"])
    step(buy(), "cancelled", reason="closed")
    rows = {row["sku"]: row for row in wapto.json("orders", "picklist", "--search", "CUP")}
    assert rows["CUP"].pop("name").upper() == "CUP"
    assert rows["CUP"] == {
        "sku": "CUP", "quantity": 4, "orders": 2, "unclear": 0, "in_stock": 3, "short": 1,
    }  # fmt: skip
    assert (rows["PEN"]["in_stock"], rows["PEN"]["short"]) == (0, 1)
    assert (rows["X"]["in_stock"], rows["X"]["short"]) == (None, 0)


def test_of_a_status_only_its_orders_are_picked(wapto, shop):
    Number.update(catalog=None).execute()
    step(buy(), "confirmed")
    buy()
    [row] = wapto.json("orders", "picklist", "--status", "confirmed")
    assert (row["quantity"], row["in_stock"]) == (2, None)


def test_a_selection_is_handed_to_named_people_in_turn(wapto, shop):
    for name in ("Ana", "Rui"):
        wapto("agents", "add", "--slack", f"U0{name.upper()}", "--name", name)
    those = [buy() for _ in range(3)]
    rows = wapto.json("orders", "handover", "--unassigned", "--to", "Rui", "--to", "ana")
    assert [(row["agent"], row["problem"]) for row in rows] == [("Rui", None), ("Ana", None), ("Rui", None)]
    assert Order.get_by_id(those[1].id).agent.name == "Ana"
    assert wapto("orders", "handover", "--to", "Rui").code == 2
