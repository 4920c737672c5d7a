"""Finding orders: each filter narrows, several narrow together, and words find what people would look for."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_customer, a_number, an_agent, an_order
from tests.desk.playing import ADMIN
from wapto.desk.customers import forgetting
from wapto.desk.orders import orders, search
from wapto.desk.orders.search import Filter
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput
from wapto.store.models import Order, OrderLine


@pytest.fixture
def shop(store):
    return a_number()


def found(**wanted):
    return [row.number for row in search.find(Filter(**wanted), 50)]


def numbers_of(*orders):
    return [order_number(order.id) for order in orders]


def test_the_newest_come_first_and_no_more_than_asked_for(shop):
    ana = a_customer()
    made = [an_order(shop, ana, created_at=NOW + timedelta(minutes=minute)) for minute in range(3)]
    assert found() == numbers_of(*reversed(made))
    assert len(search.find(Filter(), 2)) == 2
    assert search.count(Filter()) == 3


def test_each_filter_narrows(shop):
    ana, rui = a_customer(name="Ana"), a_customer("+5511977776666", name="Rui")
    agent = an_agent(name="Eva")
    free = an_order(shop, ana)
    taken = an_order(shop, rui, status="shipped", agent=agent, created_at=NOW + timedelta(hours=1))
    closed = an_order(a_number(phone_number_id="2"), ana, status="delivered", agent=agent)
    assert found(status="shipped") == numbers_of(taken)
    assert found(status="delivered") == numbers_of(closed)
    assert found(agent_id=agent.id) == numbers_of(taken)
    assert found(agent_id=agent.id, status="delivered") == numbers_of(closed)
    assert found(unassigned=True) == numbers_of(free)
    assert found(open_only=True) == numbers_of(taken, free)
    assert found(number=shop, status="delivered") == []
    assert found(since=NOW + timedelta(hours=1)) == numbers_of(taken)
    assert found(until=NOW + timedelta(hours=1)) == numbers_of(closed, free)


def test_a_status_that_does_not_exist_is_refused(sqlite_store):
    with pytest.raises(InvalidInput, match="no status “done”"):
        found(status="done")


@pytest.mark.parametrize(
    "typed",
    ["Ângela", "Ângela Li", "ÂNGELA", "+55 11 98888", "55119888", "RED-1", "{number}"],
)
def test_words_find_by_name_phone_sku_or_number(shop, typed):
    order = an_order(shop, a_customer(name="Ângela Lima"))
    OrderLine.create(order=order, position=2, sku="RED-1", name="Red", flags=[])
    an_order(shop, a_customer("+4915112345678", name="Bela"))
    assert found(text=typed.format(number=order_number(order.id).lower())) == numbers_of(order)


@pytest.mark.parametrize("typed", ["ngela", "%", "_", "RED", "8888", "'; DROP TABLE orders; --"])
def test_other_words_find_nothing_and_harm_nothing(shop, typed):
    order = an_order(shop, a_customer(name="Ângela Lima"))
    OrderLine.create(order=order, position=2, sku="RED-1", name="Red", flags=[])
    assert found(text=typed) == []


def test_a_row_has_what_a_list_shows(shop):
    an_order(shop, a_customer(name="Ana"), agent=an_agent(name="Eva"), card_channel="C1", card_ts="1.0")
    [row] = search.find(Filter(), 1)
    assert (row.status, row.customer, row.agent, row.currency, row.total_minor) == (
        "received", "Ana", "Eva", "BRL", 9970,
    )  # fmt: skip
    assert (row.created_at, row.card_channel, row.card_ts, row.language) == (NOW, "C1", "1.0", "en")


NOTE = "Please ring; deliver BEFORE 18:30, door-code B12 (o'clock) — näher"


@pytest.mark.parametrize(
    "typed", ["ring", "RIN", "please before", "door-code", "code b12", "18:30", "18", "NÄHER", "o'clock", "ring 🎁"]
)
def test_words_of_a_note_find_by_their_beginnings(shop, typed):
    ana = a_customer()
    of_customer, of_team = an_order(shop, ana, note=NOTE), an_order(shop, ana)
    orders.add_note(of_team.id, NOTE, actor=ADMIN, now=NOW)
    an_order(shop, ana, note="Nothing")
    assert found(text=typed) == numbers_of(of_team, of_customer)


@pytest.mark.parametrize(
    "typed", ["ing", "ring nothing", "☎", "--", "'", '"', "ring & | !x", "NEAR(ring)", "*", "ring:*"]
)
def test_what_is_no_word_of_a_note_harms_nothing(shop, typed):
    an_order(shop, note="Keep it")
    assert found(text=typed) == []


def test_a_note_that_was_changed_or_forgotten_is_found_by_what_it_says_now(shop):
    order = an_order(shop, note="ring")
    Order.update(note="knock").where(Order.id == order.id).execute()
    assert (found(text="ring"), found(text="knock")) == ([], numbers_of(order))
    orders.add_note(order.id, "shout", actor=ADMIN, now=NOW)
    forgetting.forget(order.customer_id, actor=ADMIN, now=NOW)
    assert found(text="knock") == found(text="shout") == []
    Order.update(note="sing").where(Order.id == order.id).execute()
    assert found(text="sing") == numbers_of(order)
