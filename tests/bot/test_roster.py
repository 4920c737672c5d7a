import pytest

from bot import roster, wording
from bot.slack_errors import SlackAway
from wapto.desk.assignment import agents, assignment, departures
from wapto.desk.orders import orders
from wapto.store.models import Agent, Home

from ..desk.builders import an_agent
from .scene import TERMINAL


def admin(scene):
    agents.change(scene.agents[0].id, {"role": "admin"})
    return scene.rui


def home_of(scene, user):
    seen = user.home.hash if user.home else None
    user.open_home()
    scene.slack.wait_for(lambda: user.home and user.home.hash != seen)
    scene.slack.wait_for(lambda: Home.get_or_none(Home.view_hash == user.home.hash))
    return user.home


def form_of(scene, user):
    user.click(home_of(scene, user), wording.ADD_PERSON)
    return user.wait_for_modal()


def test_an_admin_adds_a_person_under_their_name_in_slack(scene):
    form = form_of(scene, admin(scene))
    scene.rui.submit(form, {wording.PERSON: "U4SAM", wording.ROLE: "Only look (viewer)", wording.TEAM: "Night"})
    assert scene.rui.modal is None
    sam = agents.by_slack("U4SAM")
    assert (sam.name, sam.role, sam.team, sam.presence) == ("Sam", "viewer", "Night", "on_duty")
    assert "[Open · 0]" in scene.words(home_of(scene, scene.sam))


def test_who_is_on_the_roster_already_is_not_added_twice(scene):
    form = form_of(scene, admin(scene))
    scene.rui.submit(form, {wording.PERSON: "U2BIA"})
    assert form.errors == {"who": "Bia is already on the roster as U2BIA."}
    scene.sam.deactivate()
    scene.rui.submit(form, {wording.PERSON: "U4SAM"})
    assert "deactivated" in form.errors["who"]


def test_only_an_admin_may_and_is_asked_again_when_the_form_is_sent(scene):
    form = form_of(scene, admin(scene))
    agents.change(scene.agents[0].id, {"role": "agent"})
    scene.rui.submit(form, {wording.PERSON: "U4SAM"})
    assert wording.ADMINS_ONLY in scene.words(scene.rui.modal)
    assert agents.by_slack("U4SAM") is None
    scene.rui.close(scene.rui.modal)
    assert wording.ADD_PERSON not in scene.words(home_of(scene, scene.rui))


def test_whoever_is_deactivated_loses_their_rights_and_their_open_orders_go_back(scene):
    mine, done, other = scene.order(), scene.order(), scene.order()
    for order, agent in ((mine, 1), (done, 1), (other, 0)):
        orders.assign(order.id, scene.agents[agent].id, actor=TERMINAL, now=scene.clock())
    scene.step(done, "cancelled", reason="no stock")
    scene.bia.deactivate()
    scene.slack.wait_for(lambda: agents.by_slack("U2BIA") is None)
    departures.follow(scene.clock())
    assert scene.view(mine).agent.name == "Bia", "it may be a mistake"
    scene.clock.skip(minutes=11)
    departures.follow(scene.clock())
    assert scene.view(mine).agent is None
    assert scene.view(done).agent.name == "Bia", "the past stays"
    assert scene.view(other).agent.name == "Rui"
    scene.sync()
    assert any("Bia has left the team; the order went back" in said for said in scene.thread(scene.cards[0]))


def test_whoever_was_deactivated_while_slack_could_not_say_so_is_found(scene):
    scene.bia.user.deleted = True
    scene.slack.faults.error("users.info", "user_not_found")  # of Rui, which a wrong token may say of everybody
    roster.sweep(scene.api(), scene.clock())
    assert agents.by_slack("U1RUI") is not None
    assert agents.by_slack("U2BIA") is None


def test_while_slack_is_away_nobody_is_looked_for(scene):
    scene.bia.user.deleted = True
    scene.slack.faults.status("users.info", times=None)
    with pytest.raises(SlackAway):
        roster.sweep(scene.api(), scene.clock())
    assert agents.by_slack("U2BIA") is not None


def test_other_news_about_people_change_nothing(scene):
    assert scene.sam.deactivate() is not None, "the app asked to be told"
    assert Agent.select().where(Agent.gone_at.is_null()).count() == 3


@pytest.fixture
def teams(scene):
    """Rui and Bia by day, Max by night; each has an order, and one is nobody's."""
    for agent in scene.agents:
        agents.change(agent.id, {"team": "Day"})
    max_ = an_agent(slack="U4SAM", name="Max", team="Night")
    made = {}
    for name, agent in (("Rui", scene.agents[0]), ("Bia", scene.agents[1]), ("Max", max_), ("nobody", None)):
        order, card = scene.card()
        if agent:
            orders.assign(order.id, agent.id, actor=TERMINAL, now=scene.clock())
            scene.sync()
        made[name] = (order, card)
    return made


@pytest.mark.parametrize(
    ("scope", "may"),
    [("own", ["Rui", "nobody"]), ("team", ["Rui", "Bia", "nobody"]), ("all", ["Rui", "Bia", "Max", "nobody"])],
)
def test_the_scope_of_an_agent_says_whose_orders_they_may_work_on(scene, teams, scope, may):
    agents.change(scene.agents[0].id, {"scope": scope})
    for holder, (order, card) in teams.items():
        seen = len(scene.rui.ephemerals)
        scene.rui.click(card, "Confirm")
        if holder in may:
            scene.becomes(order, "confirmed")
        else:
            scene.slack.wait_for(lambda seen=seen: len(scene.rui.ephemerals) > seen)
            assert f"is with {holder}, and you work on your" in scene.said_to(scene.rui)
            assert scene.view(order).status == "received"


def test_the_scope_holds_for_commands_forms_and_claims_too(scene, teams):
    order, card = teams["Bia"]
    number = scene.view(order).number
    scene.rui.click(card, "Cancel order")
    form = scene.rui.wait_for_modal()
    agents.change(scene.agents[0].id, {"scope": "own"})
    scene.rui.submit(form, {"Reason": "no stock"})
    assert "is with Bia" in scene.words(scene.rui.modal)
    for text in (
        f"claim {number}",
        f"assign {number} @rui",
        f"note {number} x",
        f"status {number} confirmed",
        f"reply {number} hello",
        f"snooze {number} 2h waits for the courier",
    ):
        seen = len(scene.rui.ephemerals)
        scene.rui.command("/wapto", text)
        scene.slack.wait_for(lambda seen=seen: len(scene.rui.ephemerals) > seen)
        assert "is with Bia" in scene.words(scene.rui.ephemerals[-1])
    assert scene.view(order).agent.name == "Bia"
    agents.change(scene.agents[0].id, {"role": "admin"})
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent.name == "Rui")


def test_what_slack_shows_of_somebody_is_a_hint_that_decides_nothing(scene):
    scene.bia.user.presence = "away"
    scene.slack.faults.error("users.getPresence", "user_not_found")  # of Rui
    roster.look(scene.api(), scene.clock())
    assert [agent.slack_away for agent in Agent.select().order_by(Agent.id)] == [False, True, False]
    assert [agent.name for agent in assignment.on_duty()] == ["Rui", "Bia"]
    _, card = scene.card()
    scene.rui.choose(card, "more", "Assign…")
    assert "Bia · 0 open · Slack: away" in str(scene.rui.wait_for_modal().blocks)
    scene.bia.user.presence = "active"
    roster.look(scene.api(), scene.clock())
    assert not agents.by_slack("U2BIA").slack_away
