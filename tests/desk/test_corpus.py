"""Every cart of the corpus, played from its stored bytes to what agents see, against what a user would call right."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest

from cli import shapes
from tests.desk.builders import NOW
from tests.desk.playing import a_shop, at_once, drain
from tests.meta.cases import CASES, deliveries
from wapto.desk import inbox, intake, views
from wapto.store.models import Inbound, InboxEntry, Order, ParkedReceipt

# The one of 14,500 statuses takes its time; test_intake has a smaller one that is too much for one turn as well.
CARTS = [name for name, case in CASES.items() if case["kind"] == "order" and name != "body-near-3-megabytes"]
ODDEST = [
    "order-beside-broken-siblings",
    "order-note-nul-and-controls",
    "order-redelivered-at-once",
    "orders-several-entries-and-numbers",
]


@pytest.mark.parametrize("name", CARTS)
def test_a_cart_of_the_corpus_reaches_the_agents_as_it_should(sqlite_store, name):
    play(name)
    check(CASES[name]["expect"])


@pytest.mark.parametrize("name", ODDEST)
def test_postgresql_takes_the_oddest_the_same_way(postgres_store, name):
    play(name)
    check(CASES[name]["expect"])


def play(name):
    a_shop()
    a_shop(phone_number_id="100000000000002", waba="200000000000002")
    requests = deliveries(name)
    entries = [inbox.store_raw(request["body"], NOW) for request in requests]
    if requests[0]["concurrent"]:
        at_once(*(partial(intake.replay, entry, NOW) for entry in entries))
    drain()
    assert {entry.state for entry in InboxEntry.select()} <= {"done", "partial", "kept"}


def check(expect):
    orders = [shapes.order(views.of_order(order.id)) for order in Order.select().order_by(Order.id)]
    assert len(orders) in expect.get("orders_any_of_count", [len(expect["orders"])])
    for wanted in expect["orders"]:
        [order] = [order for order in orders if is_it(order, wanted)]
        check_order(order, wanted, expect.get("note_compare"))
    others = Inbound.select().where(Inbound.kind != "order").count()
    assert others in expect.get("messages_any_of", [expect["messages"]])
    assert {receipt.wamid for receipt in ParkedReceipt.select()} == {status["id"] for status in expect["statuses"]}


def is_it(order, wanted):
    """Several orders of a case differ in their customers, or in what was bought."""
    customer = order["customer"]
    known = {(customer["phone"] or "").removeprefix("+"), customer["user_id"]}
    return wanted["phone_or_user"] in known and [line["sku"] for line in order["items"]] == [
        line["sku"] for line in wanted["items"]
    ]


def check_order(order, wanted, note_compare):
    for line, expected in zip(order["items"], wanted["items"], strict=True):
        check_line(line, expected)
    assert money(order["total"]) in [money(total) for total in wanted.get("total_any_of", [wanted["total"]])]
    assert order["currency"] == wanted["currency"]
    if "totals" in wanted:
        assert {sum_["currency"]: money(sum_["amount"]) for sum_ in order["totals"]} == {
            currency: money(amount) for currency, amount in wanted["totals"].items()
        }
    assert compared(order["note"], note_compare) == compared(wanted["note"], note_compare)
    if "name" in wanted:
        assert order["customer"]["name"] == wanted["name"]
    if wanted.get("review"):
        assert order["flags"] or any(line["flags"] for line in order["items"])


def check_line(line, expected):
    for key in ("quantity", "unit_price", "currency"):
        sure = money(line[key]) if key == "unit_price" else line[key]
        right = money(expected[key]) if key == "unit_price" else expected[key]
        assert sure == right or (right is None and line["flags"])
    if None not in (line["quantity"], line["unit_price"]):
        assert money(line["line_total"]) == money(line["unit_price"]) * line["quantity"]


def money(text):
    return None if text is None else Decimal(text)


def compared(note, how):
    return Counter(letter for letter in note if letter.isalnum()) if how == "words" else note
