"""In which language a customer is written to: what was chosen, what was told last, the country, the number's own."""

import pytest

from tests.desk.builders import NOTICE, NOW, WABA, a_customer, a_number, a_template, a_trigger, an_order
from wapto.desk import numbers
from wapto.desk.notices import notices
from wapto.desk.notices.languages import wanted
from wapto.errors import InvalidInput
from wapto.store.models import Message

MAPPED = {"BR": "pt_BR", "MX": "es"}


def told(number, customer, language, state="sent", serial=0):
    """A notice in this language, in this state."""
    return Message.create(
        order=an_order(number, customer), number=number, customer=customer, key=f"{language}{state}{serial}",
        callback=f"{language}{state}{serial}", trigger="shipped", language=language, text="", components=[],
        state=state, next_at=NOW, created_at=NOW,
    )  # fmt: skip


def test_without_anything_known_it_is_the_numbers(store):
    assert wanted(a_customer(), a_number(language="de")) == ["de"]


def test_what_was_chosen_comes_first(store):
    customer, number = a_customer(language="fr"), a_number(language="de", country_languages=MAPPED)
    told(number, customer, "es")
    assert wanted(customer, number) == ["fr", "pt_BR", "de"]


def test_then_comes_the_language_of_the_last_notice(store):
    customer, number = a_customer(), a_number(language="de", country_languages=MAPPED)
    told(number, customer, "es")
    told(number, customer, "fr")
    assert wanted(customer, number) == ["fr", "pt_BR", "de"]


@pytest.mark.parametrize("state", ["held", "queued", "sending", "failed", "unknown", "skipped"])
def test_a_notice_that_did_not_arrive_says_nothing(store, state):
    customer, number = a_customer(), a_number()
    told(number, customer, "es", state)
    assert wanted(customer, number) == ["en"]


def test_what_another_shop_told_says_nothing(store):
    customer = a_customer()
    told(a_number(), customer, "es")
    assert wanted(customer, a_number(phone_number_id="1100000000002")) == ["en"]


@pytest.mark.parametrize(
    ("customer", "languages"),
    [
        ({"phone": "+5511988887777"}, ["pt_BR", "en"]),
        ({"phone": "+5215512345678"}, ["es", "en"]),
        ({"phone": "+4915112345678"}, ["en"]),
        ({"phone": None, "user_id": "MX.123"}, ["es", "en"]),
    ],
)
def test_the_country_counts_where_the_shop_maps_it(store, customer, languages):
    assert wanted(a_customer(**customer), a_number(country_languages=MAPPED)) == languages


def test_countries_are_mapped_by_the_shop_only(store):
    assert wanted(a_customer(phone="+5511988887777"), a_number()) == ["en"]


def test_only_a_language_that_exists_is_taken(store):
    order = an_order(a_number(country_languages=MAPPED), a_customer(language="fr"), status="shipped")
    a_template(NOTICE | {"language": "pt_BR"})
    a_trigger(order.number)
    notices.promise(order, "shipped", NOW)
    assert (Message.get().language, Message.get().state) == ("pt_BR", "queued")


def test_a_shop_maps_countries_to_languages(store):
    number = numbers.add("1100000000009", {"waba": WABA, "slack_channel": "C0ORDERS"}, now=NOW)
    assert number.country_languages == {}
    assert numbers.change(number, {"country_languages": "br=pt-br, MX=es"}).country_languages == MAPPED
    assert numbers.change(number, {"country_languages": ""}).country_languages == {}


@pytest.mark.parametrize("words", ["XX=es", "BR", "BR=xx", "=es"])
def test_a_country_or_language_that_does_not_exist_is_refused(store, words):
    with pytest.raises(InvalidInput):
        numbers.change(a_number(), {"country_languages": words})
