"""Reports count by the shop's own calendar, alike on both engines, and what they say can be checked by hand."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from tests.desk.builders import NOW, a_customer, a_number, an_agent, an_order
from tests.desk.playing import ADMIN, a_shop, step
from wapto.desk import retention
from wapto.desk.assignment import late
from wapto.desk.orders import orders, timeline
from wapto.desk.orders.timeline import Actor, Subject
from wapto.desk.reports import agents as report_agents
from wapto.desk.reports import messages as report_messages
from wapto.desk.reports import orders as report_orders
from wapto.desk.reports import report
from wapto.desk.reports import today as report_today
from wapto.desk.reports.report import Days, Spread
from wapto.desk.reports.today import Today
from wapto.desk.retention import Times
from wapto.domain.money import Total
from wapto.errors import InvalidInput
from wapto.store.models import Inbound, Message, OrderEvent

DAY = NOW.date()
TODAY = Days(DAY, DAY)
HOUR = timedelta(hours=1)

_serial = count(1)


def part(parts, name):
    return report.part_of(parts, name).rows


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def received(shop, when, **changes):
    """An order with the beginning of its timeline, and the message that brought it."""
    changes |= {"source_wamid": f"wamid.{next(_serial)}", "created_at": when}
    order = an_order(shop, changes.pop("customer", None) or a_customer(phone=None), **changes)
    brought = {"wamid": order.source_wamid, "kind": "order", "sent_at": when, "received_at": when}
    Inbound.create(number=order.number, customer=order.customer, order=order, **brought)
    timeline.record(order.id, "received", timeline.CUSTOMER, when, after="received")
    return order


def wrote(order, text, when):
    message = {"wamid": f"wamid.{text}.{when}", "kind": "text", "text": text, "sent_at": when, "received_at": when}
    return Inbound.create(number=order.number, customer=order.customer, order=order, **message)


def told(order, when, trigger="shipped", **changes):
    usual = {"template": "order_update", "language": "en", "text": "…", "components": [], "state": "accepted"}
    keys = {"key": f"{order.id}:{when}:{trigger}", "callback": f"{order.id}:{when}"}
    about = {"order": order, "number": order.number, "customer": order.customer}
    return Message.create(**about, **keys, trigger=trigger, next_at=when, created_at=when, **usual | changes)


def replied(order, when, actor):
    message = told(order, when, "reply", template=None, language=None)
    said_seq = timeline.record_of(Subject(order.id), "reply", actor, when, ids={"message": message.id})
    Message.update(said_seq=said_seq).where(Message.id == message.id).execute()


def test_days_end_at_midnight_in_the_shop(store):
    shop = a_shop()  # São Paulo: three hours behind UTC
    for when in (at(25, 2, 59), at(25, 3), at(26, 2, 59), at(26, 3)):
        received(shop, when)
    counts = [
        (row["day"].day, row["orders"]) for row in part(report_orders.report(Days(DAY, date(2026, 11, 26))), None)
    ]
    assert counts == [(25, 2), (26, 1)]
    assert part(report_orders.report(Days(date(2026, 11, 24), date(2026, 11, 24))), None)[0]["orders"] == 1


def test_shops_in_different_zones_have_different_days(store):
    lisbon, tokyo = a_shop(timezone="Europe/Lisbon"), a_number(phone_number_id="2", name="東京", timezone="Asia/Tokyo")
    for shop in (lisbon, tokyo):
        received(shop, at(25, 16))  # one in the night, in Tokyo
    assert [
        (row["shop"], row["day"].day) for row in part(report_orders.report(Days(DAY, date(2026, 11, 26))), None)
    ] == [
        ("Loja", 25),
        ("東京", 26),
    ]
    [row] = part(report_orders.report(Days(DAY, date(2026, 11, 26), tokyo)), None)
    assert (row["number_id"], row["orders"]) == ("2", 1)


def test_a_day_on_which_clocks_are_changed_is_longer_or_shorter(store):
    shop = a_shop(timezone="Europe/Lisbon")
    whole = Days(date(2026, 10, 24), date(2026, 10, 26))
    for when in (
        datetime(2026, 10, 24, 23, tzinfo=UTC),  # the first minute of the 25th, by summer time
        datetime(2026, 10, 25, 23, 59, tzinfo=UTC),  # its last one, 25 hours later
        datetime(2026, 10, 26, 0, 0, tzinfo=UTC),
    ):
        received(shop, when)
    assert [(row["day"].day, row["orders"]) for row in part(report_orders.report(whole), None)] == [(25, 2), (26, 1)]
    lengths = [span.length // HOUR for span in report.spans(whole, report.by_zone(None)[0].zone)]
    assert lengths == [24, 25, 24]


def test_revenue_is_by_currency_and_status_and_invents_no_sum(store):
    shop = a_shop()
    received(shop, NOW)
    received(shop, NOW, total_minor=30)
    received(shop, NOW, status="cancelled")
    received(shop, NOW, currency="JPY", total_minor=1200)
    received(shop, NOW, currency=None, total_minor=None)
    rows = part(report_orders.report(TODAY), "days")
    assert [(row["status"], row["currency"], row["orders"], row["revenue"]) for row in rows] == [
        ("cancelled", "BRL", 1, "99.70"),
        ("received", "BRL", 2, "100.00"),
        ("received", "JPY", 1, "1200"),
        ("received", None, 1, None),
    ]


def test_time_in_a_status_is_what_orders_took_to_leave_it(store):
    shop = a_shop()
    for minutes in (1, 2, 3, 4, 5, 6, 7, 8, 9, 100):
        order = received(shop, NOW)
        step(order, "confirmed", now=NOW + timedelta(minutes=minutes))
    rows = {row["status"]: row for row in part(report_orders.report(TODAY), "statuses")}
    assert rows["received"] | {"passed": 10, "median_seconds": 300, "p90_seconds": 540} == rows["received"]
    assert (rows["confirmed"]["passed"], rows["confirmed"]["there_now"]) == (0, 10)
    assert rows["shipped"]["median_seconds"] is None


def test_an_order_is_late_in_the_status_in_which_it_was_found_late(store):
    order = received(a_shop(promises={"received": 60, "confirmed": 60}), NOW)
    step(order, "confirmed", now=NOW + timedelta(minutes=10))
    late.cross_limits(NOW + 3 * HOUR)
    late.cross_limits(NOW + 5 * HOUR)
    step(order, "processing", now=NOW + 6 * HOUR)
    rows = part(report_orders.report(TODAY), "statuses")
    assert [(row["status"], row["late"]) for row in rows if row["late"]] == [("confirmed", 1)]


def test_agents_see_what_they_took_finished_and_answered(store):
    shop, rui, eva = a_shop(), an_agent(name="Rui"), an_agent(name="Eva")
    first, *others = [received(shop, NOW) for _ in range(4)]
    for order in (first, *others[:2]):
        orders.assign(order.id, rui.id, actor=ADMIN, now=NOW)
    orders.assign(others[2].id, eva.id, actor=ADMIN, now=NOW)
    step(first, "delivered")
    wrote(first, "Hello?", NOW)
    wrote(first, "Anybody?", NOW + timedelta(minutes=5))
    replied(first, NOW + timedelta(minutes=9), Actor("Rui", "slack", rui.id))
    replied(first, NOW + timedelta(minutes=20), Actor("Rui", "slack", rui.id))  # to nothing new
    one, two = part(report_agents.report(TODAY), "agents")
    assert (one["agent"], one["taken"], one["share_percent"], one["times_even_share"]) == ("Eva", 1, "25.0", "0.50")
    assert (two["taken"], two["share_percent"], two["times_even_share"], two["done"]) == (3, "75.0", "1.50", 1)
    assert (two["open_now"], two["replies"], two["reply_median_seconds"]) == (2, 1, 9 * 60)
    assert part(report_agents.report(Days(date(2026, 11, 24), date(2026, 11, 24))), None)[1]["taken"] == 0


def test_today_counts_by_the_clocks_of_each_shop(store):
    lisbon, tokyo = a_shop(timezone="Europe/Lisbon"), a_number(phone_number_id="2", name="東京", timezone="Asia/Tokyo")
    night = at(25, 16)  # the 26th has begun in Tokyo
    received(tokyo, at(25, 14), currency="JPY", total_minor=500)
    received(tokyo, at(25, 15), currency="JPY", total_minor=1200)
    step(received(lisbon, at(24, 23)), "delivered", now=at(25, 9))
    received(lisbon, at(25, 0), status="cancelled")
    received(lisbon, at(25, 1), currency=None, total_minor=None)
    assert report_today.of(None, night) == Today(3, 1, (Total("JPY", 1200),), "en")
    assert report_today.of(lisbon.id, night) == Today(2, 1, (), "en")


def test_an_order_that_comes_back_is_taken_once_a_report(store):
    shop, rui = a_shop(), an_agent()
    order = received(shop, NOW)
    for agent in (rui.id, None, rui.id):
        orders.assign(order.id, agent, actor=ADMIN, now=NOW)
    [row] = part(report_agents.report(TODAY), None)
    assert (OrderEvent.select().where(OrderEvent.kind == "assigned").count(), row["taken"]) == (2, 1)


def test_messages_are_counted_by_template_and_by_what_they_cost(store):
    order = received(a_shop(), NOW)
    priced = {"price_category": "utility", "price_type": "regular"}
    for minute, facts in enumerate(
        (
            {"state": "read", "read_at": NOW, **priced},
            {"state": "delivered", "delivered_at": NOW, **priced},
            {"state": "sent", "sent_at": NOW, **priced},
            {"state": "failed"},
            {"state": "held"},
        )
    ):
        told(order, NOW + timedelta(minutes=minute), **facts)
    unpriced, utility = part(report_messages.report(TODAY), "templates")
    assert (unpriced["cost_category"], unpriced["failed"], unpriced["waiting"], unpriced["sent"]) == (None, 1, 1, 0)
    assert (utility["cost_category"], utility["cost_type"], utility["promised"]) == ("utility", "regular", 3)
    assert (utility["sent"], utility["delivered"], utility["read"], utility["failed"]) == (3, 2, 1, 0)


def test_orders_whose_customer_was_not_told_are_counted(store):
    shop = a_shop()
    order = received(shop, NOW, status="shipped")
    told(order, NOW, state="failed")
    told(received(shop, NOW, status="shipped"), NOW, state="read")
    [row] = part(report_messages.report(TODAY), "untold")
    assert (row["shop"], row["status"], row["orders"]) == ("Loja", "shipped", 1)


def test_questions_are_compared_with_the_time_before_notices(store):
    shop, switched_on = a_shop(), NOW
    for days in (1, 2):
        order = received(shop, switched_on - timedelta(days=days))
        wrote(order, "where is my order?", switched_on - timedelta(days=days))
        wrote(order, "thank you", switched_on - timedelta(days=days))
    told(order, switched_on)
    for _ in range(4):
        order = received(shop, switched_on + HOUR)
    wrote(order, "Where is my order", switched_on + HOUR)
    rows = part(report_messages.report(TODAY), "questions")
    columns = ("notices", "orders", "questions", "per_100_orders", "change_percent")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("before", 2, 2, "100.0", None),
        ("after", 4, 1, "25.0", -75),
    ]


def test_what_is_not_kept_any_more_is_not_counted_as_no_questions(store):
    shop = a_shop()
    early = received(shop, NOW - timedelta(days=3))
    wrote(early, "where is my order?", NOW - timedelta(days=3))
    told(received(shop, NOW), NOW)
    retention.clear(Times(*[timedelta(days=2)] * 3), NOW)
    before, after = part(report_messages.report(TODAY), "questions")
    assert (before["orders"], before["questions"], before["per_100_orders"]) == (1, None, None)
    assert (after["orders"], after["questions"], after["change_percent"]) == (1, 0, None)


def test_without_notices_there_is_nothing_to_compare_with(store):
    received(a_shop(), NOW)
    [row] = part(report_messages.report(TODAY), "questions")
    assert (row["notices"], row["orders"], row["questions"]) == ("before", 1, 0)


@pytest.mark.parametrize(
    "report_of",
    [report_orders.report, report_agents.report, report_messages.report],
    ids=["orders", "agents", "messages"],
)
def test_an_empty_shop_has_empty_reports(store, report_of):
    assert all(isinstance(each.rows, list) for each in report_of(TODAY))


def test_thirty_days_are_meant_where_nobody_says_otherwise(store):
    a_shop(timezone="Asia/Tokyo")
    days = report.chosen(None, None, None, at(25, 16))
    assert (days.first, days.last) == (date(2026, 10, 28), date(2026, 11, 26))


@pytest.mark.parametrize(
    ("first", "sentence"),
    [(date(2026, 11, 26), "2026-11-26 is after 2026-11-25"), (date(1999, 1, 1), "A report has at most 3,660 days")],
)
def test_days_that_cannot_be_are_refused(first, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Days(first, DAY)


def test_a_spread_is_exact_below_an_hour_and_to_the_minute_above():
    spread = Spread()
    for seconds in (1, 3599, 3661):
        spread.add(seconds)
    assert [spread.at(share) for share in (0.1, 0.5, 1)] == [1, 3599, 3660]
    assert Spread().at(0.5) is None
