"""A second cart of a customer whose order has not been begun is merged, replaces it or stays apart, as agents say."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.store.test_database import in_a_thread
from wapto.desk.orders import adjustments, carts, orders, second_carts, timeline, views
from wapto.desk.orders.creation import NewCart, create_from_carts
from wapto.desk.orders.timeline import Actor
from wapto.domain.lifecycle import NOT_BEGUN, ROADS
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.meta.payloads import Order as Cart
from wapto.meta.payloads import OrderItem
from wapto.store.database import transaction
from wapto.store.models import Message, Order

from .builders import NOW, a_customer, a_number, a_template, a_trigger

RUI, BIA = Actor("Rui", "slack", 1), Actor("Bia", "slack", 2)


class Shop:
    """Ana's first cart has two red shirts; her later ones are what a test wants."""

    def __init__(self):
        self.number, self.ana = a_number(), a_customer()
        self.first = self.cart(("S1", 2, "49.85"), note="Gift wrap, please")

    def cart(self, *items, note="", customer=None, now=NOW, wamid=None, number=None):
        bought = tuple(
            OrderItem(sku, Decimal(qty), str(qty), Decimal(price), price, "BRL") for sku, qty, price in items
        )
        with transaction() as tx:
            reading = carts.read(Cart(None, note, bought), "BRL")
            cart = NewCart(customer or self.ana, wamid or f"wamid.{Order.select().count()}", reading)
            return create_from_carts(tx, number or self.number, [cart], now)[0]

    def second(self, *items, **changes):
        return self.cart(*(items or [("S1", 1, "49.85"), ("M1", 1, "10.00")]), **changes)


@pytest.fixture
def shop(store):
    return Shop()


def view(order):
    return views.of_order(order.id)


def items(order):
    return [(line.sku, line.quantity) for line in view(order).lines]


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def settle(order, choice, actor=RUI):
    return second_carts.settle(order.id, choice, actor=actor, now=NOW)


def test_it_waits_for_a_choice_and_says_what_differs(shop):
    second = view(shop.second()).second
    assert (second.earlier, second.choice) == (view(shop.first).number, "waiting")
    told = [(row.before and row.before.quantity, row.after and row.after.quantity) for row in second.differences]
    assert told == [(2, 1), (None, 1)]


def test_the_earlier_order_tells_of_it_too(shop):
    second = shop.second()
    assert view(shop.first).newer == (view(second).number,)
    assert "newer_cart" in kinds(shop.first)


def test_the_same_cart_delivered_again_is_no_second_cart(shop):
    assert shop.cart(("S1", 2, "49.85"), wamid=shop.first.source_wamid) is None
    assert view(shop.first).newer == ()


def test_the_same_items_in_a_cart_of_their_own_are_a_second_cart(shop):
    assert view(shop.cart(("S1", 2, "49.85"))).second.choice == "waiting"


@pytest.mark.parametrize("status", sorted({status for road in ROADS.values() for status in road} - set(NOT_BEGUN)))
def test_a_cart_after_the_order_was_begun_stands_alone(shop, status):
    Order.update(status=status, fulfillment="pickup" if status == "ready_for_pickup" else "delivery").execute()
    assert view(shop.second()).second is None


def test_a_cart_beside_a_pending_order_is_a_second_cart(shop):
    orders.change_status(shop.first.id, "pending", actor=RUI, now=NOW)
    assert view(shop.second()).second is not None


def test_the_number_sets_how_late_a_cart_may_belong_to_an_order(shop):
    shop.number.second_cart_minutes = 30
    assert view(shop.second(now=NOW + timedelta(minutes=29))).second is not None
    Order.update(created_at=NOW).execute()
    assert view(shop.second(now=NOW + timedelta(minutes=30))).second is None


def test_zero_minutes_switch_it_off(shop):
    shop.number.second_cart_minutes = 0
    assert view(shop.second()).second is None


def test_another_customer_or_another_shop_has_nothing_to_do_with_it(shop):
    other = a_number(phone_number_id="1100000000002")
    assert view(shop.second(customer=a_customer(phone="+5511900000000"))).second is None
    assert view(shop.second(number=other)).second is None


def test_merging_adds_the_items_to_the_earlier_order_and_closes_the_later(shop):
    second = shop.second(note="By Friday")
    survivor = settle(second, "merge")
    assert survivor == shop.first
    assert items(survivor) == [("S1", 3), ("M1", 1)]
    assert (survivor.total_minor, survivor.note) == (15955, "Gift wrap, please\n\nBy Friday")
    closed = view(second)
    assert (closed.status, closed.reason) == ("cancelled", f"It was merged into {view(survivor).number}.")


