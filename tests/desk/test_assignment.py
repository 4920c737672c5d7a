"""Who gets a new order: fair turns among those on duty, also when carts come at once."""

from collections import Counter
from functools import partial

import pytest

from tests.desk.builders import NOW, an_agent
from tests.desk.playing import a_shop, arrive, at_once, buy, step
from tests.meta.builders import cart, change
from wapto.desk.assignment import agents
from wapto.desk.intake import intake
from wapto.store.models import Alert, Order, OrderEvent


def takers():
    return [order.agent.name if order.agent else None for order in Order.select().order_by(Order.id)]


def test_orders_go_round_those_on_duty(sqlite_store):
    a_shop(assignment="round_robin")
    for name in ("Ana", "Rui", "Eva"):
        an_agent(name=name)
    for _ in range(4):
        buy()
    assert takers() == ["Ana", "Rui", "Eva", "Ana"]


def test_carts_that_come_at_once_are_shared_fairly(store):
    a_shop(assignment="round_robin")
    for name in ("Ana", "Rui", "Eva"):
        an_agent(name=name)
    entries = [arrive(change(messages=[cart(id=f"wamid.{serial}")])) for serial in range(12)]
    at_once(*(partial(intake.replay, entry, NOW) for entry in entries))
    assert Counter(takers()) == {"Ana": 4, "Rui": 4, "Eva": 4}


def test_every_number_has_a_round_of_its_own(sqlite_store):
    a_shop(assignment="round_robin")
    a_shop(assignment="round_robin", phone_number_id="100000000000002")
    an_agent(name="Ana")
    an_agent(name="Rui")
    buy()
    arrive(change(messages=[cart(id="wamid.other")], metadata={"phone_number_id": "100000000000002"}))
    intake.drain(lambda: NOW)
    assert takers() == ["Ana", "Ana"]


@pytest.mark.parametrize("changes", [{"presence": "away"}, {"role": "viewer"}, {"gone_at": NOW}])
def test_who_is_not_on_duty_gets_nothing(sqlite_store, changes):
    a_shop(assignment="round_robin")
    an_agent(name="Ana", **changes)
    an_agent(name="Rui")
    buy()
    buy()
    assert takers() == ["Rui", "Rui"]


def test_with_nobody_on_duty_an_order_waits_and_nobody_is_alerted(sqlite_store):
    a_shop(assignment="round_robin")
    an_agent(presence="away")
    order = buy()
    assert (order.agent, order.assignment_reason) == (None, "It waits: nobody of the desk is on duty.")
    assert Alert.select().count() == 0


def test_the_round_goes_on_where_it_was_when_somebody_comes_back(sqlite_store):
    a_shop(assignment="round_robin")
    ana, _ = an_agent(name="Ana"), an_agent(name="Rui")
    buy()
    agents.change(ana.id, {"presence": "away"})
    buy()
    buy()
    agents.change(ana.id, {"presence": "on_duty"})
    buy()
    assert takers() == ["Ana", "Rui", "Rui", "Ana"]


def test_least_busy_counts_open_orders_only(sqlite_store):
    a_shop(assignment="least_busy")
    an_agent(name="Ana")
    an_agent(name="Rui")
    first, _ = buy(), buy()
    step(first, "cancelled", reason="sold out")
    buy()
    assert takers() == ["Ana", "Rui", "Ana"]


def test_a_full_desk_leaves_the_order_waiting(sqlite_store):
    a_shop(assignment="least_busy")
    an_agent(name="Ana", capacity=1)
    buy()
    buy()
    assert takers() == ["Ana", None]


def test_a_manual_number_assigns_nobody(sqlite_store):
    a_shop(assignment="manual")
    an_agent()
    buy()
    assert takers() == [None]


def test_the_choice_is_explained_and_the_chosen_is_owed_an_alert(store):
    a_shop(assignment="round_robin")
    ana = an_agent(name="Ana")
    order = buy()
    assert order.assignment_reason == "It is Ana's turn in the round of 1 on duty."
    assigned = OrderEvent.get(OrderEvent.kind == "assigned")
    assert (assigned.actor, assigned.after, assigned.seq) == ("wapto", "Ana", 2)
    alert = Alert.get()
    assert (alert.order, alert.agent, alert.state, alert.due_at) == (order, ana, "due", NOW)
