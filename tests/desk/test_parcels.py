"""A parcel that was noted wrongly is corrected, and the customer can be told again: once, by an act of its own."""

from datetime import timedelta

import pytest

from tests.desk.builders import BINDINGS, NOW
from tests.desk.telling import a_shipped_order, promised
from wapto.desk.notices import outbox
from wapto.desk.orders import parcels, timeline, views
from wapto.desk.orders.orders import Tracking
from wapto.desk.orders.timeline import Actor
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.store.models import Message, Order

RUI = Actor("Rui", "slack", 1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def order(store):
    """Shipped with the number BR1, which the customer has read."""
    order = a_shipped_order(
        trigger={"bindings": BINDINGS | {"2": "tracking.number"}}, carrier="Correios", tracking_number="BR1"
    )
    timeline.record(order.id, "status", RUI, NOW, before="processing", after="shipped")
    promised(order)
    Message.update(state="read").execute()
    return order


def correct(order, number="BR2", now=LATER, **how):
    return parcels.correct(order.id, Tracking(number=number), actor=RUI, now=now, **how)


def test_a_correction_stands_in_the_timeline_and_leaves_the_rest_as_it_was(order):
    corrected = correct(order)
    assert (corrected.carrier, corrected.tracking_number) == ("Correios", "BR2")
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.before, entry.after) == ("tracking", "Correios BR1", "Correios BR2")


def test_the_customer_can_be_told_again_with_what_is_right(order):
    correct(order)
    assert views.of_order(order.id).told[-1].is_outdated
    again = outbox.retry(Message.get().id, "The number was wrong.", RUI, LATER)
    assert "BR2" in again.text
    assert not views.of_order(order.id).told[-1].is_outdated


def test_they_are_told_again_once(order):
    correct(order)
    message = Message.get()
    outbox.retry(message.id, "The number was wrong.", RUI, LATER)
    with pytest.raises(Refused, match="told again already"):
        outbox.retry(message.id, "The number was wrong.", RUI, LATER)


def test_without_a_correction_what_arrived_is_not_told_again(order):
    with pytest.raises(Refused, match="is read"):
        outbox.retry(Message.get().id, "Why not.", RUI, LATER)


def test_the_same_facts_are_no_correction(order):
    version = Order.get().version
    assert correct(order, "BR1").version == version
    assert not views.of_order(order.id).told[-1].is_outdated


def test_nothing_said_is_refused(order):
    with pytest.raises(InvalidInput, match="Say what is to be corrected"):
        correct(order, None)


def test_a_form_that_is_out_of_date_is_refused(order):
    version = Order.get().version
    correct(order)
    with pytest.raises(Conflict, match="Rui \\(tracking Correios BR2"):
        correct(order, "BR3", version=version)
