"""A person who was forgotten is gone from Slack too, and what Slack keeps is named."""

import pytest

from bot.erasing import erase
from wapto.desk import forgetting, orders

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
    assert erase(scene.api(), done.posts) == []
    scene.later()
    assert len(scene.cards) == 1
    words = all_words(scene)
    assert [trace for trace in ("Zebedeu", "blue gate", "Where is it") if trace in words] == []
    assert "admin: forgotten" in scene.thread(card)[-1]


def test_what_slack_does_not_delete_is_named_and_the_rest_goes(scene, forgotten):
    card, done = forgotten
    scene.slack.faults.error("chat.delete", "compliance_exports_prevent_deletion")
    [left] = erase(scene.api(), done.posts)
    assert left.post == done.posts[0]
    assert "compliance_exports_prevent_deletion" in left.reason
    assert len(scene.slack.channel(CHANNEL).thread(card.ts)) == 1


def test_it_waits_when_slack_asks_for_a_pause_and_does_not_mind_what_is_gone(scene, forgotten):
    _, done = forgotten
    waited = []
    scene.slack.faults.ratelimited("chat.delete", retry_after=7)
    assert erase(scene.api(), done.posts, waited.append) == []
    assert erase(scene.api(), done.posts, waited.append) == []
    assert waited == [7]
