"""The timeline tells what an order was at any time, and whether the rows agree with it."""

from datetime import date, timedelta

import pytest

from tests.desk.builders import NOW, a_customer, a_number, an_agent, an_order
from tests.desk.test_retention import heard
from wapto.desk.conversations import addresses
from wapto.desk.customers import forgetting, privacy
from wapto.desk.orders import adjustments, audit, edits, items, orders, parcels, replay, second_carts, timeline
from wapto.desk.orders.timeline import Actor
from wapto.domain import decisions
from wapto.domain.identity import order_number
from wapto.errors import NotFound
from wapto.store.models import Adjustment, Order, OrderEvent, OrderLine

RUI = Actor("Rui", "slack")
WRONG = {audit.SUMS: [], audit.TIMELINE: []}


def minutes(count):
    return NOW + timedelta(minutes=count)


def made(shop, customer, key="1", at=0):
    reading = items.read(("MUG=2@19.90",), "", shop.currency)
    return orders.create(shop, customer, reading, actor=RUI, now=minutes(at), key=key)


def faults():
    [batch] = audit.audit()
    return batch.wrong


@pytest.fixture
def busy(store):
    """An order that went through all that the timeline tells, a minute each."""
    shop, agent = a_number(), an_agent()
    order = made(shop, a_customer())
    orders.assign(order.id, agent.id, actor=RUI, now=minutes(1))
    edits.edit_items(order.id, typed=["MUG=3"], actor=RUI, now=minutes(2))
    adjustments.adjust(order.id, {"shipping": "5", "discount": "1"}, actor=RUI, now=minutes(3))
    orders.set_facts(order.id, fulfillment="pickup", payment="paid", actor=RUI, now=minutes(4))
    orders.change_status(order.id, "cancelled", reason="by mistake", actor=RUI, now=minutes(5))
    orders.change_status(order.id, "received", reason="it was one", actor=RUI, now=minutes(6))
    orders.assign(order.id, None, actor=RUI, now=minutes(7))
    return order.id


def sent():
    """An order that was shipped to an address with a parcel number, which was corrected a minute later."""
    order = made(a_number(), a_customer())
    addresses.accept(order.id, heard(order, 1), actor=RUI, now=minutes(1))
    first = orders.Tracking("Correios", "BR1", "https://c.example/BR1", date(2026, 12, 1))
    orders.change_status(order.id, "shipped", tracking=first, actor=RUI, now=minutes(2))
    parcels.correct(order.id, orders.Tracking(number="BR2"), actor=RUI, now=minutes(3))
    return order


def test_an_order_is_what_it_was_at_each_time(busy):
    def at(count):
        then = replay.of_order(busy, minutes(count))
        return then.state.status, then.state.agent, then.items, then.state.shipping, then.state.payment_status

    assert at(0) == ("received", None, "2 × MUG", None, "unpaid")
    assert at(1.5) == ("received", "Rui", "2 × MUG", None, "unpaid")
    assert at(3) == ("received", "Rui", "3 × MUG", "5.00 BRL", "unpaid")
    assert at(5) == ("cancelled", "Rui", "3 × MUG", "5.00 BRL", "paid")
    assert at(9) == ("received", None, "3 × MUG", "5.00 BRL", "paid")
    assert replay.of_order(busy, minutes(5)).state.cancelled_from == "received"


def test_parcel_and_address_are_told_too(store):
    order = sent()

    def at(count):
        return replay.of_order(order.id, minutes(count)).state.facts

    parcel = {"carrier": "Correios", "tracking_url": "https://c.example/BR1", "eta": "2026-12-01"}
    assert at(0) == {}
    assert at(1) == {"address": "Where is it?"}
    assert at(2) == {"address": "Where is it?", "tracking_number": "BR1", **parcel}
    assert at(3) == {"address": "Where is it?", "tracking_number": "BR2", **parcel}
    assert [entry.text for entry in timeline.entries(order.id)] == [None] * 5
    assert faults() == WRONG


@pytest.mark.parametrize("column", ["carrier", "tracking_number", "tracking_url", "eta", "address"])
def test_a_parcel_or_address_that_was_changed_by_hand_is_found(store, column):
    order = sent()
    Order.update(**{column: "elsewhere"}).where(Order.id == order.id).execute()
    assert faults()[audit.TIMELINE] == [f"{order_number(order.id)}: its {column} is not that of its timeline."]


def test_of_whoever_was_forgotten_the_timeline_tells_neither_and_all_agrees(store):
    order = sent()
    forgetting.forget(order.customer_id, actor=RUI, now=minutes(9))
    assert replay.of_order(order.id, minutes(9)).state.facts == {}
    assert privacy.found(["Where is it", "BR1", "BR2"]) == []
    assert faults() == WRONG


def test_before_it_came_there_was_none(busy):
    with pytest.raises(NotFound, match="not there yet; it came at 2026-11-25 09:00:00 UTC"):
        replay.of_order(busy, minutes(-1))


def test_rows_and_timelines_agree_after_everything_that_can_be_done(busy):
    assert faults() == WRONG


@pytest.mark.parametrize("choice", decisions.OF_CARTS)
def test_they_agree_after_a_second_cart(store, choice):
    shop, ana = a_number(second_cart_minutes=60), a_customer()
    made(shop, ana)
    later = made(shop, ana, key="2", at=1)
    assert Order.get_by_id(later.id).earlier_choice == "waiting"
    assert faults() == WRONG
    second_carts.settle(later.id, choice, actor=RUI, now=minutes(2))
    assert faults() == WRONG


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"status": "shipped"}, "status is shipped, and by its timeline received"),
        ({"agent": None}, None),
        ({"payment_status": "unpaid"}, "payment_status is unpaid, and by its timeline paid"),
        ({"is_open": False}, "it is received and counts as closed"),
        ({"last_seq": 99}, "gaps, or does not end with entry 99"),
    ],
)
def test_a_row_that_was_changed_by_hand_is_found(busy, columns, words):
    Order.update(**columns).where(Order.id == busy).execute()
    found = faults()[audit.TIMELINE]
    assert [words in sentence for sentence in found] == [True] if words else found == []


def test_an_entry_that_is_gone_is_found(busy):
    OrderEvent.delete().where(OrderEvent.order == busy, OrderEvent.seq == 3).execute()
    assert "gaps" in faults()[audit.TIMELINE][0]


def test_a_fee_that_is_gone_is_found_by_the_sum_and_by_the_timeline(busy):
    Adjustment.delete().where(Adjustment.kind == "shipping").execute()
    assert all(len(sentences) == 1 for sentences in faults().values())


def test_a_line_that_does_not_fit_its_order_is_found(store):
    order = an_order()
    OrderLine.update(quantity=3).where(OrderLine.order == order).execute()
    assert "is not the sum" in faults()[audit.SUMS][0]