def test_replacing_puts_the_later_items_in_place_of_the_earlier_ones(shop):
    survivor = settle(shop.second(("M1", 1, "10.00")), "replace")
    assert items(survivor) == [("M1", 1)]
    assert (survivor.total_minor, survivor.note) == (1000, "Gift wrap, please")


def test_kept_apart_both_orders_stay_as_they_are(shop):
    second = shop.second()
    assert settle(second, "apart") == second
    assert items(shop.first) == [("S1", 2)]
    assert view(second).status == "received"
    assert view(shop.first).newer == ()


def test_the_customer_is_not_told_that_a_merged_cart_was_cancelled(shop):
    a_template()
    a_trigger(shop.number, "cancelled")
    settle(shop.second(), "merge")
    assert Message.select().count() == 0


def test_flags_of_both_carts_stay_and_an_unusual_sum_gets_one(shop):
    shop.ana = a_customer(phone="+5511900000001")
    first = shop.cart(("S1", 600, "1.00"), ("S2", 1, "0"))
    settle(shop.second(("S1", 600, "1.00")), "merge")
    assert [line.flags for line in view(first).lines] == [("quantity_large",), ("price_zero",)]


def test_a_merged_order_can_not_be_reopened(shop):
    second = shop.second()
    settle(second, "merge")
    with pytest.raises(Refused, match=f"was merged into {view(shop.first).number}; go on there"):
        orders.change_status(second.id, "received", actor=RUI, now=NOW, reason="a mistake")


def test_a_double_click_does_it_once(shop):
    second = shop.second()
    assert settle(second, "merge") == settle(second, "merge")
    assert items(shop.first) == [("S1", 3), ("M1", 1)]


def test_whoever_comes_later_is_told_who_decided(shop):
    second = shop.second()
    settle(second, "apart")
    with pytest.raises(Conflict, match=r"Rui \(second cart: apart"):
        settle(second, "merge", BIA)


def test_of_two_who_decide_at_once_one_wins(shop):
    second = shop.second()

    def decide(actor, choice):
        try:
            settle(second, choice, actor)
        except Conflict:
            return None
        return choice

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda each: in_a_thread(lambda: decide(*each)), ((RUI, "merge"), (BIA, "replace"))))
    [winner] = [outcome for outcome in outcomes if outcome]
    assert items(shop.first) == ([("S1", 3), ("M1", 1)] if winner == "merge" else [("S1", 1), ("M1", 1)])


def test_once_work_on_either_begins_they_stay_apart(shop):
    second = shop.second()
    orders.change_status(shop.first.id, "confirmed", actor=RUI, now=NOW)
    assert view(second).second.choice == "apart"
    third = shop.second()
    assert view(third).second.earlier == view(second).number
    orders.change_status(third.id, "confirmed", actor=RUI, now=NOW)
    assert view(third).second.choice == "apart"


def test_a_third_cart_waits_for_the_order_that_the_second_was_merged_into(shop):
    second, third = shop.second(), shop.second(("T1", 1, "1.00"))
    settle(second, "merge")
    assert view(third).second.earlier == view(shop.first).number
    settle(third, "merge")
    assert items(shop.first) == [("S1", 3), ("M1", 1), ("T1", 1)]


def test_what_is_no_choice_and_what_is_no_second_cart_is_said(shop):
    with pytest.raises(InvalidInput, match="choose one of: merge, replace, apart"):
        settle(shop.second(), "both")
    with pytest.raises(Refused, match="is no second cart"):
        settle(shop.first, "merge")


def test_every_entry_moves_the_cards_of_both(shop):
    second = shop.second()
    Order.update(shown_seq=Order.last_seq).execute()
    settle(second, "merge")
    assert all(order.shown_seq < order.last_seq for order in Order.select())


def test_fees_and_discounts_of_the_earlier_order_stay_and_count(shop):
    adjustments.adjust(shop.first.id, {"shipping": "5.00"}, actor=RUI, now=NOW)
    assert settle(shop.second(("M1", 1, "10.00")), "replace").total_minor == 1500


def test_fees_of_the_later_order_are_not_lost_without_a_word(shop):
    second = shop.second()
    adjustments.adjust(second.id, {"shipping": "5.00"}, actor=RUI, now=NOW)
    with pytest.raises(Refused, match="has a fee or discount of its own; take that away first"):
        settle(second, "merge")
    assert items(shop.first) == [("S1", 2)]


def test_a_discount_never_makes_the_total_less_than_nothing(shop):
    adjustments.adjust(shop.first.id, {"discount": "50.00"}, actor=RUI, now=NOW)
    with pytest.raises(Refused, match="is larger than what it would cost then"):
        settle(shop.second(("M1", 1, "10.00")), "replace")
    assert items(shop.first) == [("S1", 2)]
