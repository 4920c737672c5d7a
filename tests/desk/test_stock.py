"""Confirmed orders take their items from the stock, once, and Meta is told over HTTP; cancelled ones give them back."""

from datetime import timedelta

import pytest

from sandbox.graph import Graph
from sandbox.graph.batches import BATCH, BATCH_STATUS
from sandbox.graph.catalogs import ITEM, item
from sandbox.graph.world import Number, Waba
from tests.desk.builders import NOW, a_template, a_trigger
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step
from tests.meta.builders import NUMBER, WABA
from tests.meta.builders import item as wanted
from wapto.desk.catalog import drift
from wapto.desk.catalog import lines as catalog_lines
from wapto.desk.catalog import sync as catalog_sync
from wapto.desk.orders import edits, line_items, timeline, undo, views
from wapto.desk.orders.second_carts import APART, settle
from wapto.desk.stock import lane as stock_lane
from wapto.desk.stock import moves as stock_moves
from wapto.meta import stock as meta
from wapto.meta.client import GraphClient
from wapto.store.models import AdminAlert, CatalogItem, Message, StockLevel, StockMove
from wapto.store.models import Number as Shop

CATALOG, OTHER = "300000000000001", "300000000000002"


class Store:
    """A shop with ten shirts and three mugs at Meta, which writes stock; `lane` works as the worker does."""

    def __init__(self, graph):
        self.graph, self.now = graph, NOW
        self.client = GraphClient(graph.url, "v25.0", "good")
        self.number = a_shop(catalog=CATALOG, update_stock=True)
        graph.shelf.put(CATALOG, item("SHIRT", "Shirt", "R$ 49,85", "BRL", inventory=10))
        graph.shelf.put(CATALOG, item("MUG", "Mug", "R$ 10,00", "BRL", inventory=3))
        graph.shelf.put(CATALOG, item("CARD", "Gift card", "R$ 10,00", "BRL"))
        self.sync()

    def sync(self):
        catalog_sync.sync(self.client, CATALOG, lambda: self.now)

    def order(self, **quantities):
        lines = [wanted(product_retailer_id=sku, quantity=quantity) for sku, quantity in quantities.items()]
        order = buy(order={"catalog_id": CATALOG, "product_items": lines})
        if order.earlier_choice == "waiting":
            settle(order.id, APART, actor=ADMIN, now=self.now)
        return order

    def confirmed(self, **quantities):
        return step(self.order(**quantities), "confirmed")

    def lane(self, **later):
        """Works until nothing is due, asking again as often as it takes."""
        self.now += timedelta(**later)
        for _ in range(100):
            if not stock_lane.drain(self.client, lambda: self.now):
                due = StockLevel.select().where(StockLevel.due_at.is_null(False)).order_by(StockLevel.due_at).first()
                if due is None or due.due_at - self.now > timedelta(minutes=5):
                    return
                self.now = due.due_at
        raise AssertionError("The stock is never written.")

    def there(self, sku="SHIRT"):
        """What Meta counts."""
        [row] = [row for row in self.graph.shelf.rows(CATALOG) if row["retailer_id"] == sku]
        return row.get("inventory")

    def set_there(self, sku, **changes):
        self.graph.shelf.change(CATALOG, {sku: changes})

    def here(self, sku="SHIRT"):
        """What the catalog has as Wapto knows it."""
        return CatalogItem.get(CatalogItem.catalog == CATALOG, CatalogItem.sku == sku).inventory


@pytest.fixture
def shop(store):
    number = Number(NUMBER, "+55 11 4000-0001", "Loja", catalog_id=CATALOG)
    with Graph([Waba(WABA, [number])], access_tokens=["good"], app_secret="secret", page_size=1_000) as graph:
        yield Store(graph)


def flags(order):
    return [line.flags for line in line_items.of_order(order.id)]


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def test_confirming_takes_the_items_from_the_stock_at_meta_in_one_batch(shop):
    order = shop.order(SHIRT=2, MUG=1)
    shop.lane()
    assert shop.graph.batches.taken == []
    step(order, "confirmed")
    shop.lane()
    assert (shop.there(), shop.there("MUG")) == (shop.here(), shop.here("MUG")) == (8, 2)
    assert [sorted(batch) for batch in shop.graph.batches.taken] == [["MUG", "SHIRT"]]


