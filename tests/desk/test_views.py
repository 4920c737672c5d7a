"""What the doors show of an order: everything, of one moment, and no sum that cannot be trusted."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_template, a_trigger, an_agent
from tests.desk.playing import ADMIN, a_shop, buy, step, take_in
from tests.meta.builders import cart_of, change, item
from wapto.desk.orders import orders, views
from wapto.desk.orders.orders import Tracking
from wapto.errors import NotFound
from wapto.store.models import Order


def view():
    return views.of_order(Order.get().id)


def test_a_new_order_is_shown_whole(store):
    shop = a_shop(assignment="round_robin")
    a_trigger(shop, "received")
    a_template()
    ana = an_agent(name="Ana", slack="U0ANA")
    order = buy()
    shown = view()
    assert (shown.id, shown.status, shown.seq, shown.version) == (order.id, "received", order.last_seq, 1)
    assert (shown.shop, shown.number_id, shown.language) == ("Loja", shop.phone_number_id, "en")
    assert (shown.customer_name, shown.customer_phone, shown.customer_user_id) == ("Ana", "+5511999990000", None)
    assert [(line.sku, line.quantity, line.unit_minor, line.total_minor) for line in shown.lines] == [
        ("CUP", 2, 3000, 6000)
    ]
    assert (shown.total, shown.note) == (("BRL", 6000), "gift-wrap, please")
    assert (shown.agent, shown.on_duty) == (views.Person(ana.id, "U0ANA", "Ana"), (shown.agent,))
    assert [(told.trigger, told.state) for told in shown.told] == [("received", "queued")]
    assert (shown.status_since, shown.created_at, shown.reason) == (NOW, NOW, None)


def test_what_was_done_last_is_shown_with_its_reason_and_since_when(sqlite_store):
    a_shop()
    step(buy(), "shipped", tracking=Tracking(carrier="Correios", number="BR1"), now=NOW + timedelta(hours=1))
    orders.change_status(Order.get().id, "cancelled", actor=ADMIN, now=NOW + timedelta(hours=2), reason="lost")
    shown = view()
    assert (shown.status, shown.cancelled_from, shown.reason) == ("cancelled", "shipped", "lost")
    assert shown.status_since == NOW + timedelta(hours=2)
    assert (shown.carrier, shown.tracking_number) == ("Correios", "BR1")
    assert [(move.target, move.needs_reason) for move in shown.moves] == [("shipped", True)]


def test_a_note_does_not_change_since_when_the_status_is(sqlite_store):
    a_shop()
    orders.add_note(buy().id, "call first", actor=ADMIN, now=NOW + timedelta(hours=1))
    assert view().status_since == NOW


def test_the_primary_button_skips_pending(sqlite_store):
    a_shop()
    buy()
    assert view().next_step == "confirmed"


def test_several_currencies_have_a_total_each_and_none_together(sqlite_store):
    a_shop()
    take_in(change(messages=[cart_of(item(), item(currency="USD", item_price=1.5), item())]))
    shown = view()
    assert shown.total is None
    assert shown.totals == [("BRL", 12000), ("USD", 300)]
    assert shown.flags == ("several_currencies",)


def test_a_line_without_a_price_leaves_no_total(sqlite_store):
    a_shop()
    take_in(change(messages=[cart_of(item(), item(item_price=None))]))
    shown = view()
    assert (shown.total, shown.lines[1].total_minor, shown.lines[1].flags) == (None, None, ("price_unclear",))


def test_an_order_that_is_not_there_cannot_be_shown(sqlite_store):
    with pytest.raises(NotFound):
        views.of_order(7)
