"""What a customer reads of an order: each commerce variable in the customer's language."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from wapto.domain.lifecycle import STATUSES
from wapto.domain.status_labels import STATUS_LABELS
from wapto.domain.variables import NAMES, VARIABLES, Item, OrderFacts, check_variable, value_of
from wapto.errors import InvalidInput

ORDER = OrderFacts(
    number="W-N8HX",
    status="shipped",
    shop_name="Casa Wapto",
    created_at=datetime(2026, 11, 25, 1, 30, tzinfo=UTC),
    timezone="America/Sao_Paulo",
    total_minor=9970,
    currency="BRL",
    items=(Item("Red shirt", 2), Item("Blue cap", 1)),
    note="gift-wrap,\nplease",
    customer_name="Ana  Lima",
    agent_name="Rui",
    reason="Out of stock",
    carrier="Correios",
    tracking_number="BR123456789",
    tracking_url="https://carrier.example/BR123456789",
    eta=date(2026, 11, 27),
    tracking_token="q1w2e3",
)
BARE = OrderFacts(
    number="W-N8HX", status="received", shop_name="Casa Wapto", created_at=ORDER.created_at, timezone="Asia/Kolkata"
)


def an_order(**changes):
    return replace(ORDER, **changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("customer.name", "Ana Lima"),
        ("customer.first_name", "Ana"),
        ("order.number", "W-N8HX"),
        ("order.status", "Enviado"),
        ("order.total", "R$ 99,70"),
        ("order.items", "2 × Red shirt, 1 × Blue cap"),
        ("order.item_count", "3"),
        ("order.first_item", "Red shirt"),
        ("order.note", "gift-wrap, please"),
        ("order.date", "24 de nov. de 2026"),
        ("tracking.carrier", "Correios"),
        ("tracking.number", "BR123456789"),
        ("tracking.url", "https://carrier.example/BR123456789"),
        ("tracking.eta", "27 de nov. de 2026"),
        ("tracking.token", "q1w2e3"),
        ("agent.name", "Rui"),
        ("shop.name", "Casa Wapto"),
        ("cancel.reason", "Out of stock"),
    ],
)
def test_each_variable_tells_its_fact_in_the_customer_s_language(name, value):
    assert value_of(name, ORDER, "pt_BR") == value


def test_the_variables_are_those_of_the_contract():
    contract = (
        "customer.name, customer.first_name, order.number, order.status, order.total, order.items, order.item_count, "
        "order.first_item, order.note, order.date, tracking.carrier, tracking.number, tracking.url, tracking.eta, "
        "tracking.token, agent.name, shop.name, cancel.reason"
    )
    assert ", ".join(NAMES) == contract
    assert all(variable.name == name and variable.meaning and variable.sample for name, variable in VARIABLES.items())


def test_what_an_order_does_not_have_is_empty():
    told = {name for name in NAMES if value_of(name, BARE, "en")}
    assert told == {"order.number", "order.status", "order.date", "shop.name"}


@pytest.mark.parametrize(
    ("language", "status", "total", "day"),
    [
        ("en", "Shipped", "R$99.70", "Nov 27, 2026"),
        ("es", "Enviado", "99,70 BRL", "27 nov 2026"),
        ("de", "Versandt", "99,70 R$", "27.11.2026"),
        ("ar", "تم الشحن", "99.70 R$", "27/11/2026"),
        ("hi", "भेज दिया गया", "R$99.70", "27 नव॰ 2026"),
        ("ja", "Shipped", "R$99.70", "2026/11/27"),
        ("tlh", "Shipped", "R$99.70", "Nov 27, 2026"),
        ("pt_PT", "Enviado", "99,70 R$", "27/11/2026"),
    ],
)
def test_status_money_and_dates_follow_the_language(language, status, total, day):
    names = ("order.status", "order.total", "tracking.eta")
    assert [value_of(name, ORDER, language) for name in names] == [status, total, day]


@pytest.mark.parametrize("language", ["en", "es", "pt", "hi", "ar", "id", "fr", "de"])
def test_every_starter_language_names_every_status_in_its_own_words(language):
    labels = STATUS_LABELS[language]
    assert list(labels) == list(STATUSES)
    assert len(set(labels.values())) == len(labels)


def test_english_customers_read_the_labels_that_agents_read():
    assert STATUS_LABELS["en"] == {slug: status.label for slug, status in STATUSES.items()}


def test_the_day_of_the_order_is_the_shop_s_day():
    assert value_of("order.date", an_order(timezone="Asia/Tokyo"), "en") == "Nov 25, 2026"
    assert value_of("order.date", an_order(timezone="America/Sao_Paulo"), "en") == "Nov 24, 2026"


def test_a_total_that_cannot_be_trusted_is_not_told():
    assert value_of("order.total", an_order(total_minor=None), "en") == ""
    assert value_of("order.total", an_order(currency=None), "en") == ""
    assert value_of("order.total", an_order(total_minor=0), "en") == "R$0.00"


def test_an_unknown_quantity_is_not_invented():
    order = an_order(items=(Item("Lamp", None), Item("Bulb", 1200)))
    assert value_of("order.items", order, "en") == "Lamp, 1200 × Bulb"
    assert value_of("order.item_count", order, "en") == ""
    assert value_of("order.item_count", an_order(items=(Item("Bulb", 1200),)), "de") == "1.200"


def test_a_long_cart_ends_in_how_many_lines_are_left_out():
    text = value_of("order.items", an_order(items=tuple(Item(f"Shirt number {n}", 1) for n in range(100))), "en")
    left_out = int(re.search(r", \+(\d+)$", text)[1])
    assert len(text) <= 510
    assert text.count("×") == 100 - left_out
    assert "…" not in text


def test_a_long_item_name_is_cut():
    assert value_of("order.first_item", an_order(items=(Item("x" * 200, 1),)), "en") == "x" * 79 + "…"


@pytest.mark.parametrize(
    ("binding", "value"), [('"thank you"', "thank you"), ('"a\n\tb"', "a b"), ('"say "hi""', 'say "hi"')]
)
def test_a_fixed_text_is_its_own_value(binding, value):
    check_variable(binding)
    assert value_of(binding, BARE, "pt_BR") == value


@pytest.mark.parametrize("binding", ['""', '" \u200b "'])
def test_an_empty_fixed_text_is_refused(binding):
    with pytest.raises(InvalidInput, match="needs words"):
        check_variable(binding)


@pytest.mark.parametrize(("name", "near"), [("order.totl", "order.total"), ("traking.url", "tracking.url")])
def test_a_misspelled_variable_is_refused_with_the_nearest_one(name, near):
    with pytest.raises(InvalidInput, match=f"Did you mean {near}"):
        check_variable(name)
    with pytest.raises(InvalidInput, match=f"Did you mean {near}"):
        value_of(name, ORDER, "en")


@pytest.mark.parametrize("name", ["", '"', "zzz", "thank you"])
def test_what_resembles_no_variable_is_refused_with_all_there_are(name):
    with pytest.raises(InvalidInput, match=r"order\.number"):
        check_variable(name)


def test_hostile_names_become_one_visible_line():
    order = an_order(customer_name="\u202eevil\x00\n\tname\u200b")
    assert value_of("customer.name", order, "en") == "evil name"
    assert value_of("customer.first_name", an_order(customer_name=" \u3164 "), "en") == ""
