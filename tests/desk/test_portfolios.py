"""A user id is one person's within a business portfolio, whichever of its accounts they write to."""

import pytest

from sandbox.graph import Graph
from sandbox.graph.world import Waba
from tests.desk.builders import NOW, WABA, a_number, an_order
from tests.desk.playing import ADMIN
from wapto.desk import numbers
from wapto.desk.customers import contacts, customers, portfolios
from wapto.desk.notices import drafts
from wapto.desk.orders import timeline, views
from wapto.meta.client import GraphClient
from wapto.store.database import transaction
from wapto.store.models import Customer, Handle, Merge, Number, Order

OTHER, FOREIGN = "200000000000002", "200000000000003"
BUSINESS = "700000000000001"


@pytest.fixture
def graph():
    wabas = [Waba(WABA, portfolio=BUSINESS), Waba(OTHER, portfolio=BUSINESS), Waba(FOREIGN)]
    with Graph(wabas, access_tokens=["good"], app_secret="secret") as graph:
        yield graph


def learn(graph, *wabas):
    return portfolios.learn(GraphClient(graph.url, "v25.0", "good"), wabas, ADMIN, NOW)


def meet(number, user_id, phone=None):
    scope = customers.scope_of(Number.get_by_id(number.id))
    with transaction():
        return customers.find_or_create(phone=phone, user_id=user_id, scope=scope, name=None, username=None, now=NOW)


def two_numbers():
    return a_number(), a_number(phone_number_id="1100000000002", waba=OTHER)


def test_the_portfolio_of_an_account_is_learned_and_kept(store, graph):
    number, _ = two_numbers()
    foreign = a_number(phone_number_id="1100000000003", waba=FOREIGN)
    assert learn(graph, WABA, OTHER, FOREIGN) == {WABA: BUSINESS, OTHER: BUSINESS}
    assert Number.get_by_id(number.id).portfolio == BUSINESS
    assert Number.get_by_id(foreign.id).portfolio is None
    assert customers.scope_of(foreign) == FOREIGN


def test_until_it_is_known_the_account_stands_for_it_and_then_the_handles_follow(store, graph):
    number, _ = two_numbers()
    ana = meet(number, "BR.1")
    learn(graph, WABA)
    assert meet(number, "BR.1") == ana
    assert customers.user_id_of(ana.id, BUSINESS) == "BR.1"
    assert Handle.select().where(Handle.scope == WABA).count() == 0


def test_somebody_known_by_user_id_alone_is_written_to_within_the_portfolio(sqlite_store, graph):
    number, _ = two_numbers()
    order = an_order(number, meet(number, "BR.1"))
    learn(graph, WABA)
    fresh = Order.get_by_id(order.id)
    assert drafts.recipient_of(fresh.customer, fresh.number) == (None, "BR.1")
    assert views.of_order(with_a_past(order)).customer_user_id == "BR.1"
    assert contacts.show(order.id, actor=ADMIN, now=NOW).user_id == "BR.1"


def with_a_past(order):
    timeline.record(order.id, "received", timeline.CUSTOMER, NOW)
    return order.id


def test_who_writes_to_two_accounts_of_a_portfolio_is_one_person_once_it_is_known(store, graph):
    first, second = two_numbers()
    ana, same = meet(first, "BR.1"), meet(second, "BR.1", "+5511988887777")
    order = an_order(second, same)
    assert ana != same
    learn(graph, WABA, OTHER)
    assert meet(first, "BR.1") == meet(second, "BR.1") == ana
    assert Order.get_by_id(order.id).customer == ana
    trace = Merge.get()
    assert (trace.kept_id, trace.merged_id, trace.reason) == (ana.id, same.id, portfolios.SAME_PERSON)
    learn(graph, WABA, OTHER)
    assert Merge.select().count() == 1


def test_several_who_share_two_ids_become_one_without_a_stumble(sqlite_store, graph):
    first, second = two_numbers()
    ana = meet(first, "BR.1")
    bia = meet(first, "BR.2")
    meet(second, "BR.1", "+5511988887777")
    meet(second, "BR.2", "+5511988887777")
    learn(graph, WABA, OTHER)
    assert {meet(first, "BR.1"), meet(first, "BR.2")} == {ana}
    assert Customer.get_by_id(bia.id).merged_into_id == ana.id


def test_a_portfolio_that_cannot_be_seen_harms_nobody(sqlite_store, graph):
    number, _ = two_numbers()
    ana = meet(number, "BR.1")
    graph.fail(100, call="account")
    assert learn(graph, WABA) == {}
    assert meet(number, "BR.1") == ana


def test_a_number_that_is_added_later_shares_what_is_known_of_its_account(sqlite_store, graph):
    a_number()
    learn(graph, WABA)
    settings = {"waba": WABA, "slack_channel": "C0ORDERS"}
    assert numbers.add("1100000000009", settings, now=NOW).portfolio == BUSINESS
    moved = numbers.change(Number.get(Number.phone_number_id == "1100000000009"), {"waba": FOREIGN})
    assert moved.portfolio is None


def test_an_id_means_another_person_in_another_portfolio(sqlite_store, graph):
    number, _ = two_numbers()
    learn(graph, WABA)
    elsewhere = a_number(phone_number_id="1100000000003", waba=FOREIGN)
    assert meet(number, "BR.1") != meet(elsewhere, "BR.1")
