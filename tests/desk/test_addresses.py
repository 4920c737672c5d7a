"""Where an order is shipped is asked for by an agent, answered by the customer, and taken by an agent."""

import json
from datetime import timedelta

import pytest

from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.templates import template as definition
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import ANA, NOW, SHOP, WABA, Clock, a_customer, a_number, a_template, an_order
from tests.desk.playing import a_shop, at_once, buy, step, take_in
from tests.desk.telling import claimed
from tests.desk.test_replies import heard
from tests.meta.builders import change, text
from wapto.desk.conversations import addresses
from wapto.desk.notices import outbox
from wapto.desk.orders import timeline, views
from wapto.desk.orders.timeline import Actor
from wapto.domain import asking
from wapto.errors import NotFound, Refused
from wapto.meta.client import GraphClient
from wapto.store.models import Inbound, Message, Order, OrderEvent, Template

RUI = Actor("Rui", "slack", 1)
ASKING = definition("address_request", "en", "Where shall we send your order? Please answer here.")
PIN = {"type": "location", "location": {"latitude": -23.5, "longitude": -46.6, "name": "Home"}, "text": None}


def ask(order, now=NOW):
    return addresses.ask(order.id, actor=RUI, now=now)


def accept(order, answer):
    return addresses.accept(order.id, answer.id, actor=RUI, now=NOW)


def offers(order):
    events = OrderEvent.select().where(OrderEvent.order == order, OrderEvent.kind == "wrote").order_by(OrderEvent.seq)
    return ["offers" in event.ids for event in events]


def said(**changes):
    """Ana writes to the shop; what was kept."""
    message = text(**{"id": f"wamid.said{Inbound.select().count()}"} | changes)
    take_in(change(messages=[{name: value for name, value in message.items() if value is not None}]))
    return Inbound.select().order_by(Inbound.id.desc()).first()


def test_in_the_window_the_customer_is_asked_for_words_or_a_location(store):
    order = an_order()
    heard(order)
    message = ask(order)
    assert (message.state, message.trigger, message.text) == ("queued", "ask_address", asking.for_address(["en"]))
    [work] = claimed().works
    assert work.content["interactive"]["type"] == "location_request_message"
    assert [entry.kind for entry in timeline.entries(order.id)] == ["ask_address"]


@pytest.mark.parametrize(
    ("language", "begins"), [("pt_BR", "Por favor, envie"), ("es_MX", "Por favor, envíanos"), ("xx", "Please")]
)
def test_it_is_asked_in_the_customers_language(store, language, begins):
    order = an_order(customer=a_customer(language=language))
    heard(order)
    assert ask(order).text.startswith(begins)


def test_a_double_click_asks_once_and_later_it_can_be_asked_again(store):
    order = an_order()
    heard(order)
    assert sum(message is not None for message in at_once(lambda: ask(order), lambda: ask(order))) == 1
    assert ask(order) is None
    assert ask(order, NOW + timedelta(minutes=2)) is not None
    assert Message.select().count() == 2


def test_outside_of_the_window_it_says_what_to_do(store):
    order = an_order()
    with pytest.raises(Refused, match=f"numbers set {SHOP} address_template=NAME"):
        ask(order)
    assert Order.get().address_asked_at is None


def test_outside_of_the_window_the_template_that_is_set_asks(store):
    order = an_order(a_number(address_template="address_request"))
    a_template(ASKING)
    message = ask(order)
    assert (message.template, message.language, message.content) == ("address_request", "en", None)
    assert message.text == "Where shall we send your order? Please answer here."
    [work] = claimed().works
    assert work.content["template"]["name"] == "address_request"


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"status": "PAUSED"}, "is PAUSED at Meta"), ({"name": "other"}, "There is no template"), (None, "placeholders")],
)
def test_a_template_that_cannot_ask_says_why(store, changes, said):
    order = an_order(a_number(address_template="address_request"))
    odd = definition("address_request", "en", "Where is {{1}} to go? Tell us.")
    a_template(odd if changes is None else ASKING, **changes or {})
    with pytest.raises(Refused, match=said):
        ask(order)


