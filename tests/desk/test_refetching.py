"""Templates that are out of date are fetched again, once for each message that showed it."""

from datetime import timedelta

import pytest

from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.templates import template as definition
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import ANA, NOW, SHOP, WABA, Clock, a_customer, a_number, a_template, a_trigger
from tests.desk.telling import a_telling_shop, waiting
from wapto.desk.notices.outbox import OutboxLane
from wapto.desk.templates import refetching
from wapto.desk.templates.refetching import REFETCH, after_refusal, refetch
from wapto.jobs.duties import do_due
from wapto.meta.client import GraphClient
from wapto.store.models import Duty, Message, Template

LATER = NOW + timedelta(minutes=20)


def due():
    return Duty.get(Duty.name == REFETCH).due_at


def a_refused_message(synced_at=NOW - timedelta(days=1)):
    """A notice that Meta refused, of a template fetched then; the next fetch is far away."""
    number = a_number()
    a_template(synced_at=synced_at)
    a_trigger(number)
    Duty.create(name=REFETCH, due_at=LATER)
    return waiting(number)


@pytest.mark.parametrize("code", refetching.OUT_OF_DATE)
def test_a_refusal_that_shows_an_old_template_fetches_it_at_once(store, code):
    after_refusal(a_refused_message(), code, NOW)
    assert due() == NOW


@pytest.mark.parametrize("code", [132015, 131026, None])
def test_another_refusal_fetches_nothing(store, code):
    after_refusal(a_refused_message(), code, NOW)
    assert due() == LATER


def test_what_was_fetched_since_is_not_fetched_for_the_same_message_again(store):
    after_refusal(a_refused_message(synced_at=NOW + timedelta(minutes=1)), 132001, NOW)
    assert due() == LATER


@pytest.fixture
def graph():
    with Graph(
        [Waba(WABA, [MetaNumber(SHOP, "+55 11 4000-0001", "Loja")])], access_tokens=["good"], app_secret="s"
    ) as it:
        yield it


def test_a_message_with_the_old_placeholders_goes_out_with_the_new_ones(store, graph):
    client, clock = GraphClient(graph.url, "v25.0", "good"), Clock()
    Customer(graph, "Ana", ANA.removeprefix("+"))
    graph.add_template(WABA, definition("order_update", "en", "Your order {{1}} has news."))
    number = a_telling_shop()
    Template.update(synced_at=clock() - timedelta(days=1)).execute()
    do_due({REFETCH: (refetching.EVERY, lambda now: None)}, clock())
    waiting(number, a_customer(), now=clock())
    lane = OutboxLane(client, clock)
    try:
        while lane.drain():
            pass
        assert (Message.get().state, Message.get().error_code) == ("held", 132000)
        assert due() <= clock()
        assert do_due({REFETCH: (refetching.EVERY, lambda now: refetch(client, now))}, clock()) == [REFETCH]
        while lane.drain():
            pass
    finally:
        lane.close()
    assert Message.get().state == "accepted"
    assert [sent.text for sent in graph.sent] == ["Your order W-N8HX has news."]


def test_a_shop_without_numbers_has_nothing_to_fetch(store, graph):
    refetch(GraphClient(graph.url, "v25.0", "good"), NOW)
    assert graph.refused == []
