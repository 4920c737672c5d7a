"""A person who was forgotten is gone from Slack too, and what Slack keeps is named."""

from datetime import timedelta

import pytest

from bot.erasing import erase, remove_old_files
from wapto.desk import retention
from wapto.desk.customers import forgetting
from wapto.desk.orders import orders
from wapto.store.models import Media

from .scene import CHANNEL, TERMINAL


@pytest.fixture
def forgotten(scene):
    """An order of Zebedeu's, with a card, a thread and a direct message, whose customer is forgotten by now."""
    order, card = scene.card(name="Zebedeu Paz", note="the blue gate")
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.hear("Where is it?", order)
    scene.later()
    assert "Where is it?" in "".join(scene.thread(card))
    return card, forgetting.forget(order.customer_id, actor=TERMINAL, now=scene.clock())


def all_words(scene):
    everywhere = [message for channel in scene.slack.world.channels.values() for message in channel.all.values()]
    return "\n".join(f"{message.text} {scene.words(message)}" for message in everywhere)


def test_nothing_of_the_person_is_left_in_the_workspace(scene, forgotten):
    card, done = forgotten
    assert erase(scene.api(), done.in_slack) == []
    scene.later()
    assert len(scene.cards) == 1
    words = all_words(scene)
    assert [trace for trace in ("Zebedeu", "blue gate", "Where is it") if trace in words] == []
    assert "admin had the customer forgotten" in scene.thread(card)[-1]


def test_what_slack_does_not_delete_is_named_and_the_rest_goes(scene, forgotten):
    card, done = forgotten
    scene.slack.faults.error("chat.delete", "compliance_exports_prevent_deletion")
    [left] = erase(scene.api(), done.in_slack)
    assert left.what == done.in_slack[0]
    assert "compliance_exports_prevent_deletion" in left.reason
    assert len(scene.slack.channel(CHANNEL).thread(card.ts)) == 1


def test_it_waits_when_slack_asks_for_a_pause_and_does_not_mind_what_is_gone(scene, forgotten):
    _, done = forgotten
    waited = []
    scene.slack.faults.ratelimited("chat.delete", retry_after=7)
    assert erase(scene.api(), done.in_slack, waited.append) == []
    assert erase(scene.api(), done.in_slack, waited.append) == []
    assert waited == [7]


TIMES = retention.Times(*[timedelta(days=30)] * 3)


@pytest.fixture
def shown(scene):
    """A customer's photo that has stood in a thread for 31 days."""
    order, card = scene.card()
    file_id = scene.api().upload("photo.png", b"a photo")
    scene.api().attach(CHANNEL, card.ts, file_id, "photo.png")
    at = scene.clock() - timedelta(days=31)
    facts = {"wamid": "wamid.p", "media_id": "1", "kind": "image", "mime_type": "image/png", "state": "posted"}
    Media.create(order=order, file_id=file_id, due_at=at, created_at=at, **facts)
    return card


def photos(scene, card):
    return [file for post in scene.slack.channel(CHANNEL).thread(card.ts) for file in post.files]


def test_files_that_were_kept_long_enough_go_from_slack(scene, shown):
    assert len(photos(scene, shown)) == 1
    remove_old_files(scene.api(), TIMES, scene.clock())
    assert photos(scene, shown) == []
    assert Media.select().count() == 0


def test_while_slack_is_away_old_files_wait(scene, shown):
    scene.slack.faults.ratelimited("files.delete")
    remove_old_files(scene.api(), TIMES, scene.clock())
    assert Media.select().count() == 1
    remove_old_files(scene.api(), TIMES, scene.clock())
    assert Media.select().count() == 0


def test_a_file_that_slack_keeps_is_asked_for_again(scene, shown):
    scene.slack.faults.error("files.delete", "cant_delete_file")
    remove_old_files(scene.api(), TIMES, scene.clock())
    assert Media.select().count() == 1
