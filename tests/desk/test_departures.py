"""Orders of people who are not there: kept for a while, then back in the queue, with a line that says so."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.desk.builders import NOW, an_agent
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step
from wapto.desk import numbers
from wapto.desk.assignment import agents, departures, duty, hours, queue
from wapto.desk.orders import orders, replay, timeline, views
from wapto.store.models import AdminAlert, Alert, Order

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(store):
    return a_shop(assignment="round_robin", timezone="UTC")


def holder(order):
    agent = Order.get_by_id(order.id).agent
    return agent.name if agent else None


def taken(agent, **changes):
    return orders.assign(buy(**changes).id, agent.id, actor=ADMIN, now=NOW)


def look(after=timedelta(0)):
    departures.follow(NOW + after)
    queue.drain(NOW + after)


def test_who_is_away_keeps_their_orders_for_a_day_and_then_others_get_them(shop):
    ana, _ = an_agent(name="Ana"), an_agent(name="Rui")
    order = taken(ana)
    duty.set_presence(ana.id, "away")
    look()
    look(24 * HOUR - timedelta(seconds=1))
    assert holder(order) == "Ana"
    look(24 * HOUR)
    assert holder(order) == "Rui"
    back, given = timeline.entries(order.id)[-2:]
    assert (back.kind, back.before, back.after, back.actor, back.door) == (
        "handed_back",
        "Ana",
        "away",
        "wapto",
        "schedule",
    )
    assert (given.kind, given.after) == ("assigned", "Rui")
    assert Alert.select().where(Alert.agent == Order.get_by_id(order.id).agent).count() == 1


def test_somebody_who_came_back_in_time_keeps_everything(shop):
    ana = an_agent(name="Ana")
    order = taken(ana)
    for hour, presence in ((0, "away"), (20, "on_duty"), (22, "away"), (45, "away")):
        duty.set_presence(ana.id, presence)
        look(hour * HOUR)
    assert holder(order) == "Ana"
    look(46 * HOUR)
    assert holder(order) is None


def test_the_time_is_the_shops_own_and_only_its_working_hours_count(shop):
    numbers.change(shop, {"hand_back_minutes": "120", "hours": "Mon-Fri 09:00-18:00"})
    ana, _ = an_agent(name="Ana"), an_agent(name="Rui")
    order = taken(ana)
    duty.set_presence(ana.id, "away")
    wednesday_evening = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    departures.follow(wednesday_evening)
    departures.follow(datetime(2026, 11, 26, 9, 59, tzinfo=UTC))
    assert holder(order) == "Ana"
    departures.follow(datetime(2026, 11, 26, 10, 0, tzinfo=UTC))
    assert holder(order) is None


def test_the_end_of_working_hours_is_an_absence_too(shop):
    numbers.change(shop, {"hand_back_minutes": "60"})
    ana = an_agent(name="Ana", hours="Mon-Fri 09:00-18:00 UTC")
    order = taken(ana)
    evening = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    for at in (evening, evening + HOUR):
        hours.follow(at)
        departures.follow(at)
    assert holder(order) is None


def test_a_shop_may_leave_orders_with_whoever_is_away(shop):
    numbers.change(shop, {"hand_back_minutes": "0"})
    ana = an_agent(name="Ana")
    order = taken(ana)
    duty.set_presence(ana.id, "away")
    look()
    look(1000 * HOUR)
    assert holder(order) == "Ana"


def test_who_left_the_roster_keeps_orders_for_ten_minutes_only_in_which_it_can_be_undone(shop):
    numbers.change(shop, {"hand_back_minutes": "0"})
    ana, rui = an_agent(name="Ana"), an_agent(name="Rui", slack="U0RUI")
    anas, ruis = taken(ana), taken(rui)
    for agent in (ana, rui):
        agents.remove(agent.id, now=NOW)
    look(timedelta(minutes=9))
    agents.add(rui.slack, "Rui", now=NOW + timedelta(minutes=9))
    look(timedelta(minutes=10))
    assert (holder(anas), holder(ruis)) == ("Rui", "Rui")
    assert [entry.after for entry in timeline.entries(anas.id) if entry.kind == "handed_back"] == ["left"]


def test_closed_orders_stay_with_whoever_worked_on_them(shop):
    ana = an_agent(name="Ana")
    order = step(taken(ana), "cancelled", reason="sold out")
    agents.remove(ana.id, now=NOW)
    look(HOUR)
    assert holder(order) == "Ana"


def test_with_nobody_there_it_waits_and_says_why_and_the_admins_are_told(shop):
    ana = an_agent(name="Ana")
    order = taken(ana)
    duty.set_presence(ana.id, "away")
    look()
    look(24 * HOUR)
    assert views.of_order(order.id).assignment_reason == "It waits: Ana, who had it, has been away for too long."
    assert AdminAlert.get().words == "Orders of Loja wait: Ana, who had it, has been away for too long."
    assert not replay.of_order(order.id, NOW + 25 * HOUR).state.agent


def test_two_schedulers_hand_each_order_back_once(shop):
    ana = an_agent(name="Ana")
    those = [taken(ana) for _ in range(5)]
    duty.set_presence(ana.id, "away")
    look()
    at_once(*[partial(departures.follow, NOW + 24 * HOUR)] * 2)
    assert [[entry.kind for entry in timeline.entries(order.id)].count("handed_back") for order in those] == [1] * 5


def test_what_waits_for_a_removed_number_is_given_out_too(shop):
    ana = an_agent(name="Ana", presence="away")
    order = buy()
    numbers.remove(shop, now=NOW)
    duty.set_presence(ana.id, "on_duty")
    queue.drain(NOW)
    assert holder(order) == "Ana"
