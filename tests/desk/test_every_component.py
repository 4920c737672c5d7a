"""Every kind of component, in both formats of parameters, told to a customer over HTTP as strictly as Meta takes it."""

import pytest

from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.templates import template as definition
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import ANA, SHOP, WABA, Clock, a_customer, a_number, an_order
from tests.desk.telling import promised
from wapto.desk.notices.outbox import OutboxLane
from wapto.desk.templates import templates, triggers
from wapto.meta.client import GraphClient
from wapto.store.models import Message

BODY = "Order {{1}} is now {{2}}. Thank you."
BOUND = {"1": "order.number", "2": "order.status"}
TOLD = "Order W-N8HX is now Shipped. Thank you."
TRACK = {"type": "URL", "text": "Track", "url": "https://x.example/{{1}}", "example": ["https://x.example/1"]}
HELP = {"type": "QUICK_REPLY", "text": "Help"}
PICTURE = '"https://shop.example/box.png"'


@pytest.fixture
def graph():
    with Graph(
        [Waba(WABA, [MetaNumber(SHOP, "+55 11 4000-0001", "Loja")])], access_tokens=["good"], app_secret="s"
    ) as it:
        yield it


def tell(graph, template, bindings):
    """What Ana reads of an order that was shipped, once this template is set to tell it."""
    client, clock = GraphClient(graph.url, "v25.0", "good"), Clock()
    ana = Customer(graph, "Ana", ANA.removeprefix("+"))
    graph.add_template(WABA, template)
    number = a_number()
    templates.sync(client, [WABA], clock())
    triggers.set_trigger(number, "shipped", template=template["name"], bindings=bindings, defaults={}, now=clock())
    promised(an_order(number, a_customer(), status="shipped"), now=clock())
    lane = OutboxLane(client, clock)
    try:
        while lane.drain():
            pass
    finally:
        lane.close()
    assert graph.refused == []
    assert Message.get().state == "accepted"
    [sent] = ana.messages
    return sent


@pytest.mark.parametrize(
    ("parts", "bindings", "text"),
    [
        ({}, {}, TOLD),
        ({"footer": "Loja"}, {}, f"{TOLD}\nLoja"),
        ({"header": "Your order"}, {}, f"Your order\n{TOLD}"),
        ({"header": "Order {{1}}"}, {"header": "order.number"}, f"Order W-N8HX\n{TOLD}"),
        ({"header": "IMAGE"}, {"header": PICTURE}, TOLD),
        ({"header": "VIDEO"}, {"header": '"https://shop.example/box.mp4"'}, TOLD),
        ({"header": "DOCUMENT"}, {"header": '"https://shop.example/bill.pdf"'}, TOLD),
        ({"header": "LOCATION"}, {"header": '"-23.55,-46.63; Loja; Rua Augusta 100"'}, TOLD),
    ],
)
def test_each_kind_of_header_and_footer_arrives(sqlite_store, graph, parts, bindings, text):
    assert tell(graph, definition("order_update", "en", BODY, **parts), BOUND | bindings).text == text


def test_named_variables_arrive_under_their_names(sqlite_store, graph):
    named = definition("order_update", "en", "Hi {{who}}, {{what}} is on its way.", header="Order {{what}}")
    sent = tell(graph, named, {"who": "customer.first_name", "what": "order.number", "header": "order.number"})
    assert sent.text == "Order W-N8HX\nHi Ana, W-N8HX is on its way."


def test_buttons_lead_where_and_send_back_what_they_are_bound_to(sqlite_store, graph):
    call = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+551140000001"}
    buttoned = definition("order_update", "en", BODY, buttons=[TRACK, call, HELP])
    sent = tell(graph, buttoned, BOUND | {"button.0": "order.number", "button.2": "order.number"})
    track, _, reply = sent.buttons
    assert (track.url, reply.payload) == ("https://x.example/W-N8HX", "W-N8HX")


def test_a_quick_reply_that_is_bound_to_nothing_sends_its_words(sqlite_store, graph):
    sent = tell(graph, definition("order_update", "en", BODY, buttons=[HELP]), BOUND)
    assert sent.buttons[0].payload == "Help"
