"""The roster: who is on it, under which names they are found, and what may be said of them."""

from functools import partial

import pytest

from tests.desk.builders import NOW, an_agent, an_order
from tests.desk.playing import at_once
from wapto.desk.assignment import agents
from wapto.errors import InvalidInput, NotFound
from wapto.store.models import Agent


@pytest.fixture(autouse=True)
def roster(sqlite_store):
    """An empty one."""


def add(slack="U0ANA", name="Ana", **how):
    return agents.add(slack, name, now=NOW, **how)


def test_somebody_new_is_on_duty():
    ana = add(role="admin", team=" sales ")
    assert (ana.name, ana.role, ana.team, ana.presence, ana.capacity) == ("Ana", "admin", "sales", "on_duty", None)


def test_nobody_is_on_the_roster_twice():
    add()
    with pytest.raises(InvalidInput, match="Ana is already on the roster as U0ANA"):
        add(name="Somebody else")
    assert [agent.name for agent in Agent.select()] == ["Ana"]


def test_of_two_admins_who_add_the_same_person_at_once_one_is_told():
    results = at_once(partial(add, name="Ana"), partial(add, name="Ana"))
    assert sorted(type(result).__name__ for result in results) == ["Agent", "InvalidInput"]


def test_somebody_who_comes_back_is_the_same_person():
    ana = add()
    agents.remove(ana.id, now=NOW)
    assert agents.by_slack("U0ANA") is None
    again = add(name="Ana Lima", role="viewer")
    assert (again.id, again.name, again.role, again.presence) == (ana.id, "Ana Lima", "viewer", "on_duty")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"slack": "ana"}, "“ana” is not a Slack user id"),
        ({"slack": "C0ORDERS"}, "not a Slack user id"),
        ({"name": " \n"}, "1 to 80 characters"),
        ({"name": "x" * 81}, "1 to 80 characters"),
        ({"role": "boss"}, "choose one of: admin, agent, viewer"),
        ({"team": "x" * 81}, "up to 80 characters"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        add(**wrong)
    assert Agent.select().count() == 0


def test_a_name_is_one_line_without_what_cannot_be_seen():
    assert add(name=" Ana\n\x00\u202eLima ").name == "Ana Lima"


def test_settings_are_changed_all_or_none():
    ana = add()
    changed = agents.change(ana.id, {"role": "viewer", "presence": "away", "capacity": "5", "team": ""})
    assert (changed.role, changed.presence, changed.capacity, changed.team) == ("viewer", "away", 5, None)
    with pytest.raises(InvalidInput, match="choose one of: on_duty, away"):
        agents.change(ana.id, {"role": "admin", "presence": "asleep"})
    assert Agent.get().role == "viewer"
    assert agents.change(ana.id, {"capacity": ""}).capacity is None


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("shoe_size", "44", "no “shoe_size”"),
        ("capacity", "many", "whole number"),
        ("capacity", "-1", "whole number"),
        ("capacity", "9" * 5_000, "whole number"),
    ],
)
def test_what_an_agent_has_not_cannot_be_set(key, value, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        agents.change(add().id, {key: value})


def test_changing_nobody_is_refused():
    with pytest.raises(NotFound):
        agents.change(7, {"role": "admin"})


@pytest.mark.parametrize("typed", ["U0ANA", "ângela", "ÂNGELA", "@Ângela", " Ângela ", "{id}"])
def test_somebody_is_found_by_slack_id_name_in_any_case_or_id(typed):
    an_agent(name="Rui")
    angela = add(name="Ângela")
    assert agents.find(typed.format(id=angela.id)) == angela


def test_a_name_that_two_people_have_is_not_guessed():
    an_agent(name="Ana")
    an_agent(name="ana")
    with pytest.raises(InvalidInput, match="Several people are called “Ana”"):
        agents.find("Ana")


@pytest.mark.parametrize("typed", ["Eva", "", "7", "9" * 40, "x" * 500])
def test_somebody_unknown_is_answered_with_the_roster(typed):
    an_agent(name="Rui")
    an_agent(name="Ana")
    an_agent(name="Gone", gone_at=NOW)
    with pytest.raises(NotFound, match=r"On the roster: Ana, Rui\.") as refusal:
        agents.find(typed)
    assert len(str(refusal.value)) < 200


def test_an_empty_roster_says_so():
    with pytest.raises(NotFound, match="nobody yet"):
        agents.find("Ana")


def test_the_list_counts_open_orders_and_leaves_out_who_is_gone():
    ana = an_agent(name="Ana")
    an_agent(name="Gone", gone_at=NOW)
    an_agent(name="Rui")
    first = an_order(agent=ana)
    for changes in ({}, {"status": "delivered"}):
        an_order(first.number, first.customer, agent=ana, **changes)
    assert [(one.agent.name, one.open_orders) for one in agents.listing()] == [("Ana", 2), ("Rui", 0)]