def test_what_is_not_counted_is_left_alone(shop):
    shop.set_there("MUG", quantity_to_sell_on_facebook=0)  # beside "in stock": nobody counts
    shop.sync()
    order = shop.confirmed(CARD=1, MUG=1)
    shop.lane()
    assert shop.graph.batches.taken == []
    assert stock_moves.held(order.id) == {}


def test_nothing_is_written_unless_the_number_asks_for_it(shop):
    Shop.update(update_stock=False).execute()
    step(shop.order(SHIRT=2), "confirmed", "shipped")
    shop.lane()
    assert (shop.there(), StockMove.select().count()) == (10, 0)


def test_an_order_that_was_confirmed_before_takes_nothing_later(shop):
    Shop.update(update_stock=False).execute()
    order = shop.confirmed(SHIRT=2)
    Shop.update(update_stock=True).execute()
    step(order, "processing", "cancelled", reason="No.")
    shop.lane()
    assert shop.there() == 10


def test_skipping_confirmed_takes_the_items_too_and_later_steps_take_no_more(shop):
    step(shop.order(SHIRT=2), "shipped", "delivered", "returned", reason="Broken.")
    shop.lane()
    assert shop.there() == 8


def test_cancelling_gives_back_and_reopening_takes_again(shop):
    order = shop.confirmed(SHIRT=2)
    shop.lane()
    step(order, "cancelled", reason="No.")
    shop.lane()
    assert shop.there() == 10
    step(order, "confirmed", reason="Yes.")
    shop.lane()
    assert shop.there() == 8


def test_cancelling_gives_back_though_the_number_writes_no_stock_any_more(shop):
    order = shop.confirmed(SHIRT=2)
    shop.lane()
    Shop.update(update_stock=False).execute()
    step(order, "cancelled", reason="No.")
    shop.lane()
    assert shop.there() == 10


def test_stepping_back_and_forth_before_the_worker_comes_writes_nothing(shop):
    order = shop.confirmed(SHIRT=2)
    step(order, "pending", reason="Wait.")
    shop.lane()
    assert (shop.there(), shop.graph.batches.taken) == (10, [])


def test_a_change_that_is_taken_back_gives_back(shop):
    a_template(waba=WABA)
    a_trigger(shop.number, "confirmed", hold=60)
    order = shop.confirmed(SHIRT=2)
    message = Message.get(Message.trigger == "confirmed")
    undo.undo(order.id, message.id, actor=ADMIN, now=NOW)
    shop.lane()
    assert shop.there() == 10


def test_the_stock_follows_the_items_of_a_confirmed_order(shop):
    order = shop.confirmed(SHIRT=2, MUG=1)
    shop.lane()
    edits.edit_items(order.id, actor=ADMIN, now=NOW, quantities={1: 5, 2: 0})
    shop.lane()
    assert (shop.there(), shop.there("MUG")) == (5, 3)


def test_a_line_that_is_declined_for_its_price_gives_back(shop):
    shop.graph.shelf.put(CATALOG, item("SHIRT", "Shirt", "R$ 1,00", "BRL", inventory=10))
    shop.sync()
    order = shop.confirmed(SHIRT=2, MUG=1)
    shop.lane()
    places = [place for place, line in enumerate(line_items.of_order(order.id), 1) if line.sku == "SHIRT"]
    drift.decide(order.id, {places[0]: "decline"}, actor=ADMIN, now=NOW)
    shop.lane()
    assert (shop.there(), shop.there("MUG")) == (10, 2)


def test_a_sku_that_is_tied_to_an_item_takes_from_that_item(shop):
    catalog_lines.tie(shop.number, "OLD", "SHIRT", actor=ADMIN, now=NOW)
    shop.confirmed(OLD=3)
    shop.lane()
    assert shop.there() == 7


def test_many_orders_of_one_item_add_up(shop):
    for _ in range(4):
        shop.confirmed(SHIRT=1)
    shop.lane()
    assert (shop.there(), len(shop.graph.batches.taken)) == (6, 1)


def test_what_somebody_counts_at_meta_meanwhile_is_what_is_subtracted_from(shop):
    shop.set_there("SHIRT", quantity_to_sell_on_facebook=50)
    shop.confirmed(SHIRT=2)
    shop.lane()
    assert shop.there() == 48


