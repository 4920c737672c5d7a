"""`wapto orders`: what is listed and shown, and that every verb is the one that the other doors call."""

import csv
import io
from datetime import timedelta

import pytest

from tests.cli.running import Terminal
from tests.desk.builders import NOW, a_trigger, an_agent
from tests.desk.playing import ADMIN, a_shop, buy, step, take_in
from tests.meta.builders import cart, cart_of, change, item, text
from wapto.desk import numbers
from wapto.desk.assignment import late
from wapto.desk.orders import orders, timeline
from wapto.domain.identity import order_number
from wapto.store.models import Order

ORDER_KEYS = {
    "number", "number_id", "status", "customer", "items", "currency", "total", "totals", "flags", "note", "agent",
    "fulfillment", "tracking", "payment_status", "address", "created_at", "updated_at", "version",
    "lateness", "due_at", "adjustments",
}  # fmt: skip


@pytest.fixture
def number(wapto):
    """The number of a new order, as people write it."""
    a_shop()
    return order_number(buy().id)


def test_an_order_is_listed_for_programs_in_the_contracts_shape(wapto, number):
    [order] = wapto.json("orders", "list")
    assert set(order) == ORDER_KEYS
    assert (order["number"], order["number_id"], order["status"]) == (number, "100000000000001", "received")
    assert order["customer"] == {"name": "Ana", "phone": "+5511999990000", "user_id": None}
    [line] = order["items"]
    assert line == {
        "sku": "CUP", "name": "CUP", "quantity": 2, "unit_price": "30.00", "line_total": "60.00",
        "currency": "BRL", "flags": [],
    }  # fmt: skip
    assert (order["currency"], order["total"]) == ("BRL", "60.00")
    assert order["totals"] == [{"currency": "BRL", "amount": "60.00"}]
    assert order["tracking"] == {"carrier": None, "number": None, "url": None, "eta": None}
    assert (order["created_at"], order["version"]) == ("2026-11-25T09:00:00Z", 1)


def test_money_has_the_decimals_of_its_currency_and_no_sum_where_none_is_sure(wapto):
    a_shop()
    take_in(change(messages=[cart_of(item(currency="JPY", item_price=1200), item(currency="KWD", item_price=3.75))]))
    [order] = wapto.json("orders", "list")
    assert [line["unit_price"] for line in order["items"]] == ["1200", "3.750"]
    assert (order["currency"], order["total"]) == (None, None)
    assert [sum_["amount"] for sum_ in order["totals"]] == ["2400", "7.500"]
    take_in(change(messages=[cart(id="wamid.2", order={"product_items": [item(item_price=None)]})]))
    [order, _] = wapto.json("orders", "list")
    [line] = order["items"]
    assert (order["currency"], order["total"], line["unit_price"], line["flags"]) == (
        "BRL", None, None, ["price_unclear"],
    )  # fmt: skip


def test_an_order_is_listed_for_people_in_a_table_a_line_each(wapto, number):
    heading, row = wapto("orders", "list").out.splitlines()
    assert heading.split() == ["number", "status", "customer", "agent", "total", "created", "at"]
    assert row.split() == [number, "received", "Ana", "60.00", "BRL", "2026-11-25", "09:00"]


def test_an_order_is_listed_as_csv_for_spreadsheets(wapto, number):
    Order.update(note="=1+1").execute()
    [row] = csv.DictReader(io.StringIO(wapto("orders", "list", "--format", "csv").out))
    assert (row["number"], row["total"], row["note"]) == (number, "60.00", "'=1+1")


def test_the_options_of_list_choose_and_limit(wapto):
    shop, eva = a_shop(), an_agent(name="Eva")
    first, second = buy(), buy(**{"from": "5511977776666"})
    step(second, "out_for_delivery")
    orders.assign(second.id, eva.id, actor=ADMIN, now=NOW)
    Order.update(created_at=NOW + timedelta(days=1)).where(Order.id == second.id).execute()
    one, two = order_number(first.id), order_number(second.id)

    def found(*options):
        return [order["number"] for order in wapto.json("orders", "list", *options)]

    assert found() == [two, one]
    assert found("--limit", "1") == [two]
    assert found("--status", "Out for delivery") == [two]
    assert found("--agent", "eva") == [two]
    assert found("--unassigned") == [one]
    assert found("--since", "2026-11-26") == [two]
    assert found("--until", "2026-11-26T00:00Z") == [one]
    assert found("--search", one.lower()) == [one]
    assert found("--search", "+55 11 97777", "--number", shop.phone_number_id) == [two]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--status", "done"], "There is no status “done”."),
        (["--agent", "Eva"], "There is no agent “Eva”. On the roster: nobody yet."),
        (["--since", "yesterday"], "“yesterday” is not a day or an instant"),
        (["--number", "7"], "There is no number yet"),
    ],
)
def test_a_choice_that_cannot_be_is_answered_in_one_sentence(wapto, options, sentence):
    assert wapto("orders", "list", *options).sentence.startswith(sentence)


