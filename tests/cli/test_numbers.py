"""`wapto numbers`: shops are added, shown, changed and removed from the terminal."""

import pytest

from tests.desk.playing import a_shop
from wapto.desk.doctor import work as doctor_work
from wapto.domain import lifecycle
from wapto.store.models import Number

ADD = ("numbers", "add", "100000000000001", "--waba", "200000000000001", "--slack-channel", "C0ORDERS")
KEYS = {"phone_number_id", "waba", "display", "slack_channel", "catalog", "language", "currency", "timezone"}


def test_a_number_is_added_with_the_contracts_options_and_shape(wapto):
    options = ("--catalog", "300000000000001", "--language", "pt_BR", "--currency", "BRL")
    more = ("--timezone", "America/Sao_Paulo", "--assignment", "least_busy", "--name", "Loja")
    number = wapto.json(*ADD, *options, *more)
    assert set(number) >= KEYS | {"assignment"}
    assert (number["catalog"], number["language"], number["currency"]) == ("300000000000001", "pt_BR", "BRL")
    assert (number["timezone"], number["assignment"]) == ("America/Sao_Paulo", "least_busy")
    assert wapto.json("numbers", "list") == [number]
    assert wapto.json("numbers", "show") == number


def test_round_robin_is_the_default(wapto):
    assert wapto.json(*ADD)["assignment"] == "round_robin"


@pytest.mark.parametrize("left_out", ["--waba", "--slack-channel"])
def test_what_is_needed_cannot_be_left_out(wapto, left_out):
    place = ADD.index(left_out)
    done = wapto(*ADD[:place], *ADD[place + 2 :])
    assert done.code == 2
    assert left_out in done.err


def test_what_cannot_be_is_refused_in_one_sentence(wapto):
    assert wapto(*ADD, "--currency", "GOLD").sentence.startswith("“GOLD” is not a currency")
    assert wapto(*ADD, "--assignment", "dice").code == 2
    assert Number.select().count() == 0


def test_settings_are_changed_by_key_and_value(wapto):
    a_shop()
    changed = wapto.json("numbers", "set", "100000000000001", "assignment=manual", "name=A=B")
    assert (changed["assignment"], changed["name"]) == ("manual", "A=B")
    assert wapto("numbers", "set", "100000000000001", "manual").sentence == "“manual” is not KEY=VALUE."
    assert wapto("numbers", "set", "100000000000001", "color=red").sentence.startswith("A number has no “color”")


def test_a_removed_number_is_gone_from_the_list(wapto):
    a_shop()
    done = wapto("numbers", "remove", "100000000000001")
    assert (done.code, done.out, done.err) == (0, "", "100000000000001 is removed; its orders stay.\n")
    assert wapto.json("numbers", "list") == []
    assert wapto("numbers", "show").sentence == "There is no number yet; add one with `wapto numbers add`."


def test_of_several_numbers_one_has_to_be_named(wapto):
    a_shop()
    a_shop(phone_number_id="100000000000002")
    assert wapto("numbers", "show").sentence.startswith("There are several numbers; choose one with --number")
    assert wapto.json("numbers", "show", "100000000000002")["phone_number_id"] == "100000000000002"


def test_a_new_number_promises_generous_times_and_the_doctor_says_where_none_are(wapto):
    wapto.json(*ADD)
    assert Number.get().promises["received"] == 12 * 60
    assert set(Number.get().promises) == set(lifecycle.OPEN)
    wapto.json("numbers", "set", "100000000000001", "promises=")
    [check] = doctor_work.promises()
    assert (check.state, "no order of it is ever late" in check.evidence) == ("warn", True)
