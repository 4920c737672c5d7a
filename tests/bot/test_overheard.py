"""What people write in the thread under a card is an internal note, kept once."""

import copy
import time

import pytest

from sandbox.slack import BadAnswer
from wapto.desk.orders import timeline
from wapto.store.database import connect
from wapto.store.models import InquiryEvent, Note, OrderEvent, SlackSeen

from ..desk.builders import a_customer
from .scene import CHANNEL


def notes(order):
    return [(entry.actor, entry.door, entry.text) for entry in timeline.entries(order.id) if entry.kind == "note"]


def kept(scene, count=1):
    return scene.slack.wait_for(lambda: SlackSeen.select().count() == count)


def passes_by(scene, **event):
    """An event after which there is no note, once all work behind events is done."""
    envelope = copy.deepcopy(scene.slack.door.events[0])
    envelope["event"] |= event
    scene.slack.door.event(envelope | {"event_id": "EvOTHER"})
    time.sleep(0.2)
    return SlackSeen.get_or_none(SlackSeen.event_id == "EvOTHER") is None


def test_a_message_in_the_thread_of_a_card_is_a_note_by_who_wrote_it(scene):
    order, card = scene.card()
    scene.rui.write(CHANNEL, "Ask <@U2BIA> &amp; wait", thread=card.ts)
    kept(scene)
    assert notes(order) == [("Rui", "slack", "Ask @U2BIA & wait")]


def test_it_is_not_told_in_the_thread_again(scene):
    _, card = scene.card()
    scene.rui.write(CHANNEL, "wait for Bia", thread=card.ts)
    kept(scene)
    scene.later()
    assert [words.strip() for words in scene.thread(card)] == ["wait for Bia"]
    assert scene.slack.complaints == []


def test_an_event_that_slack_sends_again_is_kept_once(scene):
    order, card = scene.card()
    scene.rui.write(CHANNEL, "wait", thread=card.ts)
    kept(scene)
    scene.slack.door.event(scene.slack.door.events[-1])
    scene.slack.door.event(scene.slack.door.events[-1])
    time.sleep(0.2)
    assert notes(order) == [("Rui", "slack", "wait")]


def test_what_was_written_while_the_store_was_away_is_a_note_once_slack_sends_it_again(scene, sqlite_store, tmp_path):
    order, card = scene.card()
    connect(f"sqlite:///{tmp_path}/no/such/folder.db")
    try:
        with pytest.raises(BadAnswer, match="status 500"):
            scene.rui.write(CHANNEL, "wait", thread=card.ts)
    finally:
        connect(sqlite_store)
    scene.slack.door.event(scene.slack.door.events[-1])
    kept(scene)
    assert notes(order) == [("Rui", "slack", "wait")]


def test_who_is_not_on_the_roster_is_kept_by_their_slack_id(scene):
    order, card = scene.card()
    scene.sam.write(CHANNEL, "hi", thread=card.ts)
    kept(scene)
    assert notes(order) == [("U4SAM", "slack", "hi")]


def test_what_is_written_elsewhere_passes_by(scene):
    scene.card()
    other = scene.rui.write(CHANNEL, "lunch?")
    scene.bia.write(CHANNEL, "yes", thread=other.ts)
    time.sleep(0.2)
    assert (SlackSeen.select().count(), Note.select().count()) == (0, 0)


def test_our_own_posts_edits_and_strangers_pass_by(scene):
    order, card = scene.card()
    scene.rui.write(CHANNEL, "wait", thread=card.ts)
    kept(scene)
    assert passes_by(scene, bot_id="B0WAPTO")
    assert passes_by(scene, subtype="message_changed")
    assert passes_by(scene, team="T0OTHER")
    assert passes_by(scene, subtype="file_share", user="U0WAPTO")
    assert not passes_by(scene, subtype="file_share", files=[{"name": "box.jpg"}], text="")
    assert notes(order)[-1] == ("Rui", "slack", "[file: box.jpg]")


def test_under_the_card_of_an_inquiry_it_is_a_note_too(scene):
    scene.hear("hello", customer=a_customer())
    scene.later()
    scene.later()
    scene.rui.write(CHANNEL, "who knows her?", thread=scene.cards[0].ts)
    kept(scene)
    note = InquiryEvent.get(InquiryEvent.kind == "note")
    assert (note.actor, note.text) == ("Rui", "who knows her?")
    assert OrderEvent.select().count() == 0
