"""Many orders at once: each as if it were moved alone, and what has to be picked for them."""

import pytest

from tests.desk.builders import NOW, a_template, a_trigger
from tests.desk.playing import ADMIN, a_shop, buy, step
from tests.meta.builders import WABA, cart_of, item
from wapto.desk.orders import bulk, timeline
from wapto.desk.orders.search import Filter
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput
from wapto.store.models import Message, Order

OPEN = Filter(open_only=True)


@pytest.fixture
def shop(store):
    return a_shop()


def advance(steps, target, **how):
    those = [(each.order_id, each.before) for each in steps]
    return bulk.advance(those, target, actor=ADMIN, now=NOW, **how)


def test_a_plan_lists_the_oldest_first_and_changes_nothing(shop):
    first, second = buy(), buy()
    steps = bulk.plan(OPEN, "confirmed", limit=10)
    assert [each.number for each in steps] == [order_number(order.id) for order in (first, second)]
    assert {each.is_possible for each in steps} == {True}
    assert {order.status for order in Order.select()} == {"received"}
    assert len(bulk.plan(OPEN, "confirmed", limit=1)) == 1
    with pytest.raises(InvalidInput):
        bulk.plan(OPEN, "shiped", limit=1)


def test_each_order_is_moved_with_its_own_event_and_its_own_promise(shop):
    a_template(waba=WABA)
    a_trigger(shop, "confirmed")
    orders = [buy(), buy()]
    results = advance(bulk.plan(OPEN, "confirmed", limit=10), "confirmed")
    assert [each.problem for each in results] == [None, None]
    for order in orders:
        assert timeline.entries(order.id)[-1].after == "confirmed"
        assert Message.select().where(Message.order == order.id, Message.trigger == "confirmed").count() == 1


def test_what_moved_since_the_plan_is_left_and_stops_no_other(shop):
    first, second = buy(), buy()
    steps = bulk.plan(OPEN, "confirmed", limit=10)
    step(first, "cancelled", reason="gone")
    results = advance(steps, "confirmed")
    assert "was already changed: admin (to Cancelled" in results[0].problem
    assert results[1].problem is None
    assert Order.get_by_id(second.id).status == "confirmed"


def test_the_same_again_is_a_double_click_and_no_failure(shop):
    buy()
    steps = bulk.plan(OPEN, "confirmed", limit=10)
    advance(steps, "confirmed")
    assert [each.problem for each in advance(steps, "confirmed")] == [None]


def test_a_pick_list_counts_what_is_not_clear_apart(shop):
    buy(order=cart_of(item(), item(quantity="many"), item(product_retailer_id="PEN", quantity=3))["order"])
    buy()
    picks = {pick.sku: pick for pick in bulk.pick_list(OPEN)}
    assert (picks["CUP"].quantity, picks["CUP"].orders, picks["CUP"].unclear) == (4, 2, 1)
    assert (picks["PEN"].quantity, picks["PEN"].short) == (3, 0)
