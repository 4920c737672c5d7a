"""From stored webhooks to orders: every road into the desk, whatever stands beside it in the same POST."""

import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
from peewee import OperationalError
from structlog.testing import capture_logs

from tests.desk.builders import NOW, a_customer, a_template, a_trigger, an_order
from tests.desk.playing import a_shop, arrive, at_once, buy, drain, outcomes, step, take_in
from tests.meta.builders import NUMBER, WABA, body, cart, cart_of, change, item, notification, status, text
from wapto.desk import numbers
from wapto.desk.intake import intake
from wapto.errors import NotFound, TryLater
from wapto.store import database, models
from wapto.store.database import db
from wapto.store.models import (
    AdminAlert,
    Customer,
    Inbound,
    InboxElement,
    InboxEntry,
    Message,
    Order,
    OrderEvent,
    OrderLine,
)

OTHER = "100000000000002"
DONE, SEEN = ("done", None), ("seen", None)


def to_other_shop(*messages):
    """A change that brings messages for the second number."""
    return change(messages=messages, metadata={"phone_number_id": OTHER})


def everything():
    """All rows of the store, by table."""
    return {table.__name__: list(table.select().order_by(table.id).dicts()) for table in models.ALL}


def test_a_cart_becomes_an_order_with_its_lines_its_total_and_its_customer(store):
    shop = a_shop()
    order = buy(order={"catalog_id": "3", "text": " gift-wrap ", "product_items": [item(), item(item_price=1.25)]})
    assert (order.number, order.status, order.is_open) == (shop, "received", True)
    assert (order.currency, order.total_minor, order.note, order.flags) == ("BRL", 6250, "gift-wrap", [])
    assert order.customer.name == "Ana"
    lines = OrderLine.select().where(OrderLine.order == order).order_by(OrderLine.position)
    assert [(row.position, row.sku, row.quantity, row.unit_price_minor) for row in lines] == [
        (1, "CUP", 2, 3000),
        (2, "CUP", 2, 125),
    ]
    assert Inbound.get(Inbound.wamid == order.source_wamid).order == order


@pytest.mark.parametrize(("ago", "state"), [(timedelta(minutes=1), "queued"), (timedelta(hours=25), "held")])
def test_the_very_first_cart_opens_the_window_for_words_without_a_template(store, ago, state):
    shop = a_shop()
    a_template(status="PAUSED")
    a_trigger(shop, "received", plain_text=True)
    buy(timestamp=str(int((NOW - ago).timestamp())))
    assert Message.get().state == state


def test_the_doors_are_rung_for_a_new_order_once_it_is_committed(store):
    rings = []
    a_shop()
    database.set_waker(rings.append)
    try:
        buy()
    finally:
        database.set_waker(database._ring_nobody)
    assert sorted(rings) == ["desk", "inbox", "outbox"]


def test_the_same_cart_twice_in_one_post_is_one_order(sqlite_store):
    a_shop()
    entry = take_in(change(messages=[cart(), cart()]))
    assert Order.select().count() == 1
    assert outcomes(entry) == [DONE, SEEN]
    assert entry.state == "done"


def test_the_same_cart_in_a_later_post_is_one_order(sqlite_store):
    a_shop()
    take_in(change(messages=[cart()]))
    entry = take_in(change(messages=[cart()]))
    assert Order.select().count() == 1
    assert (entry.state, outcomes(entry)) == ("done", [SEEN])


def test_two_like_carts_with_ids_of_their_own_are_two_orders(sqlite_store):
    a_shop()
    assert buy(id="wamid.A") != buy(id="wamid.B")


def test_the_same_cart_worked_on_by_several_at_once_is_one_order_and_one_promise(store):
    a_trigger(a_shop(), "received")
    a_template()
    entries = [arrive(change(messages=[cart()])) for _ in range(4)]
    states = at_once(*(partial(intake.replay, entry, NOW) for entry in entries))
    assert states == ["done"] * 4
    assert (Order.select().count(), Message.select().count(), Customer.select().count()) == (1, 1, 1)
    assert OrderEvent.select().where(OrderEvent.kind == "received").count() == 1


def test_workers_that_drain_at_once_share_the_work(store):
    a_shop()
    for serial in range(30):
        arrive(change(messages=[cart(id=f"wamid.{serial}")]))
    refusals = at_once(*[drain] * 3)
    assert refusals == [None] * 3
    assert Order.select().count() == 30
    assert {entry.attempts for entry in InboxEntry.select()} == {1}


