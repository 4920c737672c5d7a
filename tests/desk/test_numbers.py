"""Business phone numbers: what may be said of them, and which one is meant."""

from functools import partial

import pytest

from tests.desk.builders import NOW
from tests.desk.playing import at_once, buy
from tests.meta.builders import NUMBER, WABA
from wapto.desk import numbers
from wapto.errors import InvalidInput, NotFound
from wapto.store.models import Number

OTHER = "100000000000002"


@pytest.fixture(autouse=True)
def no_numbers(sqlite_store):
    """None yet."""


def add(phone_number_id=NUMBER, **settings):
    return numbers.add(phone_number_id, {"waba": WABA, "slack_channel": "C0ORDERS"} | settings, now=NOW)


def test_a_number_has_settings_that_work_until_others_are_given():
    number = add()
    assert (number.language, number.currency, number.timezone, number.assignment) == ("en", "USD", "UTC", "round_robin")
    assert (number.display, number.name, number.catalog, number.throughput) == (NUMBER, NUMBER, None, 80)


def test_settings_are_kept_in_their_usual_spelling():
    number = add(language="pt-br", currency="brl", timezone="America/Sao_Paulo", display="+55 11 4000-0001")
    assert (number.language, number.currency, number.name) == ("pt_BR", "BRL", "+55 11 4000-0001")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"waba": "my account"}, "“my account” is not an id of Meta's"),
        ({"slack_channel": "#orders"}, "“#orders” is not a Slack channel id"),
        ({"language": "klingon"}, "not a language"),
        ({"currency": "GOLD"}, "not a currency"),
        ({"timezone": "Mars/Olympus"}, "not a time zone"),
        ({"timezone": "../../etc/passwd"}, "not a time zone"),
        ({"timezone": "America"}, "not a time zone"),
        ({"timezone": ""}, "not a time zone"),
        ({"assignment": "dice"}, "choose one of: manual, round_robin, least_busy"),
        ({"name": "\x00"}, "1 to 80 characters"),
        ({"throughput": "0"}, "1 to 1000"),
        ({"throughput": "9" * 5_000}, "1 to 1000"),
        ({"catalog": "mine"}, "not an id of Meta's"),
        ({"color": "red"}, "no “color”"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(settings, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        add(**settings)
    assert Number.select().count() == 0


def test_an_id_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="“\\+55 11 4000” is not an id"):
        add("+55 11 4000")


def test_a_number_is_there_once():
    add()
    with pytest.raises(InvalidInput, match="there already; `wapto numbers set` changes it"):
        add(name="Another")
    assert Number.get().name == NUMBER


def test_of_two_admins_who_add_the_same_number_at_once_one_is_told():
    results = at_once(partial(add), partial(add))
    assert sorted(type(result).__name__ for result in results) == ["InvalidInput", "Number"]


def test_a_removed_number_comes_back_with_its_orders():
    add()
    order = buy()
    numbers.remove(numbers.find(NUMBER), now=NOW)
    assert numbers.listing() == []
    back = add(name="Loja")
    assert (back.id, back.name, back.gone_at) == (order.number_id, "Loja", None)


def test_settings_are_changed_all_or_none():
    number = add(catalog="300000000000001")
    changed = numbers.change(number, {"assignment": "manual", "catalog": ""})
    assert (changed.assignment, changed.catalog) == ("manual", None)
    with pytest.raises(InvalidInput):
        numbers.change(number, {"assignment": "round_robin", "currency": "GOLD"})
    assert Number.get().assignment == "manual"


def test_the_only_number_need_not_be_named():
    number = add()
    assert numbers.find(None) == number


def test_of_several_one_has_to_be_named():
    first = add(display="+55 11 4000-0001")
    add(OTHER)
    with pytest.raises(InvalidInput, match=f"--number: {NUMBER}, {OTHER}"):
        numbers.find(None)
    assert numbers.find(NUMBER) == numbers.find("+55 11 4000-0001") == first


def test_a_number_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(NotFound, match="wapto numbers add"):
        numbers.find(NUMBER)
    add()
    with pytest.raises(NotFound, match=f"no number “7”. Known: {NUMBER}"):
        numbers.find("7")
