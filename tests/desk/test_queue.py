"""Who gets an order, by hours, rules and stickiness; what waits, and who gets it when somebody comes."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.builders import NOW, an_agent
from tests.desk.playing import ADMIN, a_shop, arrive, at_once, buy, step
from tests.meta.builders import cart, cart_of, change, item
from wapto.desk import numbers
from wapto.desk.assignment import agents, assignment, duty, hours, queue
from wapto.desk.intake import intake
from wapto.desk.orders import orders, timeline, views
from wapto.domain.assignment import MODES, Candidate, Wish, decide
from wapto.errors import InvalidInput
from wapto.store.models import AdminAlert, Agent, Order

BERLIN = "Mon-Fri 09:00-18:00 Europe/Berlin"


def takers():
    return [order.agent.name if order.agent else None for order in Order.select().order_by(Order.id)]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def present():
    return [agent.name for agent in assignment.on_duty()]


def test_people_are_on_duty_within_their_hours_through_both_changes_of_daylight_saving(store):
    ana = an_agent(name="Ana")
    agents.change(ana.id, {"hours": BERLIN})
    seen = {}
    for at in ("2026-03-27 08:00", "2026-03-30 06:59", "2026-03-30 07:00", "2026-10-26 07:59", "2026-10-26 08:00"):
        hours.follow(utc(at))
        seen[at] = bool(present())
    assert list(seen.values()) == [True, False, True, False, True]


def test_a_team_has_hours_for_those_without_their_own(store):
    an_agent(name="Ana", team="Night", hours=BERLIN)
    an_agent(name="Rui", team="Night")
    hours.set_team("Night", "Mon-Sun 22:00-06:00 Europe/Berlin")
    hours.follow(utc("2026-11-25 23:00"))
    assert present() == ["Rui"]
    hours.follow(utc("2026-11-25 12:00"))
    assert present() == ["Ana"]
    hours.set_team("Night", "")
    hours.follow(utc("2026-11-25 12:00"))
    assert present() == ["Ana", "Rui"]


def test_hours_of_a_person_have_to_name_their_time_zone(sqlite_store):
    with pytest.raises(InvalidInput):
        agents.change(an_agent().id, {"hours": "Mon-Fri 09:00-18:00"})


def test_somebody_who_is_away_stays_away_within_their_hours(store):
    an_agent(presence="away", hours=BERLIN)
    hours.follow(utc("2026-11-25 12:00"))
    assert present() == []


def test_an_order_that_nobody_can_take_says_why_and_the_admins_hear_of_it_once(store):
    a_shop(assignment="round_robin")
    an_agent(presence="away")
    order = buy()
    buy()
    assert views.of_order(order.id).assignment_reason == "It waits: nobody of the desk is on duty."
    assert [alert.words for alert in AdminAlert.select()] == ["New orders of Loja wait: nobody of the desk is on duty."]


def test_what_waits_goes_oldest_first_to_whoever_comes_back(store):
    a_shop(assignment="round_robin")
    ana, rui = an_agent(name="Ana", presence="away"), an_agent(name="Rui", presence="away", capacity=1)
    for _ in range(3):
        buy()
    duty.set_presence(ana.id, "on_duty")
    queue.drain(NOW)
    assert takers() == ["Ana"] * 3
    entry = timeline.entries(Order.select().first().id)[-1]
    assert (entry.kind, entry.actor, entry.door) == ("assigned", "wapto", "schedule")
    assert AdminAlert.get().words == "No order of Loja waits for somebody any more."
    assert rui.presence == "away"


def test_the_oldest_go_first_where_not_all_can_be_taken(store):
    a_shop(assignment="least_busy")
    ana = an_agent(name="Ana", presence="away", capacity=2)
    for _ in range(12):
        buy()
    duty.set_presence(ana.id, "on_duty")
    queue.drain(NOW)
    assert takers() == ["Ana"] * 2 + [None] * 10
    step(Order.select().order_by(Order.id).first(), "delivered")
    queue.drain(NOW)
    assert takers()[:4] == ["Ana", "Ana", "Ana", None]


def test_an_order_that_somebody_put_back_stays_there(store):
    a_shop(assignment="round_robin")
    an_agent(name="Ana")
    order = buy()
    orders.assign(order.id, None, actor=ADMIN, now=NOW)
    queue.drain(NOW)
    assert takers() == [None]


def test_an_order_that_was_claimed_or_closed_meanwhile_is_left_alone(store):
    a_shop(assignment="round_robin")
    ana = an_agent(name="Ana", presence="away")
    claimed, closed = buy(), buy()
    orders.assign(claimed.id, ana.id, actor=ADMIN, now=NOW)
    step(closed, "cancelled", reason="mistaken")
    an_agent(name="Rui")
    queue.drain(NOW)
    assert takers() == ["Ana", None]


def test_a_rule_sends_an_order_to_a_team_and_each_team_has_a_round_of_its_own(store):
    numbers.change(a_shop(assignment="round_robin"), {"rules": "sku:TSH=Shirts"})
    for name, team in (("Ana", "Shirts"), ("Rui", "Shirts"), ("Eva", "Cups")):
        an_agent(name=name, team=team)
    for serial in range(6):
        sku = "TSH-1" if serial % 2 else "CUP"
        arrive(change(messages=[cart_of(item(product_retailer_id=sku)) | {"id": f"wamid.r{serial}"}]))
        intake.drain(lambda: NOW)
    assert takers() == ["Ana", "Ana", "Rui", "Rui", "Eva", "Ana"]
    assert "team Shirts (sku:TSH)" in Order.select().order_by(Order.id)[1].assignment_reason


def test_an_order_of_an_absent_team_waits_and_others_overtake_it(store):
    numbers.change(a_shop(assignment="round_robin"), {"rules": "sku:CUP=Cups"})
    eva = an_agent(name="Eva", team="Cups", presence="away")
    for _ in range(11):
        buy()
    an_agent(name="Ana")
    Order.update(waits=True).execute()
    numbers.change(numbers.find(None), {"rules": "sku:TSH=Cups"})
    last = Order.select().order_by(Order.id.desc()).first()
    queue.drain(NOW)
    assert Order.get_by_id(last.id).agent.name == "Ana"
    assert eva.presence == "away"


def test_a_customer_stays_with_their_agent_only_while_that_one_is_there(store):
    numbers.change(a_shop(assignment="round_robin"), {"sticky": "on"})
    ana = an_agent(name="Ana")
    an_agent(name="Rui")
    for _ in range(2):
        buy()
    duty.set_presence(ana.id, "away")
    buy()
    assert takers() == ["Ana", "Ana", "Rui"]
    assert "had this customer's last order" in Order.select().order_by(Order.id)[1].assignment_reason


def test_two_workers_that_drain_and_take_in_at_once_give_each_order_to_one_person(store):
    a_shop(assignment="round_robin")
    ana = an_agent(name="Ana", presence="away")
    for _ in range(12):
        buy()
    duty.set_presence(ana.id, "on_duty")
    an_agent(name="Rui")
    entries = [arrive(change(messages=[cart(id=f"wamid.at{serial}")])) for serial in range(6)]
    at_once(*[partial(queue.drain, NOW)] * 2, *(partial(intake.replay, entry, NOW) for entry in entries))
    queue.drain(NOW)
    assert Counter(takers()) == {"Ana": 9, "Rui": 9}
    for order in Order.select():
        assert [entry.kind for entry in timeline.entries(order.id)].count("assigned") == 1


people = st.lists(
    st.builds(Candidate, st.integers(1, 8), st.just("Ana"), st.integers(0, 5), st.one_of(st.none(), st.integers(0, 6))),
    max_size=6,
    unique_by=lambda each: each.agent_id,
)


@settings(print_blob=True)
@given(st.sampled_from([mode for mode in MODES if mode != "manual"]), people, st.integers(0, 9), st.integers(0, 9))
def test_every_order_goes_to_somebody_able_or_waits_with_a_reason(mode, here, last, usual):
    verdict = decide(mode, here, last, Wish(usual=usual))
    assert verdict.reason
    full = {each.agent_id for each in here if each.capacity is not None and each.open_orders >= each.capacity}
    able = {each.agent_id for each in here} - (full if mode == "least_busy" else set())
    assert verdict.agent_id in able if able else verdict.agent_id is None


@settings(print_blob=True)
@given(st.integers(1, 6), st.integers(1, 40))
def test_the_round_is_fair_over_a_day(people, orders_of_day):
    """Nobody gets more than one order more than anybody else."""
    last, taken = None, Counter(dict.fromkeys(range(1, people + 1), 0))
    for _ in range(orders_of_day):
        here = [Candidate(agent, "Ana", 0) for agent in taken]
        last = decide("round_robin", here, last, Wish()).agent_id
        taken[last] += 1
    assert max(taken.values()) - min(taken.values()) <= 1


@settings(print_blob=True)
@given(st.integers(1, 6), st.integers(0, 40))
def test_least_busy_never_differs_by_more_than_one_from_the_ideal(people, count):
    load = Counter(dict.fromkeys(range(1, people + 1), 0))
    for _ in range(count):
        here = [Candidate(agent, "Ana", open_orders) for agent, open_orders in load.items()]
        load[decide("least_busy", here, None, Wish()).agent_id] += 1
    assert all(abs(each - count / people) < 1 for each in load.values())


steps = st.lists(st.sampled_from(["buy", "Ana", "Rui", "close"]), min_size=3, max_size=14)


@settings(deadline=None, max_examples=15, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_over_random_days_every_open_order_is_with_somebody_or_visibly_waits(sqlite_store, day):
    if not Agent.select().exists():
        a_shop(assignment="round_robin")
        for name in ("Ana", "Rui"):
            an_agent(name=name, presence="away")
    for doing in day:
        first = Order.select().where(Order.is_open).order_by(Order.id).first()
        if doing == "buy":
            buy()
        elif doing == "close" and first:
            step(first, "delivered")
        elif doing in ("Ana", "Rui"):
            agent = agents.find(doing)
            duty.set_presence(agent.id, "away" if agent.presence == "on_duty" else "on_duty")
        queue.drain(NOW)
        waiting = Order.select().where(Order.is_open, Order.agent.is_null())
        assert not (waiting.exists() and present())
        assert all(order.waits and order.assignment_reason for order in waiting)
