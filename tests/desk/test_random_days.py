"""Whatever a day brings: no order is forgotten, none stays with somebody who is not there, and all is spread evenly.

Days are random: who is on the roster, when they work and for which team, when they go, come, are full or leave, and
what customers buy. Clocks are changed twice in the time that these days are taken from.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.builders import an_agent
from tests.desk.playing import ADMIN, a_shop, arrive
from tests.meta.builders import cart_of, change, item
from wapto.desk import numbers
from wapto.desk.assignment import agents, assignment, departures, duty, hours, late, queue
from wapto.desk.intake import intake
from wapto.desk.orders import orders, timeline
from wapto.domain import lifecycle
from wapto.domain.identity import order_number
from wapto.store.models import ALL, AdminAlert, Agent, Number, Order, OrderEvent, Promise

BEGINNINGS = (
    datetime(2026, 3, 27, 6, 0, tzinfo=UTC),  # Berlin's clocks go forward on the 29th
    datetime(2026, 10, 23, 6, 0, tzinfo=UTC),  # and back on the 25th
    datetime(2026, 11, 25, 6, 0, tzinfo=UTC),
)
NAMES = ("Ana", "Rui", "Eva", "Max")
HOURS = ("", "Mon-Sun 08:00-17:00 Europe/Berlin", "Mon-Sun 22:00-06:00 Europe/Berlin", "Mon-Fri 09:00-12:00 UTC")
GRACE = 120  # minutes

person = st.fixed_dictionaries(
    {
        "team": st.sampled_from([None, "Shirts"]),
        "capacity": st.sampled_from([None, 1, 3]),
        "hours": st.sampled_from(HOURS),
        "role": st.sampled_from(["agent", "agent", "admin", "viewer"]),
        "presence": st.sampled_from(["on_duty", "away"]),
    }
)
shops = st.fixed_dictionaries(
    {
        "assignment": st.sampled_from(["round_robin", "least_busy"]),
        "sticky": st.sampled_from(["on", "off"]),
        "rules": st.sampled_from(["", "sku:TSH=Shirts"]),
        "hours": st.sampled_from(["", "Mon-Sun 07:00-20:00"]),
    }
)
acts = st.one_of(
    st.tuples(st.just("buy"), st.sampled_from(["TSH-1", "CUP"])),
    st.tuples(st.sampled_from(["go or come", "leave", "return"]), st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(["close", "release"]), st.integers(0, 5)),
    st.tuples(st.just("pass"), st.sampled_from([1, 40, 200, 700, 1500])),
)
days = st.lists(acts, min_size=4, max_size=14)


class Day:
    """A shop in Berlin, its people, and a clock that the scheduler follows at every step."""

    def __init__(self, beginning, shop, people):
        for model in reversed(ALL):
            model.delete().execute()
        self.now = beginning
        settings_ = {**shop, "promises": "received=2h", "hand_back_minutes": str(GRACE)}
        self.shop = numbers.change(a_shop(timezone="Europe/Berlin"), settings_)
        for name, facts in zip(NAMES, people, strict=False):
            an_agent(name=name, slack=f"U0{name.upper()}", **{**facts, "hours": facts["hours"] or None})
        self.bought, self.absent = 0, {}
        self.tick()

    def tick(self):
        hours.follow(self.now)
        here = {agent.id for agent in assignment.on_duty()}
        since = {agent.id: self.absent.get(agent.id, self.now) for agent in Agent.select()}
        self.absent = {agent_id: at for agent_id, at in since.items() if agent_id not in here}
        for follow in (departures.follow, queue.drain, late.cross_limits):
            follow(self.now)

    def do(self, act, what):
        getattr(self, act.replace(" ", "_"))(what)
        self.tick()

    def buy(self, sku):
        self.bought += 1
        sent = cart_of(item(product_retailer_id=sku)) | {"id": f"wamid.{self.bought}"}
        arrive(change(messages=[sent]))
        while intake.drain(lambda: self.now):
            pass

    def go_or_come(self, name):
        if person := Agent.get_or_none(Agent.name == name, Agent.gone_at.is_null(), Agent.role != "viewer"):
            duty.set_presence(person.id, "away" if person.presence == "on_duty" else "on_duty")

    def leave(self, name):
        if person := Agent.get_or_none(Agent.name == name):
            agents.remove(person.id, now=self.now)

    def return_(self, name):
        if Agent.get_or_none(Agent.name == name, Agent.gone_at.is_null(False)):
            agents.add(f"U0{name.upper()}", name, now=self.now)

    def close(self, place):
        if order := self._open(place):
            orders.change_status(order.id, "cancelled", actor=ADMIN, now=self.now, reason="a mistake")

    def release(self, place):
        if (order := self._open(place)) and order.agent_id:
            orders.assign(order.id, None, actor=ADMIN, now=self.now)

    def pass_(self, minutes):
        end = self.now + timedelta(minutes=minutes)
        while self.now < end:
            self.now = min(self.now + timedelta(minutes=20), end)
            self.tick()

    def _open(self, place):
        found = list(Order.select().where(Order.is_open).order_by(Order.id))
        return found[place % len(found)] if found else None


def put_back_by_hand(order):
    entry = timeline.latest(order.id, ("assigned", "released", "handed_back"))
    return entry is not None and entry.kind == "released"


def check_nothing_is_forgotten(day):
    here = {agent.id: agent for agent in assignment.on_duty()}
    load = assignment.open_orders()
    for order in Order.select().where(Order.is_open):
        if order.agent_id is None:
            assert put_back_by_hand(order) or (order.waits and order.assignment_reason), order_number(order.id)
        if order.waits:
            wanted = "Shirts" if "TSH" in str(order.assignment_reason) or is_for_shirts(day, order) else None
            able = [agent for agent in here.values() if wanted in (None, agent.team)]
            if day.shop.assignment == "least_busy":
                able = [one for one in able if one.capacity is None or load.get(one.id, 0) < one.capacity]
            assert not able, "it waits though somebody could take it"


def is_for_shirts(day, order):
    return bool(day.shop.rules) and any(line.sku.startswith("TSH") for line in order.orderline_set)


def check_nobody_absent_keeps_anything(day):
    open_hours = late.hours_of(Number.get_by_id(day.shop.id))
    for order in Order.select().where(Order.is_open, Order.agent.is_null(False)):
        agent = order.agent
        if agent.gone_at:
            assert day.now < agent.gone_at + timedelta(minutes=10)
        elif agent.id in day.absent:
            assert day.now < open_hours.add(day.absent[agent.id], timedelta(minutes=GRACE))


def check_every_automatic_choice_is_explained(day):
    given = OrderEvent.select().where(OrderEvent.kind == "assigned", OrderEvent.actor == "wapto")
    assert all(event.ids.get("reason") for event in given)


def check_what_is_late_was_said(day):
    for promise in Promise.select().where(Promise.due_at <= day.now):
        if promise.order.is_open and promise.order.status == promise.status:
            assert lifecycle.STATUSES[promise.status].is_open
            assert timeline.latest(promise.order_id, ("at_risk", "late")), "it is late, and nobody was told"


@settings(deadline=None, max_examples=25, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(BEGINNINGS), shops, st.lists(person, min_size=1, max_size=4), days)
def test_no_order_is_forgotten_and_none_stays_with_somebody_absent(sqlite_store, beginning, shop, people, acts_of_day):
    day = Day(beginning, shop, people)
    for act, what in acts_of_day:
        day.do({"return": "return_", "pass": "pass_"}.get(act, act), what)
        check_nothing_is_forgotten(day)
        check_nobody_absent_keeps_anything(day)
        check_every_automatic_choice_is_explained(day)
        check_what_is_late_was_said(day)


@settings(deadline=None, max_examples=15, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["round_robin", "least_busy"]), st.integers(1, 4), st.integers(1, 12))
def test_what_comes_in_over_a_day_is_spread_evenly(sqlite_store, mode, people, count):
    shop = {"assignment": mode, "sticky": "off", "rules": "", "hours": ""}
    here = {"team": None, "capacity": None, "hours": "", "role": "agent", "presence": "on_duty"}
    day = Day(BEGINNINGS[2], shop, [here] * people)
    for _ in range(count):
        day.do("buy", "CUP")
    taken = Counter(order.agent_id for order in Order.select())
    counts = [taken[agent.id] for agent in Agent.select()]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == count


@pytest.mark.parametrize("beginning", BEGINNINGS[:2])
def test_a_night_shift_over_a_change_of_clocks_is_as_long_as_the_clock_shows(store, beginning):
    """From ten in the evening until six by Berlin's clocks: seven hours in March, nine in October."""
    shop = {"assignment": "round_robin", "sticky": "off", "rules": "", "hours": ""}
    night = {"team": None, "capacity": None, "hours": HOURS[2], "role": "agent", "presence": "on_duty"}
    day = Day(beginning.replace(hour=12) + timedelta(days=1), shop, [night])
    here = 0
    for _ in range(24 * 6):
        day.now += timedelta(minutes=10)
        hours.follow(day.now)
        here += bool(assignment.on_duty())
    assert here == {3: 7, 10: 9}[beginning.month] * 6
    assert AdminAlert.select().count() == 0
