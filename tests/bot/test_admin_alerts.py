"""What the admins are owed reaches their channel, or each of them in a direct message, once."""

import pytest

from bot.sync import Desk
from tests.desk.builders import an_agent
from wapto.desk.watch import admins
from wapto.store.database import transaction
from wapto.store.models import AdminAlert

ADMINS = "C2ADMINS"


@pytest.fixture
def scene(lane_scene):
    lane_scene.slack.add_channel(ADMINS, "admins", ["U1RUI"])
    lane_scene.lane = Desk(
        lane_scene.api(),
        lane_scene.clock,
        lambda seconds: lane_scene.clock.skip(seconds=seconds),
        admin_channel=ADMINS,
    )
    return lane_scene


def owe(scene, words="The disk is full.", key="disk"):
    with transaction() as tx:
        admins.tell(tx, key, words, scene.clock())


def said(scene):
    return [scene.words(message) for message in scene.slack.channel(ADMINS).messages]


def test_the_admins_channel_is_told_once(scene):
    owe(scene)
    scene.sync()
    owe(scene)
    scene.sync()
    assert said(scene) == ["The disk is full."]
    assert AdminAlert.get().state == "posted"


def test_words_of_the_outside_world_mention_nobody(scene):
    owe(scene, "Account 1: <!channel> <@U1RUI> & more.")
    scene.sync()
    assert scene.slack.channel(ADMINS).messages[0].text == "Account 1: &lt;!channel&gt; &lt;@U1RUI&gt; &amp; more."


def test_without_a_channel_each_admin_gets_a_direct_message(scene):
    an_agent(slack="U4SAM", name="Sam", role="admin")
    scene.lane = scene.another_lane()
    owe(scene)
    scene.sync()
    assert [scene.words(message) for message in scene.sam.dms] == ["The disk is full."]
    assert scene.rui.dms == []


def test_while_there_is_nobody_to_tell_the_words_wait(scene):
    scene.lane = scene.another_lane()
    owe(scene)
    scene.lane.drain()
    assert "admin channel" in AdminAlert.get().problem
    an_agent(slack="U4SAM", name="Sam", role="admin")
    scene.clock.skip(minutes=1)
    scene.sync()
    assert len(scene.sam.dms) == 1


@pytest.mark.parametrize("bad", ["lost", "html", "status"])
def test_a_post_without_a_clear_answer_is_made_once(scene, bad):
    getattr(scene.slack.faults, bad)("chat.postMessage")
    owe(scene)
    scene.sync()
    scene.clock.skip(seconds=70)
    scene.sync()
    assert said(scene) == ["The disk is full."]


def test_news_that_come_while_slack_is_asked_are_told_as_well(scene):
    owe(scene)
    first = admins.claim(scene.clock())
    scene.clock.skip(seconds=1)
    owe(scene, "The disk is full and slow.")
    admins.posted(first, ADMINS, "1.1")
    scene.sync()
    assert said(scene) == ["The disk is full and slow."]


def test_a_channel_that_wapto_is_not_in_is_tried_again_and_holds_up_no_card(scene):
    scene.lane = Desk(scene.api(), scene.clock, lambda s: scene.clock.skip(seconds=s), admin_channel="C9NOWHERE")
    owe(scene)
    scene.card()
    assert AdminAlert.get().problem
    assert len(scene.cards) == 1


def test_however_long_slack_refuses_the_words_are_told_in_the_end(scene):
    scene.slack.channel(ADMINS).archived = True
    owe(scene)
    for _ in range(20):
        scene.sync()
        scene.clock.skip(minutes=11)
    scene.slack.channel(ADMINS).archived = False
    scene.sync()
    assert said(scene) == ["The disk is full."]


def test_an_admin_who_has_left_slack_does_not_keep_the_others_from_hearing(scene):
    an_agent(slack="U5GONE", name="Gone", role="admin")
    scene.slack.add_user("U5GONE", "Gone").user.deleted = True
    an_agent(slack="U4SAM", name="Sam", role="admin")
    scene.lane = scene.another_lane()
    owe(scene)
    scene.sync()
    assert len(scene.sam.dms) == 1
    assert AdminAlert.get().state == "posted"


def test_a_list_is_shown_as_one(scene):
    owe(scene, "Two things:\n• one & more\n• two")
    scene.sync()
    assert said(scene) == ["Two things:\n• one & more\n• two"]
    assert scene.slack.channel(ADMINS).messages[0].blocks
