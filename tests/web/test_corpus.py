"""Every delivery of the corpus, sent over HTTP to the real app: its answer, and then what agents see, is right."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
import requests

from cli import shapes
from tests.desk.builders import a_customer, a_number, a_template, an_order
from tests.desk.playing import at_once, drain
from tests.meta.cases import ASKED, CASES, POSTED, SECRET, VERIFY_TOKEN, deliveries
from tests.web.builders import NOW, serving
from wapto.desk.intake import intake
from wapto.desk.orders import views
from wapto.store.models import Inbound, InboxEntry, Message, Order, ParkedReceipt, Template
from wapto.web.webhook import PATH

FIRST, SECOND = ("100000000000001", "200000000000001"), ("100000000000002", "200000000000002")
SLOW = {"body-near-3-megabytes"}  # 14,500 statuses; test_intake has a smaller one that is too much for one turn as well
ODDEST = [
    "order-beside-broken-siblings",
    "order-note-nul-and-controls",
    "order-redelivered-at-once",
    "orders-several-entries-and-numbers",
    "status-batch-with-duplicates",
]


NOTHING_TO_UNDERSTAND = {"malformed-json-array", "malformed-wrong-object"}


@pytest.fixture
def address(store):
    with serving(META_APP_SECRET=SECRET, META_VERIFY_TOKEN=VERIFY_TOKEN) as server:
        yield server.url + PATH


@pytest.fixture
def address_on_each(each_store):
    with serving(META_APP_SECRET=SECRET, META_VERIFY_TOKEN=VERIFY_TOKEN) as server:
        yield server.url + PATH


@pytest.mark.parametrize("name", [name for name in POSTED if name not in SLOW])
def test_a_delivery_of_the_corpus_comes_out_right(address, name):
    play(address, name)
    check(CASES[name]["expect"])


@pytest.mark.parametrize("name", ODDEST)
def test_the_oddest_come_out_the_same_on_either_engine(address_on_each, name):
    play(address_on_each, name)
    check(CASES[name]["expect"])


@pytest.mark.parametrize("name", ASKED)
def test_a_handshake_of_the_corpus_is_answered_right(address, name):
    [asked], expect = deliveries(name), CASES[name]["expect"]
    answer = requests.get(address, params=asked["query"], timeout=10)
    assert answer.status_code in allowed(expect)
    assert answer.text == expect.get("response_body", answer.text)
    assert "None" not in answer.text


def play(address, name):
    case, sent = CASES[name], deliveries(name)
    given(case.get("given", {}))
    first, later = sent[: repeated(case)], sent[repeated(case) :]
    answers = at_once(*(partial(post, address, one) for one in first))
    assert {answer.status_code for answer in answers} <= allowed(case["expect"])
    for one, step in zip(later, case.get("then", []), strict=True):
        assert post(address, one).status_code == step["http"]
    if sent[0]["concurrent"]:
        at_once(*(partial(intake.replay, entry.id, NOW) for entry in InboxEntry.select()))
    drain()
    assert {entry.state for entry in InboxEntry.select()} <= (
        {"failed"} if name in NOTHING_TO_UNDERSTAND else {"done", "partial", "kept"}
    )


def repeated(case):
    return case.get("repeat", {"times": 1})["times"]


def post(address, one):
    data = iter([one["body"]]) if one["chunked"] else one["body"]
    headers = {name: value.encode() for name, value in one["headers"].items()}
    return requests.post(address, data=data, headers=headers, timeout=20)


def allowed(expect):
    return set(expect.get("http_any_of", [expect["http"]]))


def given(facts):
    """The shop's two numbers, and what the case takes for granted: messages sent before, templates known."""
    numbers = [
        a_number(phone_number_id=number, waba=waba, name="Loja", currency="EUR") for number, waba in (FIRST, SECOND)
    ]
    for position, sent in enumerate(facts.get("sent", [])):
        was_sent(numbers[0], sent, position)
    before = datetime(2025, 1, 1, tzinfo=UTC)
    for known in facts.get("template", []):
        names = {key: known[key] for key in ("name", "language", "status")}
        a_template(meta_id=known["id"], waba=FIRST[1], synced_at=before, **names)


def was_sent(number, sent, position):
    is_phone = sent["to"].isdigit()
    phone, user_id = (f"+{sent['to']}", None) if is_phone and not position else (None, f"BR.{position}")
    order = an_order(number, a_customer(phone=phone, user_id=user_id if is_phone else sent["to"]), status="delivered")
    Message.create(
        order=order,
        number=number,
        customer=order.customer,
        key=f"{order.id}:delivered:status",
        callback=f"ours-{position}",
        trigger="delivered",
        template=sent.get("template"),
        language="en",
        text="It was delivered.",
        components=[],
        state="accepted",
        wamid=sent["id"],
        next_at=NOW,
        created_at=NOW,
        sent_at=NOW,
    )


def check(expect):
    came = Order.select().where(Order.source_wamid.is_null(False)).order_by(Order.id)
    orders = [shapes.order(views.of_order(order.id)) for order in came]
    assert len(orders) in expect.get("orders_any_of_count", [len(expect["orders"])])
    for wanted in expect["orders"][: len(orders)]:
        [order] = [order for order in orders if is_it(order, wanted)]
        check_order(order, wanted, expect.get("note_compare"))
    others = Inbound.select().where(Inbound.kind != "order").count()
    assert others in expect.get("messages_any_of", [expect["messages"]])
    ours = {message.wamid: (message.state, message.error_code) for message in Message.select()}
    for status in expect["statuses"]:
        check_status(status, ours)
    parked = {receipt.wamid for receipt in ParkedReceipt.select()}
    assert parked == {status["id"] for status in expect["statuses"]} - set(ours)
    for wanted in expect.get("template", []):
        check_template(wanted)


def check_status(status, ours):
    """Null means that the message is not ours, so that there is nothing to change."""
    finals = status.get("final_any_of", [status["final"]])
    assert ours.get(status["id"], (None, None)) in [(final, status.get("code")) for final in finals]


def check_template(wanted):
    row = Template.get_or_none(Template.name == wanted["name"], Template.language == wanted["language"])
    if wanted["event"] == "CATEGORY":
        assert row is None or row.previous_category
    else:
        assert row.status == wanted["event"]


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