def test_the_last_piece_makes_the_item_sold_out_and_one_that_comes_back_makes_it_sold_again(shop):
    order = shop.confirmed(MUG=3)
    shop.lane()
    [row] = [row for row in shop.graph.shelf.rows(CATALOG) if row["retailer_id"] == "MUG"]
    assert (row["inventory"], row["availability"]) == (0, "out of stock")
    assert "out_of_stock" in flags(shop.order(MUG=1))[0]
    step(order, "cancelled", reason="No.")
    shop.lane()
    [row] = [row for row in shop.graph.shelf.rows(CATALOG) if row["retailer_id"] == "MUG"]
    assert (row["inventory"], row["availability"]) == (3, "in stock")


def test_what_was_not_there_is_not_given_back(shop):
    order = shop.confirmed(MUG=5)
    shop.lane()
    assert shop.there("MUG") == 0
    step(order, "cancelled", reason="No.")
    shop.lane()
    assert shop.there("MUG") == 3


# Shortages.


def test_a_shortage_is_flagged_when_the_order_comes_and_anew_when_it_is_confirmed(shop):
    first, second = shop.order(MUG=3), shop.order(MUG=1)
    assert [flag for line in (*flags(first), *flags(second)) for flag in line if "stock" in flag] == []
    assert "short_stock" in flags(shop.order(MUG=4))[0]
    step(first, "confirmed")
    step(second, "confirmed")  # before Meta knows of the first
    assert "short_stock" not in flags(first)[0]
    assert "short_stock" in flags(second)[0]


def test_a_shortage_is_flagged_on_confirming_where_no_stock_is_written_too(shop):
    Shop.update(update_stock=False).execute()
    order = shop.order(MUG=2)
    shop.set_there("MUG", quantity_to_sell_on_facebook=1)
    shop.sync()
    step(order, "confirmed")
    assert "short_stock" in flags(order)[0]


def test_an_order_is_not_short_of_what_it_took_itself(shop):
    order = shop.confirmed(MUG=3, SHIRT=1)
    shop.lane()
    edits.edit_items(order.id, actor=ADMIN, now=NOW, quantities={2: 2})
    assert [flag for line in flags(order) for flag in line if "stock" in flag] == []


def test_lines_of_another_catalog_take_nothing_from_ours(shop):
    order = buy(order={"catalog_id": OTHER, "product_items": [wanted(product_retailer_id="SHIRT", quantity=2)]})
    step(order, "confirmed")
    shop.lane()
    assert shop.there() == 10
    edits.edit_items(order.id, actor=ADMIN, now=NOW, quantities={1: 3})
    assert flags(order) == [("other_catalog",)]


# Bad days.


@pytest.mark.parametrize("accepted", [False, True])
def test_a_batch_without_an_answer_subtracts_once_whether_or_not_meta_took_it(shop, accepted):
    shop.confirmed(SHIRT=2)
    shop.graph.reset(accepted=accepted, call=BATCH)
    shop.lane()
    assert shop.there() == 8


