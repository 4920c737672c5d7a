"""`wapto triggers`: which template tells the customer about which status, and with which words."""

import json

import pytest

from tests.desk.builders import NOTICE, a_customer, a_template, a_trigger, an_order
from tests.desk.playing import a_shop
from wapto.domain.identity import order_number
from wapto.store.models import Trigger

SET = ("triggers", "set", "shipped", "--template", "order_update")
BIND = ("--bind", "1=order.number", "--bind", "2=order.status")


@pytest.fixture
def shop(wapto):
    a_template(waba="200000000000001")
    return a_shop()


def test_a_trigger_is_set_and_listed_in_the_contracts_shape(wapto, shop):
    options = ("--language", "en", "--hold", "30", "--ttl", "3600", "--default", "2=on its way", "--off")
    trigger = wapto.json(*SET, *BIND, *options)
    assert trigger == {
        "status": "shipped", "number_id": "100000000000001", "template": "order_update", "language": "en",
        "bind": {"1": "order.number", "2": "order.status"}, "default": {"2": "on its way"}, "hold": 30, "ttl": 3600,
        "fallback": None, "plain_text": False, "on": False,
    }  # fmt: skip
    assert wapto.json("triggers", "list") == [trigger]
    assert Trigger.get().defaults == {"2": "on its way"}


def test_a_status_is_named_as_people_write_it(wapto, shop):
    assert wapto.json("triggers", "set", "Out for delivery", *SET[3:], *BIND)["status"] == "out_for_delivery"
    assert wapto("triggers", "remove", "Out-for-Delivery").code == 0
    assert wapto.json("triggers", "list") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["done", "--template", "order_update", *BIND], "There is no status “done”."),
        (["shipped", "--template", "order_updat", *BIND], "The account has no template “order_updat”"),
        (["shipped", "--template", "order_update"], "The template “order_update” in en:"),
        ([*SET[2:], "--bind", "1"], "“1” is not KEY=VALUE."),
        ([*SET[2:], *BIND, "--hold", "60", "--ttl", "60"], "The time to live must be longer than the hold"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(wapto, shop, words, sentence):
    assert wapto("triggers", "set", *words).sentence.startswith(sentence)
    assert Trigger.select().count() == 0


def test_a_number_that_has_no_such_trigger_is_told_so(wapto, shop):
    assert wapto("triggers", "remove", "shipped").sentence == ("The number 100000000000001 has no trigger for Shipped.")


def test_with_several_numbers_one_is_named(wapto, shop):
    a_shop(phone_number_id="100000000000002")
    assert wapto(*SET, *BIND).sentence.startswith("There are several numbers")
    assert wapto.json(*SET, *BIND, "--number", "100000000000002")["number_id"] == "100000000000002"


def test_a_preview_shows_each_language_as_the_customer_would_read_it(wapto, shop):
    a_template(NOTICE | {"language": "pt_BR", "components": [{"type": "BODY", "text": "Pedido {{1}}: {{2}}. Até já!"}]})
    wapto(*SET, *BIND)
    order = an_order(shop, a_customer(language="pt_BR"), status="shipped")
    done = wapto("triggers", "preview", "shipped", "--order", order_number(order.id))
    assert done.out == (
        "en:\n\n    Order W-N8HX is now Shipped. Thank you.\n\n"
        "pt_BR, which this customer would get:\n\n    Pedido W-N8HX: Enviado. Até já!\n\n"
    )
    [english, _] = wapto.json("triggers", "preview", "shipped")
    assert english == {
        "language": "en", "text": "Order W-7KQ2 is now Shipped. Thank you.", "links": [], "problem": None,
        "is_chosen": False,
    }  # fmt: skip


def test_a_rehearsal_lists_the_orders_that_would_fail(wapto, shop):
    wapto(
        "triggers", "set", "shipped", "--template", "order_update", "--bind", "1=order.number", "--bind", "2=order.note"
    )
    assert wapto("triggers", "rehearse", "shipped").err == "None of the last 0 orders would fail.\n"
    an_order(shop)
    done = wapto("triggers", "rehearse", "shipped", "--json")
    assert (done.code, done.err) == (1, "1 of the last 1 orders would fail.\n")
    [failure] = json.loads(done.out)
    assert failure["order"] == "W-N8HX"
    assert "Placeholder 2 has no value for this order" in failure["reason"]


def test_what_would_fail_is_switched_on_by_force_only(wapto, shop):
    an_order(shop)
    words = (*SET, "--bind", "1=order.number", "--bind", "2=order.note")
    assert wapto(*words).sentence.startswith("It would fail for 1 of the last 1 orders; W-N8HX:")
    assert wapto(*words, "--force").code == 0


def test_the_variables_are_listed_with_samples(wapto):
    variables = {row["variable"]: row for row in wapto.json("triggers", "variables")}
    assert {"customer.first_name", "order.number", "tracking.url", "cancel.reason"} <= set(variables)
    assert all(row["meaning"] and row["sample"] for row in variables.values())


def test_people_read_a_table(wapto, shop):
    a_trigger(shop)
    row = wapto("triggers", "list").out.splitlines()[1].split()
    assert row[:4] == ["shipped", "100000000000001", "order_update", "auto"]