def test_a_template_that_was_paused_since_is_not_sent(store):
    order = an_order(a_number(address_template="address_request"))
    a_template(ASKING)
    ask(order)
    Template.update(status="PAUSED").execute()
    assert claimed().works == []
    assert (Message.get().state, "cannot be sent any more" in Message.get().reason) == ("skipped", True)


def test_a_template_that_failed_can_be_sent_again(store):
    order = an_order(a_number(address_template="address_request"))
    a_template(ASKING)
    message = ask(order)
    Message.update(state="failed").execute()
    assert outbox.retry(message.id, "again", RUI, NOW).template == "address_request"


def test_nothing_is_asked_about_a_closed_order(store):
    order = an_order(status="delivered")
    with pytest.raises(Refused, match="is closed"):
        ask(order)


def test_a_place_is_always_offered_and_words_once_they_were_asked_for(store):
    a_shop()
    order = buy()
    said(body="hi")
    said(**PIN)
    assert offers(order) == [False, True]
    Order.update(address_asked_at=NOW).execute()
    answer = said(body="Rua A, 1")
    assert offers(order) == [False, True, True]
    assert Order.get_by_id(order.id).address is None, "nothing becomes the address by itself"
    accept(order, answer)
    said(body="thanks")
    assert offers(order) == [False, True, True, False]


@pytest.mark.parametrize(
    ("answers", "address"),
    [
        ({"values": {"name": "Ana", "address": "Rua A, 1", "city": "São Paulo"}}, "Ana\nRua A, 1\nSão Paulo"),
        ({"address": "Rua A, 1"}, "Rua A, 1"),
        ({"color": "red"}, None),
    ],
)
def test_an_address_form_is_offered_and_other_forms_are_not(store, answers, address):
    a_shop()
    order = buy()
    reply = {"name": "address_message", "body": "Sent", "response_json": json.dumps(answers)}
    answer = said(type="interactive", interactive={"type": "nfm_reply", "nfm_reply": reply}, text=None)
    assert offers(order) == [address is not None]
    if address:
        assert accept(order, answer).address == address
    else:
        with pytest.raises(Refused, match="holds no address"):
            accept(order, answer)


def test_what_an_agent_takes_is_the_address_and_its_entry_holds_no_words(store):
    a_shop()
    order = buy()
    pin = said(**PIN)
    accepted = accept(order, pin)
    assert accepted.address == "Home (-23.5, -46.6)"
    accept(order, pin)
    events = list(OrderEvent.select().where(OrderEvent.kind == "address"))
    assert [(event.actor, event.before, event.after, event.note.text) for event in events] == [("Rui", None, None, "")]
    assert views.of_order(order.id).address == "Home (-23.5, -46.6)"


def test_another_answer_takes_its_place(store):
    a_shop()
    order = buy()
    first, second = said(**PIN), said(**PIN | {"location": {"latitude": 1, "longitude": 2}})
    accept(order, first)
    assert accept(order, second).address == "(1, 2)"
    assert accept(order, first).address.startswith("Home")
    assert OrderEvent.select().where(OrderEvent.kind == "address").count() == 3


def test_words_of_somebody_else_are_never_the_address(store):
    a_shop()
    order = buy()
    other = said(**{"from": "5511977776666"})
    with pytest.raises(NotFound):
        accept(order, other)
    with pytest.raises(NotFound):
        addresses.accept(order.id, 4711, actor=RUI, now=NOW)


def test_an_order_that_moves_on_keeps_its_address(store):
    a_shop()
    order = buy()
    accept(order, said(**PIN))
    assert step(order, "shipped").address == "Home (-23.5, -46.6)"


def test_the_customer_is_asked_over_http_and_answers_with_a_location(store):
    clock = Clock()
    shop = MetaNumber(SHOP, "+55 11 4000-0001", "Loja")
    with Graph([Waba(WABA, [shop])], access_tokens=["good"], app_secret="secret") as graph:
        ana = Customer(graph, "Ana", ANA.removeprefix("+"))
        ana.send_text(SHOP, "when?")
        order = an_order()
        heard(order, clock())
        ask(order, clock())
        lane = outbox.OutboxLane(GraphClient(graph.url, "v25.0", "good"), clock)
        lane.drain()
        lane.close()
        assert ana.inbox == [asking.for_address(["en"])]
        assert [sent.kind for sent in graph.sent] == ["interactive"]