def test_an_order_is_shown_with_what_was_said(wapto, number):
    take_in(change(messages=[text("where is it?")]))
    shown = wapto.json("orders", "show", number.lower())
    assert set(shown) >= ORDER_KEYS | {"conversation"}
    assert shown["conversation"][-1] == {
        "at": "2025-11-24T16:01:00Z", "direction": "in", "kind": "text", "text": "where is it?", "state": "received",
    }  # fmt: skip


def test_a_list_has_of_each_order_what_it_is_shown_with(store):
    wapto = Terminal(DATABASE_URL=store)
    a_shop(hours="Mon-Sun 00:00-24:00", promises={"received": 60})
    agent = an_agent(name="Eva")
    first, second = buy(), buy(**{"from": "5511977776666"})
    orders.assign(first.id, agent.id, actor=ADMIN, now=NOW)
    wapto("orders", "edit", order_number(first.id), "--shipping", "12", "--item", "PEN=1@4.50")
    wapto("orders", "status", order_number(second.id), "shipped", "--carrier", "Correios", "--eta", "2026-12-01")
    Order.update(flags=["no_total"], note="Gift", address="Rua Azul 7").where(Order.id == second.id).execute()
    listed = wapto.json("orders", "list")
    assert [order["number"] for order in listed] == [order_number(second.id), order_number(first.id)]
    for order in listed:
        shown = wapto.json("orders", "show", order["number"])
        assert order == {key: shown[key] for key in order}


def test_an_order_is_shown_to_people_as_its_card_shows_it(wapto, number):
    take_in(change(messages=[text("where is [red]it?")]))
    wapto("orders", "edit", number, "--shipping", "12")
    wapto("orders", "status", number, "shipped", "--carrier", "Correios", "--tracking-number", "BR1")
    lines = [" ".join(line.split()) for line in wapto("orders", "show", number).out.splitlines()]
    assert lines[:4] == [
        f"{number} Shipped", "customer Ana, +5511999990000", "agent nobody", "handover delivery, unpaid",
    ]  # fmt: skip
    assert "parcel Correios, BR1" in lines
    items = lines[lines.index("Items") + 1 :]
    assert items[:3] == ["2 × CUP CUP 30.00 60.00 BRL", "shipping 12.00 BRL", "total 72.00 BRL"]
    assert items[-1] == "2025-11-24 16:01 customer where is [red]it? received"


@pytest.mark.parametrize("typed", ["W-ZZZZ", "hello", ""])
def test_an_order_that_is_not_there_is_said_to_be_so(wapto, typed):
    assert wapto("orders", "show", typed).sentence == f"There is no order “{typed}”."


def test_an_order_is_given_taken_back_and_the_assignee_is_named(wapto, number):
    an_agent(name="Eva", slack="U0EVA")
    assert wapto.json("orders", "assign", number, "U0EVA")["agent"] == "Eva"
    assert wapto.json("orders", "release", number)["agent"] is None
    assert wapto("orders", "assign", number, "Rui").sentence.startswith("There is no agent “Rui”. On the roster: Eva.")


def test_an_order_moves_on_with_tracking_and_back_with_a_reason(wapto, number):
    tracking = ("--carrier", "Correios", "--tracking-number", "BR1", "--tracking-url", "https://x.test", "--eta")
    shipped = wapto.json("orders", "status", number, "Shipped", *tracking, "2026-12-01")
    assert (shipped["status"], shipped["version"]) == ("shipped", 2)
    assert shipped["tracking"] == {
        "carrier": "Correios", "number": "BR1", "url": "https://x.test", "eta": "2026-12-01",
    }  # fmt: skip
    assert wapto("orders", "status", number, "processing").sentence.endswith("needs a reason.")
    back = wapto.json("orders", "status", number, "processing", "--reason", "torn box")
    assert back["status"] == "processing"
    last = timeline.entries(Order.get().id)[-1]
    assert (last.door, last.text) == ("cli", "torn box")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["returned", "--reason", "x"], "A delivery order that is Received cannot become Returned. From here it can"),
        (["received"], "The order is already Received."),
        (["done"], "There is no status “done”."),
        (["shipped", "--eta", "tomorrow"], "“tomorrow” is not a day such as 2026-12-01."),
        (["shipped", "--tracking-url", "x.test"], "The tracking link must be one address"),
    ],
)
def test_a_move_that_cannot_be_is_answered_in_one_sentence(wapto, number, words, sentence):
    assert wapto("orders", "status", number, *words).sentence.startswith(sentence)
    assert Order.get().version == 1


def test_facts_are_set_and_saying_none_is_wrong_usage(wapto, number):
    facts = wapto.json("orders", "set", number, "--fulfillment", "pickup", "--payment", "paid")
    assert (facts["fulfillment"], facts["payment_status"]) == ("pickup", "paid")
    assert wapto("orders", "set", number).code == 2
    assert wapto("orders", "set", number, "--payment", "promised").code == 2


