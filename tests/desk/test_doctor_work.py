"""The doctor on work that would wait for ever."""

import pytest

from tests.desk.builders import an_agent
from tests.desk.playing import a_shop
from wapto.desk import numbers
from wapto.desk.doctor import work as doctor_work


@pytest.fixture
def shop(sqlite_store):
    return a_shop()


def test_rules_that_send_orders_to_nobody_are_found(shop):
    numbers.change(shop, {"rules": "sku:TSH=Shirts, sku:CUP=Cups"})
    an_agent(team="Shirts")
    an_agent(team="Cups", role="viewer")
    [check] = doctor_work.rules()
    assert check.state == "warn"
    assert check.evidence.endswith("without anybody: Cups.")


def test_with_somebody_in_each_team_there_is_nothing_to_say(shop):
    numbers.change(shop, {"rules": "sku:TSH=Shirts"})
    an_agent(team="Shirts")
    assert list(doctor_work.rules()) == []


@pytest.mark.parametrize(
    ("acts", "roles", "is_well"),
    [
        ("", ["admin"], True),
        ("cancel_paid", ["admin"], False),
        ("cancel_paid", ["agent", "agent"], True),
        ("export", ["agent", "agent"], False),
        ("export", ["agent", "admin"], True),
    ],
)
def test_acts_that_nobody_could_agree_to_are_found(shop, acts, roles, is_well):
    numbers.change(shop, {"two_person": acts})
    for role in roles:
        an_agent(role=role)
    assert (list(doctor_work.second_person()) == []) is is_well