def test_one_post_for_several_numbers_reaches_each_shop(store):
    first, second = a_shop(), a_shop(phone_number_id=OTHER)
    mine, yours = change(messages=[cart(id="wamid.1")]), to_other_shop(cart(id="wamid.2"))
    entry = take_in(mine, yours, change(messages=[cart(id="wamid.3")]))
    assert (entry.state, outcomes(entry)) == ("done", [DONE] * 3)
    assert [order.number for order in Order.select().order_by(Order.id)] == [first, second, first]


def test_posts_that_name_numbers_in_different_orders_do_not_wait_for_each_other_in_a_circle(store):
    a_shop()
    a_shop(phone_number_id=OTHER)
    entries = []
    for serial in range(6):
        both = [change(messages=[cart(id=f"wamid.a{serial}")]), to_other_shop(cart(id=f"wamid.b{serial}"))]
        entries.append(arrive(*(both if serial % 2 else reversed(both))))
    assert at_once(*(partial(intake.replay, entry, NOW) for entry in entries)) == ["done"] * 6
    assert Order.select().count() == 12


def test_a_new_person_who_writes_to_two_numbers_at_once_is_one_customer(store):
    a_shop()
    a_shop(phone_number_id=OTHER)
    entries = [arrive(change(messages=[text(id="wamid.1")])), arrive(to_other_shop(text(id="wamid.2")))]
    at_once(*(partial(intake.replay, entry, NOW) for entry in entries))
    assert Customer.select().count() == 1
    assert Inbound.select(Inbound.customer).distinct().count() == 1


def test_a_cart_for_an_unknown_number_is_kept_with_advice_and_taken_in_once_the_number_is_there(sqlite_store):
    entry = take_in(change(messages=[cart()]))
    assert entry.state == "kept"
    [(outcome, reason)] = outcomes(entry)
    assert outcome == "kept"
    assert f"wapto numbers add {NUMBER} --waba {WABA}" in reason
    numbers.add(NUMBER, {"waba": WABA, "slack_channel": "C0ORDERS"}, now=NOW)
    assert intake.replay(entry.id, NOW) == "done"
    assert Order.get().source_wamid == "wamid.CART"
    assert outcomes(entry) == [DONE]


def test_a_removed_number_takes_in_no_more_carts(sqlite_store):
    numbers.remove(a_shop(), now=NOW)
    assert take_in(change(messages=[cart()])).state == "kept"
    assert Order.select().count() == 0


def test_a_message_that_names_none_of_our_numbers_is_listed_as_failed(sqlite_store):
    a_shop()
    entry = take_in(change(messages=[cart()], metadata={}))
    [(outcome, reason)] = outcomes(entry)
    assert (entry.state, outcome) == ("failed", "failed")
    assert "which business phone number" in reason


def test_a_broken_sibling_is_listed_and_the_others_go_through(sqlite_store):
    a_shop()
    nameless = cart(id="wamid.2", **{"from": ""})
    entry = take_in(change(messages=[cart(id="wamid.1"), nameless, None, cart(id="wamid.3")]))
    assert entry.state == "partial"
    assert [outcome for outcome, _ in outcomes(entry)] == ["done", "failed", "failed", "done"]
    assert "no sender" in outcomes(entry)[1][1]
    assert {order.source_wamid for order in Order.select()} == {"wamid.1", "wamid.3"}


def test_a_fault_of_ours_in_one_cart_is_listed_costs_no_sibling_and_can_be_replayed_once_mended(sqlite_store):
    a_shop()
    refuse = "CREATE TRIGGER fault BEFORE INSERT ON order_lines WHEN NEW.sku = 'CURSED' BEGIN SELECT {}; END"
    db.execute_sql(refuse.format("RAISE(ABORT, 'a fault of ours')"))
    cursed = cart_of(item(product_retailer_id="CURSED")) | {"id": "wamid.2"}
    with capture_logs() as logs:
        entry = take_in(change(messages=[cart(id="wamid.1"), cursed, cart(id="wamid.3")]))
    assert [(event["entry"], event["position"]) for event in logs if "position" in event] == [(entry.id, 1)]
    assert entry.state == "partial"
    assert "Wapto failed on it (IntegrityError)" in outcomes(entry)[1][1]
    assert {order.source_wamid for order in Order.select()} == {"wamid.1", "wamid.3"}
    db.execute_sql("DROP TRIGGER fault")
    assert intake.replay(entry.id, NOW) == "done"
    assert outcomes(entry) == [DONE] * 3


