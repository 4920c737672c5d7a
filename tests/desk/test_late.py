"""Promises of time: an order that stays too long in its status is seen, and the right people hear of it once."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.desk.builders import NOW, an_agent
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step
from wapto.desk import numbers
from wapto.desk.assignment import late
from wapto.desk.orders import orders, search, timeline, views
from wapto.desk.orders.search import Filter
from wapto.desk.overview import LATE, Wanted
from wapto.errors import InvalidInput, Refused
from wapto.store.models import AdminAlert, Alert, Number, Order, Promise

HOUR = timedelta(hours=1)


def a_strict_shop(promises="received=1h", **changes):
    shop = a_shop(timezone="UTC", **changes)
    return numbers.change(shop, {"promises": promises})


def promised(order):
    return views.of_order(order.id).promised


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def told():
    return sorted(alert.agent.name for alert in Alert.select().where(Alert.trouble.in_([late.OWN, late.TEAM])))


def test_a_new_order_is_due_after_the_promised_time(store):
    a_strict_shop()
    order = buy()
    assert promised(order) == late.Promised(NOW + HOUR, "on_time")


def test_without_a_promise_no_order_is_ever_late(store):
    a_shop()
    order = buy()
    late.cross_limits(NOW + 100 * HOUR)
    assert promised(order) is None


def test_an_order_becomes_at_risk_and_then_late_each_once(store):
    a_strict_shop()
    order = buy()
    seen = []
    for minutes in (44, 45, 50, 60, 61):
        late.cross_limits(NOW + timedelta(minutes=minutes))
        seen.append(promised(order).state)
    assert seen == ["on_time", "at_risk", "at_risk", "late", "late"]
    assert kinds(order)[-2:] == ["at_risk", "late"]


def test_passing_time_draws_no_card_anew_and_crossing_a_limit_does(store):
    a_strict_shop()
    order = buy()
    before = Order.get_by_id(order.id).last_seq
    late.cross_limits(NOW + timedelta(minutes=44))
    assert Order.get_by_id(order.id).last_seq == before
    late.cross_limits(NOW + timedelta(minutes=46))
    assert Order.get_by_id(order.id).last_seq == before + 1


def test_the_next_status_has_a_time_of_its_own(store):
    a_strict_shop("received=1h, confirmed=2h")
    order = step(buy(), "confirmed", now=NOW + HOUR / 2)
    assert promised(order).due_at == NOW + HOUR / 2 + 2 * HOUR
    assert promised(step(order, "processing")) is None


def test_an_order_that_moved_on_is_not_late(store):
    a_strict_shop()
    order = step(buy(), "confirmed")
    late.cross_limits(NOW + 5 * HOUR)
    assert "late" not in kinds(order)


def test_a_late_order_reminds_the_assignee_then_the_team_then_the_admins_each_once(store):
    a_strict_shop()
    ana = an_agent(name="Ana", team="Shirts")
    an_agent(name="Rui", team="Shirts")
    an_agent(name="Eva", team="Cups")
    order = orders.assign(buy().id, ana.id, actor=ADMIN, now=NOW)
    heard = []
    for minutes in (60, 70, 90, 100, 120, 500):
        late.cross_limits(NOW + timedelta(minutes=minutes))
        heard.append((told(), AdminAlert.select().count()))
    own, team = ["Ana"], ["Ana", "Rui"]
    assert heard == [(own, 0), (own, 0), (team, 0), (team, 0), (team, 1), (team, 1)]
    assert kinds(order)[-3:] == ["late", "reminded", "reminded"]


def test_of_a_late_order_that_nobody_has_all_on_duty_hear_at_once(store):
    a_strict_shop(assignment="manual")
    for name in ("Ana", "Rui"):
        an_agent(name=name)
    an_agent(name="Eva", presence="away")
    buy()
    late.cross_limits(NOW + HOUR)
    assert told() == ["Ana", "Rui"]


def test_after_a_standstill_each_still_gets_time_to_act(store):
    a_strict_shop()
    order = buy()
    late.cross_limits(NOW + 50 * HOUR)
    late.cross_limits(NOW + 50 * HOUR)
    assert AdminAlert.select().count() == 0
    assert kinds(order).count("late") == 1


def test_the_admins_hear_of_all_orders_that_are_found_together_in_one_sentence(store):
    a_strict_shop()
    for _ in range(3):
        buy()
    for minutes in (60, 90, 120):
        late.cross_limits(NOW + timedelta(minutes=minutes))
    [words] = [alert.words for alert in AdminAlert.select()]
    assert words.startswith("3 orders are late")


def test_nights_and_weekends_do_not_count(store):
    a_strict_shop("confirmed=1h", hours="Mon-Fri 09:00-18:00")
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
    order = step(buy(), "confirmed", now=friday)
    assert promised(order).due_at == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("saturday", "due"),
    [
        (datetime(2026, 3, 28, 15, 30, tzinfo=UTC), datetime(2026, 3, 29, 7, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 14, 30, tzinfo=UTC), datetime(2026, 10, 25, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_promise_over_a_change_of_daylight_saving_is_kept_by_the_shops_clock(store, saturday, due):
    """Half past four in Berlin plus an hour of work, in a shop open from nine to five: half past nine on Sunday."""
    shop = a_shop(timezone="Europe/Berlin", hours="Mon-Sun 09:00-17:00")
    numbers.change(shop, {"promises": "confirmed=1h"})
    order = step(buy(), "confirmed", now=saturday)
    assert promised(order).due_at == due
    late.cross_limits(due - timedelta(seconds=1))
    assert promised(order).state == "at_risk"
    late.cross_limits(due)
    assert promised(order).state == "late"


def test_putting_an_order_off_needs_a_reason_and_stands_in_the_timeline(store):
    a_strict_shop()
    order = buy()
    late.cross_limits(NOW + HOUR)
    with pytest.raises(InvalidInput):
        late.snooze(order.id, HOUR, " ", actor=ADMIN, now=NOW + HOUR)
    late.snooze(order.id, 4 * HOUR, "waits for the courier", actor=ADMIN, now=NOW + HOUR)
    assert promised(order) == late.Promised(NOW + 5 * HOUR, "on_time")
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.text) == ("snoozed", "waits for the courier")


def test_after_it_was_put_off_everybody_is_reminded_anew(store):
    a_strict_shop()
    order = orders.assign(buy().id, an_agent(name="Ana").id, actor=ADMIN, now=NOW)
    late.cross_limits(NOW + HOUR)
    late.snooze(order.id, HOUR, "waits", actor=ADMIN, now=NOW + HOUR)
    late.cross_limits(NOW + 2 * HOUR)
    assert told() == ["Ana", "Ana"]


def test_an_order_without_a_promise_cannot_be_put_off(store):
    a_shop()
    order = buy()
    with pytest.raises(Refused):
        late.snooze(order.id, HOUR, "waits", actor=ADMIN, now=NOW)
    assert "snoozed" not in kinds(order)


def test_other_promises_measure_the_open_orders_anew(store):
    shop = a_shop(timezone="UTC")
    order = buy()
    numbers.change(shop, {"promises": "received=30m"})
    assert promised(order).due_at == NOW + HOUR / 2
    numbers.change(shop, {"promises": ""})
    assert promised(order) is None


def test_late_orders_are_found_and_counted(store):
    a_strict_shop()
    order = buy()
    step(buy(), "confirmed")
    assert search.find(Filter(late=True), 10) == []
    late.cross_limits(NOW + HOUR)
    [row] = search.find(Filter(late=True), 10)
    assert (row.id, row.promised) == (order.id, late.Promised(NOW + HOUR, "late"))
    assert search.count(Wanted(show=LATE).filter(0)) == 1


def test_what_is_late_is_listed_by_lateness(store):
    a_strict_shop("received=1h, confirmed=30m")
    first = buy()
    second = step(buy(), "confirmed")
    late.cross_limits(NOW + 2 * HOUR)
    late.cross_limits(NOW + 2 * HOUR)
    assert [row.id for row in search.find(Filter(late=True), 10)] == [second.id, first.id]
    third = buy()
    assert [row.id for row in search.find(Filter(latest_first=True), 10)] == [second.id, first.id, third.id]


def test_two_schedulers_cross_each_limit_once(store):
    a_strict_shop()
    bought = [buy() for _ in range(15)]
    at_once(*[partial(late.cross_limits, NOW + HOUR)] * 2)
    late.cross_limits(NOW + HOUR)
    assert [kinds(order).count("late") for order in bought] == [1] * 15


def test_a_promise_that_an_old_process_left_behind_means_nothing(store):
    a_strict_shop()
    order = buy()
    Order.update(status="processing").where(Order.id == order.id).execute()
    assert promised(order) is None
    assert search.find(Filter(late=False), 10)[0].promised is None
    late.cross_limits(NOW + HOUR)
    assert Promise.select().count() == 0


@pytest.mark.parametrize("text", ["received=soon", "delivered=1h", "nowhere=1h", "received=0m", "received=99d"])
def test_promises_that_mean_nothing_are_refused(sqlite_store, text):
    shop = a_shop()
    with pytest.raises(InvalidInput):
        numbers.change(shop, {"promises": text})
    assert Number.get_by_id(shop.id).promises == {}
