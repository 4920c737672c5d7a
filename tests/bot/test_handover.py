"""Handing over in Slack: the command, the form, and the digest at the end of a shift."""

import pytest

from bot import handover_forms, handover_words, home_words
from tests.desk.builders import an_agent
from wapto.desk.assignment import agents, hours
from wapto.desk.orders import orders
from wapto.errors import InvalidInput
from wapto.store.models import AdminAlert

from .scene import TERMINAL
from .test_home import open_home


def taken(scene, agent=0):
    order, _ = scene.card()
    return orders.assign(order.id, scene.agents[agent].id, actor=TERMINAL, now=scene.clock())


def asked(scene, user, text):
    before = len(user.ephemerals)
    user.command("/wapto", text)
    scene.slack.wait_for(lambda: len(user.ephemerals) > before)
    return user.ephemerals[-1]


def test_the_command_lists_what_is_open_with_links_and_the_way_to_hand_it_over(scene):
    order = taken(scene)
    said = asked(scene, scene.rui, "handover")
    words = scene.words(said)
    assert "*Rui: 1 open order*, those due first on top." in words
    assert said.text == "Rui: 1 open order"
    assert scene.view(order).number in words
    assert f"[{handover_words.HAND_OVER}]" in words
    assert scene.words(asked(scene, scene.bia, "handover")) == "Bia has no open orders."
    assert "*Rui: 1 open order*" in scene.words(asked(scene, scene.bia, "handover @rui"))


def test_chosen_orders_go_to_named_people(scene):
    an_agent(slack="U4SAM", name="Sam")
    first, second, kept = taken(scene), taken(scene), taken(scene)
    said = asked(scene, scene.rui, "handover")
    scene.rui.click(said, handover_words.HAND_OVER)
    form = scene.rui.wait_for_modal()
    chosen = [f"{order.id}.{scene.agents[0].id}" for order in (first, second)]
    scene.rui.submit(form, {handover_words.ORDERS: chosen, handover_words.TO: ["Bia · 0 open", "Sam · 0 open"]})
    scene.slack.wait_for(lambda: "2 of 2 handed over." in scene.words(form))
    holders = [scene.view(order).agent.name for order in (first, second, kept)]
    assert sorted(holders[:2]) == ["Bia", "Sam"]
    assert holders[2] == "Rui"


def test_a_viewer_hands_nothing_over(scene):
    taken(scene)
    assert "not change them" in scene.words(asked(scene, scene.vic, "handover @rui"))


def test_the_end_of_a_shift_brings_one_direct_message_with_what_is_left(lane_scene):
    scene = lane_scene
    taken(scene)
    scene.sync()
    agents.change(scene.agents[0].id, {"hours": "Mon 00:00-00:01 UTC"})
    hours.follow(scene.clock())
    scene.sync()
    hours.follow(scene.clock())
    scene.sync()
    digests = [message for message in scene.rui.dms if "Your shift is over" in message.text]
    assert len(digests) == 1
    assert "Ana Lima" not in scene.words(digests[0])
    assert "You leave 1 open order · 0 with unread replies · 0 with unsent notices." in digests[0].text
    scene.rui.click(digests[0], handover_words.HAND_OVER)
    assert scene.rui.wait_for_modal().title == "Hand over"


def test_a_digest_that_has_nothing_to_tell_any_more_is_not_sent(lane_scene):
    scene = lane_scene
    order = taken(scene)
    scene.sync()
    agents.change(scene.agents[0].id, {"hours": "Mon 00:00-00:01 UTC"})
    hours.follow(scene.clock())
    scene.step(order, "cancelled", reason="sold out")
    told = len(scene.rui.dms)
    scene.sync()
    assert len(scene.rui.dms) == told


def test_going_away_shows_what_is_left_open(scene):
    order = taken(scene)
    words = scene.words(asked(scene, scene.rui, "away"))
    assert "You are away" in words
    assert scene.view(order).number in words


@pytest.mark.parametrize("typed", ["handover nobody"])
def test_somebody_unknown_is_said_to_be(scene, typed):
    assert "There is no agent" in scene.words(asked(scene, scene.rui, typed))


def test_from_the_home_what_is_listed_goes_to_named_people_also_what_nobody_has(scene):
    mine, nobodys = taken(scene), scene.card()[0]
    done = scene.card()[0]
    scene.step(done, "cancelled", reason="sold out")
    open_home(scene, scene.rui)
    scene.rui.click(scene.rui.home, handover_words.HAND_OVER_ALL)
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {handover_words.TO: ["Bia · 0 open"]})
    scene.slack.wait_for(lambda: "2 of 2 handed over." in scene.words(form))
    assert [scene.view(order).agent.name for order in (mine, nobodys)] == ["Bia", "Bia"]


def test_an_order_that_moved_while_the_form_was_open_is_left_with_whoever_has_it(scene):
    order = taken(scene)
    scene.rui.click(asked(scene, scene.rui, "handover"), handover_words.HAND_OVER)
    form = scene.rui.wait_for_modal()
    sam = an_agent(slack="U4SAM", name="Sam")
    orders.assign(order.id, sam.id, actor=TERMINAL, now=scene.clock())
    scene.rui.submit(form, {handover_words.TO: ["Bia · 0 open"]})
    scene.slack.wait_for(lambda: "0 of 1 handed over." in scene.words(form))
    assert scene.view(order).agent.name == "Sam"


def test_what_a_form_never_held_is_refused(scene):
    with pytest.raises(InvalidInput):
        handover_forms.chosen_orders(
            {"state": {"values": {"orders": {"orders": {"selected_options": [{"value": "x.1"}]}}}}}
        )


def test_going_away_by_the_home_brings_the_digest_too(scene):
    taken(scene)
    open_home(scene, scene.rui)
    scene.rui.click(scene.rui.home, home_words.GO_AWAY)
    scene.slack.wait_for(lambda: AdminAlert.select().exists())
    scene.sync()
    assert "Your shift is over" in scene.rui.dms[-1].text
