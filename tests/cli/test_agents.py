"""`wapto agents`: the team is kept from the terminal."""

from tests.desk.builders import an_agent
from tests.desk.playing import a_shop, buy

ADD = ("agents", "add", "--slack", "U0ANA", "--name", "Ana")


def test_somebody_is_added_in_the_contracts_shape(wapto):
    ana = wapto.json(*ADD, "--role", "admin", "--team", "north")
    assert set(ana) >= {"id", "slack", "name", "role", "team", "presence", "open_orders"}
    assert (ana["slack"], ana["name"], ana["role"], ana["team"]) == ("U0ANA", "Ana", "admin", "north")
    assert (ana["presence"], ana["open_orders"]) == ("on_duty", 0)
    assert wapto.json("agents", "list") == [ana]


def test_the_list_counts_the_work_in_hand(wapto):
    a_shop(assignment="round_robin")
    an_agent(name="Ana")
    buy()
    assert wapto.json("agents", "list")[0]["open_orders"] == 1
    assert wapto("agents", "list").out.splitlines()[1].split()[2:] == ["Ana", "agent", "on_duty", "1"]


def test_somebody_is_changed_whatever_they_are_called_by(wapto):
    ana = an_agent(name="Ana", slack="U0ANA")
    assert wapto.json("agents", "set", "ana", "role=viewer", "presence=away")["role"] == "viewer"
    assert wapto.json("agents", "set", "U0ANA", "capacity=5")["capacity"] == 5
    assert wapto.json("agents", "set", ana.id, "name=Ana Lima")["name"] == "Ana Lima"


def test_somebody_is_removed(wapto):
    an_agent(name="Ana")
    done = wapto("agents", "remove", "Ana")
    said = "Ana is off the roster; their open orders go back into the queue in ten minutes.\n"
    assert (done.code, done.out, done.err) == (0, "", said)
    assert wapto.json("agents", "list") == []


def test_refusals_are_one_sentence(wapto):
    assert wapto("agents", "add", "--slack", "ana", "--name", "Ana").sentence.startswith("“ana” is not a Slack user id")
    assert wapto("agents", "set", "Rui", "role=admin").sentence == (
        "There is no agent “Rui”. On the roster: nobody yet."
    )
    assert wapto(*ADD).code == 0
    assert wapto(*ADD).sentence == "Ana is already on the roster as U0ANA."
    assert wapto("agents", "set", "Ana", "role=boss").sentence.endswith("choose one of: admin, agent, viewer.")
    assert wapto("agents", "set", "Ana", "rol=admin").sentence.endswith("scope, hours. Did you mean role?")
    assert wapto("agents", "set", "Anna", "role=admin").sentence.endswith("On the roster: Ana. Did you mean Ana?")
    assert wapto(*ADD, "--role", "boss").code == 2


def test_people_and_teams_have_working_hours(wapto):
    times = "Mon-Fri 09:00-18:00 America/Sao_Paulo"
    wapto("agents", "add", "--slack", "U0ANA", "--name", "Ana", "--team", "Shirts")
    assert wapto.json("agents", "set", "Ana", f"hours={times}")["hours"] == times
    assert wapto("agents", "hours", "Shirts", times).code == 0
    assert "Nobody is of a team" in wapto("agents", "hours", "Hats", times).err
