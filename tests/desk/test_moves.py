"""A customer who moves to another number, from the webhook that tells it to the message that reaches the new phone."""

import pytest

from sandbox.graph import Graph
from sandbox.graph.payloads import encode
from sandbox.graph.phone import Customer as Phone
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import NOTICE, SHOP, WABA, Clock, a_trigger
from tests.desk.playing import ADMIN, drain
from tests.desk.telling import a_telling_shop, states
from wapto.desk.customers import people
from wapto.desk.intake import inbox
from wapto.desk.notices.outbox import OutboxLane
from wapto.desk.orders import orders
from wapto.meta.client import GraphClient
from wapto.store.models import Customer, Message, Order

CART = [("SKU-RED-M", 2, 30, "BRL")]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def graph(clock):
    """Meta, whose webhooks are stored as they come."""
    shop = Waba(WABA, [MetaNumber(SHOP, "+55 11 4000-0001", "Loja")], [NOTICE])
    with Graph([shop], access_tokens=["good"], app_secret="secret") as graph:
        graph.webhooks.tell = lambda update, key=None: inbox.store_raw(encode([update]), clock())
        yield graph


@pytest.fixture
def lane(graph, clock):
    lane = OutboxLane(GraphClient(graph.url, "v25.0", "good", timeout=(2, 5)), clock)
    yield lane
    lane.close()


@pytest.mark.parametrize("hides_phone", [False, True], ids=["phone", "user id"])
def test_nothing_of_an_order_reaches_a_new_number_before_it_is_confirmed(store, graph, lane, clock, hides_phone):
    a_trigger(a_telling_shop(), "confirmed")
    ana = Phone(graph, "Ana", "5511988887777", "BR.150", hides_phone=hides_phone)
    ana.send_cart(SHOP, CART)
    drain(clock())
    ana.change_number(SHOP, "5511966665555", "BR.151")
    drain(clock())
    orders.change_status(Order.get().id, "confirmed", actor=ADMIN, now=clock())
    lane.drain()
    assert (graph.sent, states()) == ([], ["held"])
    people.confirm_number(Customer.get().id, actor=ADMIN, now=clock())
    lane.drain()
    assert [sent.to for sent in graph.sent] == ["BR.151" if hides_phone else "+5511966665555"]
    assert "is now Confirmed" in ana.inbox[0]
    assert Customer.select().count() == 1
    drain(clock())
    assert Message.get().state == "delivered"