def test_a_note_is_kept_and_stands_in_the_timeline(wapto, number):
    noted = wapto("orders", "note", number, "gift", "wrap it")
    assert (noted.code, noted.out) == (0, "")
    entries = wapto.json("orders", "timeline", number)
    assert [set(entry) for entry in entries] == [{"seq", "at", "kind", "actor", "door", "from", "to", "text"}] * 2
    assert [(entry["seq"], entry["kind"], entry["door"], entry["text"]) for entry in entries] == [
        (1, "received", "whatsapp", None),
        (2, "note", "cli", "gift wrap it"),
    ]
    assert (entries[0]["from"], entries[0]["to"]) == (None, "received")


def test_a_second_cart_is_shown_and_decided_upon(wapto, number):
    second = order_number(buy(order={"product_items": [item(quantity=5)]}).id)
    shown = wapto.json("orders", "show", second)["second_cart"]
    assert (shown["of"], shown["choice"]) == (number, "waiting")
    assert wapto.json("orders", "second-cart", second, "merge")["number"] == number
    assert wapto.json("orders", "show", second)["status"] == "cancelled"
    assert wapto.json("orders", "show", number)["second_cart"] is None
    assert wapto("orders", "second-cart", number, "merge").sentence.startswith(f"{number} is no second cart")


def test_an_order_is_made_for_a_customer_who_is_known_or_new(wapto, number):
    made = wapto.json(
        "orders", "create", "--customer", "+55 11 99999-0000", "--item", "CUP=2@30", "--item", "CAP=1", "--note", "gift"
    )
    assert set(made) == ORDER_KEYS
    assert (made["customer"]["name"], made["status"], made["note"]) == ("Ana", "received", "gift")
    assert [(line["sku"], line["quantity"], line["unit_price"]) for line in made["items"]] == [
        ("CUP", 2, "30.00"),
        ("CAP", 1, None),
    ]
    assert made["total"] is None
    other = wapto.json("orders", "create", "--customer", "+5511977776666", "--item", "CUP=1@30", "--name", "Bia")
    assert other["customer"] == {"name": "Bia", "phone": "+5511977776666", "user_id": None}
    entries = wapto.json("orders", "timeline", other["number"])
    assert [(entry["kind"], entry["door"]) for entry in entries] == [("received", "whatsapp"), ("created", "cli")]


@pytest.mark.parametrize(
    ("item_", "phone", "said"), [("CUP", "+5511999990000", "is no item"), ("CUP=1", "12", "not a phone")]
)
def test_an_order_that_cannot_be_made_says_why(wapto, number, item_, phone, said):
    refusal = wapto("orders", "create", "--customer", phone, "--item", item_)
    assert (refusal.code, said in refusal.sentence) == (1, True)


def test_items_fees_and_discounts_are_edited_and_the_total_follows(wapto, number):
    edited = wapto.json("orders", "edit", number, "--item", "CUP=1", "--item", "PEN=2@1.50", "--shipping", "4")
    assert [(each["sku"], each["quantity"], each["line_total"]) for each in edited["items"]] == [
        ("CUP", 1, "30.00"),
        ("PEN", 2, "3.00"),
    ]
    assert (edited["total"], edited["totals"]) == ("37.00", [{"currency": "BRL", "amount": "37.00"}])
    assert set(edited) >= ORDER_KEYS
    assert wapto.json("orders", "edit", number, "--discount", "7")["total"] == "30.00"


def test_an_edit_without_anything_to_change_is_wrong_usage(wapto, number):
    result = wapto("orders", "edit", number)
    assert result.code == 2
    assert "Say what to change" in result.err


def test_late_orders_are_listed_and_put_off_with_a_reason(wapto, number):
    numbers.change(numbers.find(None), {"promises": "received=1h"})
    late.cross_limits(NOW + timedelta(hours=1))
    [order] = wapto.json("orders", "list", "--late")
    assert (order["number"], order["lateness"], order["due_at"]) == (number, "late", "2026-11-25T10:00:00Z")
    put_off = wapto.json("orders", "snooze", number, "2h", "--reason", "waits for the courier")
    assert put_off["lateness"] == "on_time"
    assert wapto.json("orders", "list", "--late") == []


def test_a_change_is_taken_back_while_its_message_is_held(wapto, number):
    a_trigger(Order.get().number, "confirmed", hold=60)
    wapto.json("orders", "status", number, "confirmed")
    assert wapto.json("orders", "undo", number)["status"] == "received"


def test_a_parcel_is_corrected(wapto, number):
    wapto.json("orders", "status", number, "shipped", "--tracking-number", "BR1")
    assert wapto.json("orders", "set", number, "--tracking-number", "BR2")["tracking"]["number"] == "BR2"
    assert wapto.json("orders", "timeline", number)[-1]["to"] == "BR2"