def test_what_a_full_disk_stopped_is_taken_in_when_there_is_room_again(sqlite_store):
    a_shop()
    entry = arrive(change(messages=[cart(id=f"wamid.{serial}") for serial in range(100)]))
    pages = db.execute_sql("PRAGMA page_count").fetchone()[0]
    db.execute_sql(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises((TryLater, OperationalError)):
        drain()
    assert Order.select().count() < 100
    db.execute_sql("PRAGMA max_page_count = 1000000")
    drain(NOW + timedelta(seconds=61))
    assert Order.select().count() == 100
    assert InboxEntry.get_by_id(entry).state == "done"


DEADLOCK = """
CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END $$;
CREATE TRIGGER deadlock BEFORE INSERT ON order_lines EXECUTE FUNCTION deadlock();
"""


def test_what_lost_a_deadlock_is_due_again_at_once(postgres_store):
    a_shop()
    entry = arrive(change(messages=[cart()]))
    db.execute_sql(DEADLOCK)
    try:
        with pytest.raises(TryLater):
            drain()
    finally:
        db.execute_sql("DROP FUNCTION deadlock CASCADE")
    drain()
    assert Order.select().count() == OrderLine.select().count() == 1
    assert (InboxEntry.get_by_id(entry).attempts, InboxEntry.get_by_id(entry).state) == (2, "done")


DYING = """
import os, sys
from datetime import datetime
from wapto.desk.intake import intake
from wapto.store.database import connect, db
connect(sys.argv[1])
db.connection().create_function("die", 0, lambda: os._exit(9))
intake.drain(lambda: datetime.fromisoformat(sys.argv[2]))
"""


def test_a_cart_that_kills_the_process_is_tried_again_alone_after_its_lease(sqlite_store):
    a_shop()
    for serial, sku in enumerate(("DEADLY", "GOOD", "FINE")):
        arrive(change(messages=[cart_of(item(product_retailer_id=sku)) | {"id": f"wamid.{serial}"}]))
    db.execute_sql("CREATE TRIGGER deadly BEFORE INSERT ON order_lines WHEN NEW.sku = 'DEADLY' BEGIN SELECT die(); END")
    killed = subprocess.run([sys.executable, "-c", DYING, sqlite_store, NOW.isoformat()], timeout=30)
    assert killed.returncode == 9
    assert Order.select().count() == 0
    db.execute_sql("DROP TRIGGER deadly")
    drain(NOW + timedelta(seconds=59))
    assert Order.select().count() == 0
    assert intake.drain(lambda: NOW + timedelta(seconds=61))
    assert Order.select().count() == 1
    drain(NOW + timedelta(seconds=61))
    assert [(entry.state, entry.attempts) for entry in InboxEntry.select()] == [("done", 2)] * 3


def test_an_entry_that_was_begun_too_often_is_given_up_unread_and_others_go_on(sqlite_store):
    a_shop()
    deadly, good = arrive(change(messages=[cart(id="wamid.1")])), arrive(change(messages=[cart(id="wamid.2")]))
    InboxEntry.update(attempts=intake.MAX_ATTEMPTS).where(InboxEntry.id == deadly).execute()
    drain()
    given_up = InboxEntry.get_by_id(deadly)
    assert (given_up.state, outcomes(deadly)) == ("failed", [])
    assert "begun 5 times" in given_up.error
    assert InboxEntry.get_by_id(good).state == "done"
    assert intake.replay(deadly, NOW) == "done"
    assert InboxEntry.get_by_id(deadly).error is None


def test_a_post_that_is_too_much_for_one_turn_lets_others_have_theirs(sqlite_store):
    a_shop()
    strangers = [text(id=f"wamid.{serial}") for serial in range(intake.TURN + 5)]
    long = arrive(change(messages=[cart()]), to_other_shop(*strangers))
    short = arrive(change(messages=[text()]))
    assert intake.drain(lambda: NOW)
    assert [InboxEntry.get_by_id(entry).state for entry in (long, short)] == ["new", "done"]
    assert Order.select().count() == 1
    assert InboxEntry.get_by_id(long).attempts == 0  # however many turns it takes, it is not given up
    drain()
    assert InboxEntry.get_by_id(long).state == "kept"
    assert [outcome for outcome, _ in outcomes(long)] == ["done"] + ["kept"] * len(strangers)


def test_replaying_everything_twice_changes_nothing(store):
    a_trigger(shop := a_shop(), "received")
    a_template()
    an_order(shop, a_customer(phone="+5511999990000"))
    entries = [
        take_in(change(messages=[cart(), text()])),
        take_in(change(messages=[cart(id="wamid.2", **{"from": ""})], statuses=[status()])),
        take_in(to_other_shop(cart(id="wamid.3"))),
        take_in(change("account_alerts", event="odd")),
    ]
    before = everything()
    for entry in [*entries, *entries]:
        intake.replay(entry.id, NOW + timedelta(days=1))
    assert everything() == before


def test_an_entry_that_is_not_there_cannot_be_replayed(sqlite_store):
    with pytest.raises(NotFound, match="no inbox entry 7"):
        intake.replay(7, NOW)


def test_a_status_moves_our_message(sqlite_store):
    order = an_order(a_shop(), a_customer())
    Message.create(
        order=order, number=order.number, customer=order.customer, key="k", callback="notice-1", trigger="shipped",
        text="", components=[], state="accepted", next_at=NOW, created_at=NOW,
    )  # fmt: skip
    assert take_in(change(statuses=[status()])).state == "done"
    assert Message.get().state == "delivered"


@pytest.mark.parametrize("changes", [("account_alerts", {}), ("news_of_tomorrow", {"odd": 1}), ("messages", {})])
def test_what_is_nothing_for_us_is_kept_and_says_so(sqlite_store, changes):
    field, parts = changes
    entry = take_in(change(field, **parts))
    assert entry.state == "kept"
    assert field in outcomes(entry)[0][1]


def test_words_of_a_customer_are_noted_at_their_newest_open_order_with_the_number(sqlite_store):
    a_shop()
    a_shop(phone_number_id=OTHER)
    older, newest = buy(), buy()
    take_in(to_other_shop(cart(id="wamid.elsewhere")))
    entry = take_in(change(messages=[text("where is it?")]))
    assert entry.state == "done"
    wrote = OrderEvent.get(OrderEvent.kind == "wrote")
    assert (wrote.order, wrote.actor, wrote.door, wrote.note) == (newest, "customer", "whatsapp", None)
    assert Inbound.get(Inbound.wamid == "wamid.TEXT").order == newest
    assert older != newest


def test_words_without_an_open_order_are_kept_as_said_to_the_shop(sqlite_store):
    a_shop()
    step(buy(), "cancelled", reason="changed their mind")
    take_in(change(messages=[text("hello")]))
    heard = Inbound.get(Inbound.wamid == "wamid.TEXT")
    assert (heard.order, heard.text, heard.customer.name) == (None, "hello", "Ana")


def test_the_oldest_webhook_is_worked_on_first(sqlite_store):
    a_shop()
    for serial in range(12):
        arrive(change(messages=[cart(id=f"wamid.{serial:02}")]))
    drain()
    assert [order.source_wamid for order in Order.select().order_by(Order.id)] == [f"wamid.{n:02}" for n in range(12)]


def test_draining_says_whether_there_may_be_more(sqlite_store):
    a_shop()
    assert intake.drain(lambda: NOW) is False
    arrive(change(messages=[cart()]))
    assert intake.drain(lambda: NOW) is True
    assert intake.drain(lambda: NOW) is False


def test_what_could_not_be_handled_is_told_to_the_admins_once_and_once_more_when_it_is_mended(sqlite_store):
    a_shop()
    entries = [take_in(change(messages=[cart(id=f"wamid.{place}", **{"from": ""})])) for place in range(2)]
    [alert] = AdminAlert.select()
    assert "no sender" in alert.words
    assert f"`wapto inbox show {entries[0].id}`" in alert.words
    InboxEntry.update(body=body(notification(change(messages=[cart()])))).execute()  # as if the fault had been ours
    InboxElement.delete().execute()
    intake.replay(entries[0].id, NOW)
    assert "could not be handled:" in AdminAlert.get().words
    intake.replay(entries[1].id, NOW)
    assert AdminAlert.get().words == "All webhooks that could not be handled are handled by now."


def test_a_part_that_could_not_be_handled_is_told_with_its_reason(sqlite_store):
    a_shop()
    take_in(change(messages=[cart(), cart(id="wamid.2", **{"from": ""})]))
    assert "in part:\n• Part 2: The message names no sender" in AdminAlert.get().words


def test_of_many_parts_that_could_not_be_handled_ten_are_listed(sqlite_store):
    a_shop()
    take_in(change(messages=[cart(id=f"wamid.{place}", **{"from": ""}) for place in range(12)]))
    told = AdminAlert.get().words.splitlines()
    assert [line[:6] for line in told[1:11]] == ["• Part"] * 10
    assert told[11] == "and 2 more"