@pytest.mark.parametrize("is_done", [False, True])
def test_a_worker_that_is_killed_after_sending_subtracts_once(shop, monkeypatch, is_done):
    shop.confirmed(SHIRT=2)
    write = meta.write

    def killed(*args):
        write(*args)
        if is_done:
            shop.graph.batches.forget()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(meta, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            stock_lane.drain(shop.client, lambda: shop.now)
    shop.confirmed(SHIRT=1)
    assert not stock_lane.drain(shop.client, lambda: shop.now)  # the dead one's lease
    shop.lane(minutes=11)
    assert shop.there() == 7
    assert {move.state for move in StockMove.select()} == {"written"}


@pytest.mark.parametrize("call", [ITEM, BATCH, BATCH_STATUS])
@pytest.mark.parametrize("bad", ["fail", "html", "hang"])
def test_a_call_that_fails_is_made_again(shop, call, bad):
    if bad == "hang":
        shop.client = GraphClient(shop.graph.url, "v25.0", "good", timeout=(1, 0.2))
    fault = {"fail": lambda: shop.graph.fail(2, call=call), "html": lambda: shop.graph.html(call=call)}
    fault.get(bad, lambda: shop.graph.hang(seconds=0.5, call=call))()
    shop.confirmed(SHIRT=2)
    shop.lane()
    assert shop.there() == 8


def test_the_handle_is_followed_however_long_meta_takes(shop):
    shop.graph.batches.looks = 5
    shop.confirmed(SHIRT=2)
    shop.lane()
    assert (shop.there(), len(shop.graph.batches.taken)) == (8, 1)


def test_a_handle_that_meta_forgot_is_no_reason_to_subtract_again(shop):
    shop.graph.batches.looks = 5
    shop.confirmed(SHIRT=2)
    stock_lane.drain(shop.client, lambda: shop.now)
    shop.graph.batches.forget()
    shop.lane()
    assert (shop.there(), len(shop.graph.batches.taken)) == (8, 1)


def test_a_batch_that_broke_at_meta_is_sent_again(shop):
    shop.graph.batches.broken = True
    shop.confirmed(SHIRT=2)
    for _ in range(3):
        stock_lane.drain(shop.client, lambda: shop.now)
        shop.now += timedelta(seconds=3)
    shop.graph.batches.broken = False
    shop.lane()
    assert shop.there() == 8


def test_two_workers_subtract_once(shop):
    for _ in range(3):
        shop.confirmed(SHIRT=1, MUG=1)

    def work():
        for _ in range(10):
            stock_lane.drain(shop.client, lambda: shop.now)

    at_once(work, work, work)
    shop.lane()
    assert (shop.there(), shop.there("MUG")) == (7, 0)


def test_two_who_confirm_the_same_items_at_once_do_not_wait_for_each_other_in_a_circle(shop):
    orders = [shop.order(SHIRT=1, MUG=1), shop.order(MUG=1, SHIRT=1)]
    at_once(*[lambda order=order: step(order, "confirmed") for order in orders])
    shop.lane()
    assert (shop.there(), shop.there("MUG")) == (8, 1)


# What Meta refuses.


def test_a_row_that_meta_refuses_is_told_to_agents_and_admins_and_tried_again(shop):
    shop.graph.batches.refuse["MUG"] = "The item is archived."
    order = shop.confirmed(SHIRT=1, MUG=1)
    shop.lane()
    assert (shop.there(), shop.there("MUG")) == (9, 3)
    assert "stock_refused" in views.of_order(order.id).flags
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.after) == ("stock_refused", "MUG: The item is archived.")
    [alert] = AdminAlert.select()
    assert alert.words.startswith("Meta refuses the new stock of “Mug” (MUG): The item is archived. Orders: ")
    shop.lane(hours=6)
    assert (kinds(order).count("stock_refused"), AdminAlert.select().count()) == (1, 1)
    shop.graph.batches.refuse.clear()
    shop.lane(hours=6)
    assert shop.there("MUG") == 2
    assert "stock_refused" not in views.of_order(order.id).flags
    assert timeline.entries(order.id)[-1].kind == "stock_written"
    assert AdminAlert.get().words == "Meta has the new stock of “Mug” (MUG) now."


def test_a_refusal_before_the_batch_begins_is_told_the_same_way(shop):
    order = shop.confirmed(SHIRT=1)
    shop.graph.shelf.remove(CATALOG, "SHIRT")
    shop.lane()
    assert kinds(order)[-1] == "stock_refused"
    assert AdminAlert.get().words.startswith("Meta refuses the new stock of “Shirt” (SHIRT): ")


def test_an_order_that_is_cancelled_after_a_refusal_leaves_nothing_to_write(shop):
    shop.graph.batches.refuse["MUG"] = "Archived."
    order = shop.confirmed(MUG=1)
    shop.lane()
    step(order, "cancelled", reason="No.")
    shop.lane(hours=6)
    assert shop.there("MUG") == 3
    assert StockMove.select().where(StockMove.state != "written").count() == 0


def test_a_token_that_may_not_write_catalogs_is_told_to_the_admins_once(shop):
    shop.confirmed(SHIRT=1)
    shop.graph.fail(10, next=2, call=BATCH)
    shop.lane()
    shop.lane(hours=1)
    assert AdminAlert.get().words.startswith(f"The stock of the catalog {CATALOG} cannot be written: ")
    shop.lane(hours=1)
    assert shop.there() == 9
    assert AdminAlert.get().words == f"The stock of the catalog {CATALOG} is written again."


def test_errors_that_name_none_of_our_rows_say_nothing_of_ours(shop, monkeypatch):
    shop.confirmed(SHIRT=2)
    look = shop.graph.batches.look

    def unexplained(*which):
        return look(*which) | {"errors": [{"line": 0, "id": "", "message": "?"}], "errors_total_count": 1}

    with monkeypatch.context() as patch:
        patch.setattr(shop.graph.batches, "look", unexplained)
        shop.lane()
    assert (shop.there(), len(shop.graph.batches.taken)) == (8, 1)
