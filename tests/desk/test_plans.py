"""What runs at every look finds its rows by an index, however many orders lie beside them."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_customer, a_number, an_order
from wapto.desk import board
from wapto.desk.conversations import inbound, inquiries, lines, media, replies, threads
from wapto.desk.intake import inbox, intake
from wapto.desk.notices import dispatch, notices, outbox
from wapto.desk.orders import search, second_carts, timeline, views
from wapto.desk.reports import agents as report_agents
from wapto.desk.reports import messages as report_messages
from wapto.desk.reports import orders as report_orders
from wapto.desk.reports.report import Days
from wapto.desk.watch import admins, health, recent
from wapto.meta.payloads import InboundMessage
from wapto.store.database import db, transaction
from wapto.store.models import Order

LATER = NOW + timedelta(hours=1)
TODAY = Days(NOW.date(), NOW.date())


@contextmanager
def statements():
    """The SELECT and UPDATE statements that run meanwhile, with their parameters."""
    seen = []

    def hook(event):
        if event.sql.startswith(("SELECT", "UPDATE")):
            seen.append((event.sql, event.params))

    db.query_hooks.append(hook)
    try:
        yield seen
    finally:
        db.query_hooks.remove(hook)


def plans(sql, params):
    return [row[3] for row in db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()]


def claim_messages():
    with transaction() as tx:
        dispatch.claim(tx, dispatch.numbers_with_work(LATER), 8, LATER, patient=True)


def answered():
    with transaction() as tx:
        inquiries.tie(tx, list(Order.select().where(Order.id == 1)), LATER)


LOOKS = {
    "the inbox lane": lambda: intake.drain(lambda: LATER),
    "the outbox lane": claim_messages,
    "the reaper": lambda: outbox.reap(LATER),
    "the next card": lambda: board.claim_card(LATER),
    "a second cart": lambda: second_carts.notice([Order.get_by_id(1)], LATER),
    "the carts that wait": lambda: second_carts.waiting_for(1),
    "the next alert": lambda: board.claim_alert(LATER),
    "when Slack is due next": board.next_due,
    "metrics": health.waiting,
    "the oldest work": lambda: health.oldest(LATER),
    "what became of the newest": lambda: recent.look(LATER),
    "webhooks left over": inbox.left_over,
    "open orders": lambda: search.find(search.Filter(open_only=True), 10),
    "orders that ended": lambda: search.find(search.Filter(status="returned"), 10),
    "an order by words": lambda: search.find(search.Filter(text="5511 9888 W-1"), 10),
    "messages that are held": lambda: notices.release_all(LATER),
    "words to the admins": lambda: admins.claim(LATER),
    "when the admins are to be told next": admins.next_due,
    "what was edited before it came": lambda: inbound.follow_up(InboundMessage("wamid.1", "text"), LATER),
    "what threads have to tell": lambda: threads.gather(LATER),
    "the next post in a thread": lambda: threads.claim(LATER),
    "when a thread is due next": threads.next_due,
    "what has this message as its card": lambda: threads.under("C1", "1.2"),
    "until when a customer can be written to": lambda: replies.window_until(1, 1),
    "inquiries that carts answer": answered,
    "what a thread tells": lambda: lines.between(timeline.Subject(1), 1, 9),
    "the next file": lambda: media.claim(LATER),
    "a report of orders": lambda: report_orders.report(TODAY),
    "a report of agents": lambda: report_agents.report(TODAY),
    "a report of messages": lambda: report_messages.report(TODAY),
    "one order": lambda: views.of_order(1),
}
SMALL = {"numbers", "agents", "triggers", "templates", "slack_channels", "heartbeats"}


# How a plan says that an index leads the scan: one of the table's own, or the words of notes that match.
BY_INDEX = re.compile(r"USING|VIRTUAL TABLE INDEX \d+:M")


@pytest.mark.parametrize("look", LOOKS)
def test_no_look_reads_a_whole_table(look, sqlite_store):
    order = an_order(number=a_number(), customer=a_customer())
    timeline.record(order.id, "received", timeline.CUSTOMER, NOW, after="received")
    with statements() as seen:
        LOOKS[look]()
    assert seen
    for sql, params in seen:
        tables = set(re.findall(r'(?:FROM|JOIN|UPDATE) "(\w+)"', sql))
        whole = [plan for plan in plans(sql, params) if plan.startswith("SCAN t") and not BY_INDEX.search(plan)]
        assert not whole or tables & SMALL, (sql, whole)
