"""What happens to an order is told in the thread under its card, each thing once."""

import json
from datetime import timedelta

import pytest

from bot.slack import Content, Tag
from wapto.desk import numbers
from wapto.desk.conversations import threads
from wapto.desk.notices import messages
from wapto.desk.orders import orders
from wapto.store.database import transaction
from wapto.store.models import AdminAlert, Message, Order, SlackPost

from ..desk.builders import a_template, a_trigger
from ..desk.playing import at_once
from .scene import CHANNEL, TERMINAL


@pytest.fixture
def scene(lane_scene):
    return lane_scene


def posts(scene, card):
    return scene.slack.channel(CHANNEL).thread(card.ts)


def test_what_a_customer_writes_stands_in_the_thread_of_their_order_and_nowhere_else(scene):
    order, card = scene.card()
    scene.hear("Is it <!channel> *blue*?\n1 < 2", order)
    scene.later()
    [post] = posts(scene, card)
    assert "Ana Lima wrote · " in scene.words(post)
    quote = post.blocks[1]["elements"][0]
    assert quote["type"] == "rich_text_quote"
    assert quote["elements"] == [{"type": "text", "text": "Is it <!channel> *blue*?\n1 < 2"}]
    assert post.text.startswith("Ana Lima wrote: Is it &lt;!channel&gt; *blue*? 1 &lt; 2")
    assert (post.broadcast, len(scene.cards)) == (False, 1)


def test_several_messages_of_a_moment_make_one_post_and_a_later_one_its_own(scene):
    order, card = scene.card()
    for words in ("one", "two", "three"):
        scene.hear(words, order)
    scene.later()
    scene.hear("four", order)
    scene.later()
    first, second = scene.thread(card)
    assert [words in first for words in ("one", "two", "three", "four")] == [True, True, True, False]
    assert "four" in second


def test_ten_changes_in_a_moment_make_one_post(scene):
    order, card = scene.card()
    for turn in range(10):
        orders.assign(order.id, scene.agents[turn % 2].id, actor=TERMINAL, now=scene.clock())
    scene.later()
    [words] = scene.thread(card)
    assert words.count("admin gave the order to") == 10


def test_a_change_of_status_is_told_with_its_reason(scene):
    order, card = scene.card()
    scene.step(order, "cancelled", reason="Out of _stock_")
    scene.later()
    [words] = scene.thread(card)
    assert words.startswith("admin: Received → Cancelled · ")
    assert "Out of _stock_" in words


def test_a_note_from_elsewhere_is_told(scene):
    order, card = scene.card()
    orders.add_note(order.id, "gift wrap it", actor=TERMINAL, now=scene.clock())
    scene.later()
    assert "admin noted" in scene.thread(card)[0]
    assert "gift wrap it" in scene.thread(card)[0]


def test_what_the_card_shows_from_the_beginning_is_not_told_again(scene):
    _, card = scene.card()
    scene.later()
    assert scene.thread(card) == []
    assert Order.get().thread_seq == Order.get().last_seq


def test_a_message_that_came_before_the_card_waits_for_it(scene):
    order = scene.order()
    scene.hear("hello?", order)
    scene.later()
    [card] = scene.cards
    assert "hello?" in scene.thread(card)[0]


@pytest.mark.parametrize(("kind", "said"), [("edit", "Ana Lima changed a message"), ("revoke", "Ana Lima deleted")])
def test_what_is_edited_or_deleted_later_is_told_as_such(scene, kind, said):
    order, card = scene.card()
    wamid = scene.hear("one please", order)
    scene.later()
    inner = {"type": "text", "text": {"body": "two please"}}
    raw = {kind: {"original_message_id": wamid, "message": inner}}
    scene.hear("", order, type=kind, raw=raw)
    scene.later()
    last = scene.thread(card)[-1]
    assert said in last
    assert ("two please" in last) == (kind == "edit")
    first = scene.thread(card)[0]  # where it was told, it is drawn anew
    assert ("(changed later)" if kind == "edit" else "(deleted later)") in first
    assert ("two please" in first) == (kind == "edit")


def test_what_was_changed_before_it_was_told_says_so_at_once(scene):
    order, card = scene.card()
    wamid = scene.hear("one please", order)
    scene.hear("", order, type="revoke", raw={"revoke": {"original_message_id": wamid}})
    scene.later()
    assert "Ana Lima wrote (deleted later)" in scene.thread(card)[0]


@pytest.mark.parametrize("bad", ["lost", "html", "status"])
def test_a_post_without_a_clear_answer_stands_in_the_thread_once(scene, bad):
    order, card = scene.card()
    scene.hear("hello", order)
    scene.clock.skip(seconds=3)
    getattr(scene.slack.faults, bad)("chat.postMessage")
    scene.sync()
    assert SlackPost.get().state == "posting"
    scene.later(seconds=20)
    assert len(scene.thread(card)) == 1
    assert SlackPost.get().ts == posts(scene, card)[0].ts


def test_a_clock_that_was_turned_hides_no_post_from_whoever_looks_for_it(scene):
    tag = Tag("wapto_thread", {"post": 1})
    posted = scene.api().post(CHANNEL, Content("hello"), tag)
    began, now = scene.clock() + timedelta(minutes=5), scene.clock() - timedelta(minutes=5)
    assert scene.api().find(CHANNEL, tag, began, now) == posted


def test_what_a_clock_that_ran_ahead_wrote_is_told_at_once(scene):
    order, card = scene.card()
    orders.assign(order.id, scene.agents[1].id, actor=TERMINAL, now=scene.clock() + timedelta(hours=3))
    scene.later()
    assert len(scene.thread(card)) == 1


@pytest.mark.parametrize("was_posted", [True, False])
def test_whoever_died_while_posting_leaves_one_post_behind(scene, was_posted):
    order, card = scene.card()
    scene.hear("hello", order)
    scene.clock.skip(seconds=3)
    assert threads.gather(scene.clock())
    due = threads.claim(scene.clock())
    assert threads.begin(due, scene.clock())
    assert not threads.begin(due, scene.clock()), "nobody begins twice"
    if was_posted:
        tag = Tag("wapto_thread", {"post": due.id, "at": due.created_at.isoformat()})
        scene.api().post(CHANNEL, Content("hello"), tag, thread=card.ts)
    scene.sync()
    assert len(scene.thread(card)) == was_posted
    scene.later(minutes=2)
    assert len(scene.thread(card)) == 1
    assert SlackPost.get().state == "posted"


def test_posts_of_a_thread_stand_in_order_though_one_fails_at_first(scene):
    order, card = scene.card()
    scene.hear("first", order)
    scene.clock.skip(seconds=3)
    scene.slack.faults.error("chat.postMessage", "some_new_code", times=2)
    scene.sync()
    scene.hear("second", order)
    scene.later(seconds=5)
    scene.later(seconds=20)
    scene.later(seconds=20)
    assert ["first" in scene.thread(card)[0], "second" in scene.thread(card)[1]] == [True, True]


def test_two_processes_at_once_tell_each_thing_once(scene):
    order, card = scene.card()
    for words in ("one", "two"):
        scene.hear(words, order)
    scene.clock.skip(seconds=3)
    lanes = [scene.another_lane(), scene.another_lane()]

    def empty(lane):
        while lane.drain():
            pass

    at_once(*[lambda lane=lane: empty(lane) for lane in lanes])
    told = "".join(scene.thread(card))
    assert (told.count("one"), told.count("two")) == (1, 1)


def test_a_pause_that_slack_asks_for_is_kept(scene):
    order, card = scene.card()
    scene.hear("hello", order)
    scene.clock.skip(seconds=3)
    scene.slack.faults.ratelimited("chat.postMessage", retry_after=30)
    scene.sync()
    scene.later(seconds=20)
    assert scene.thread(card) == []
    scene.later(seconds=11)
    assert len(scene.thread(card)) == 1


def test_under_a_card_that_somebody_deleted_nothing_is_lost(scene):
    order, card = scene.card()
    del scene.slack.channel(CHANNEL).all[card.ts]
    scene.hear("hello", order)
    scene.later()
    scene.later(seconds=10)
    [anew] = scene.cards
    assert "hello" in scene.thread(anew)[0]


def test_in_an_archived_channel_words_wait_and_nobody_else_does(scene):
    order, card = scene.card()
    scene.slack.channel(CHANNEL).archived = True
    scene.hear("hello", order)
    scene.later()
    assert "archived" in SlackPost.get().problem
    assert not scene.lane.drain(), "it looks again after a while, not at once"
    scene.slack.channel(CHANNEL).archived = False
    scene.later(minutes=2)
    assert len(scene.thread(card)) == 1


def test_the_admins_hear_once_of_a_channel_that_shows_nothing_and_once_when_it_does(scene):
    order, _ = scene.card()
    scene.slack.channel(CHANNEL).archived = True
    scene.hear("hello", order)
    for _ in range(4):
        scene.later(minutes=1)
    assert [f"Slack channel {CHANNEL} shows no orders" in row.words for row in AdminAlert.select()] == [True]
    scene.slack.channel(CHANNEL).archived = False
    scene.later(minutes=2)
    assert AdminAlert.get().over_at is not None


def test_from_an_archived_channel_the_card_follows_its_number_with_what_was_written(scene):
    order, _ = scene.card()
    scene.slack.channel(CHANNEL).archived = True
    scene.slack.add_channel("C2NEW", "new", ["U1RUI"])
    scene.hear("hello", order)
    scene.later()
    numbers.change(scene.number, {"slack_channel": "C2NEW"})
    for _ in range(4):
        scene.later(minutes=1)
    place = scene.slack.channel("C2NEW")
    [anew] = place.messages
    assert ["hello" in scene.words(post) for post in place.thread(anew.ts)] == [True]
    assert Order.get_by_id(order.id).card_channel == "C2NEW"


def test_long_words_of_many_are_split_over_posts_that_slack_takes(scene):
    order, card = scene.card()
    for turn in range(6):
        scene.hear(f"{turn}" + "x" * 4_000, order)
    scene.clock.skip(seconds=3)
    for _ in range(8):
        scene.later(seconds=2)
    told = scene.thread(card)
    assert [f"{turn}xxx" in "".join(told) for turn in range(6)] == [True] * 6
    assert 3 <= len(told) <= 6
    assert scene.slack.calls.refused() == []


def test_blocks_that_slack_refuses_are_replaced_by_plain_words(scene):
    order, card = scene.card()
    scene.hear("hello", order)
    scene.clock.skip(seconds=3)
    scene.slack.faults.error("chat.postMessage", "invalid_blocks")
    scene.sync()
    [post] = posts(scene, card)
    assert (post.blocks, "hello" in post.text) == ([], True)


def test_a_post_names_nothing_personal_in_its_metadata(scene):
    order, card = scene.card()
    scene.hear("hello", order)
    scene.later()
    assert set(json.loads(json.dumps(posts(scene, card)[0].metadata["event_payload"]))) == {"post", "at"}


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("delivered", None, "Message to the customer about Received: delivered"),
        ("failed", "Contact the customer another way.", "not delivered · Contact the customer another way."),
        ("sent", None, None),
    ],
)
def test_how_a_message_to_the_customer_ended_is_told(scene, state, reason, said):
    a_trigger(scene.number, "received")
    a_template()
    _, card = scene.card()
    with transaction() as tx:
        messages.move(tx, Message.get(), state, scene.clock(), reason=reason)
    scene.later()
    told = "".join(scene.thread(card))
    assert said in told if said else told == ""


def test_a_post_that_somebody_deleted_is_not_drawn_anew_for_ever(scene):
    order, card = scene.card()
    scene.hear("hello", order)
    scene.later()
    del scene.slack.channel(CHANNEL).all[posts(scene, card)[0].ts]
    SlackPost.update(state="stale", due_at=scene.clock()).execute()
    scene.later()
    assert (SlackPost.get().state, scene.thread(card)) == ("posted", [])
    assert Order.get_by_id(order.id).card_ts == card.ts


def test_facts_are_told_in_the_words_of_the_card(scene):
    order, card = scene.card()
    orders.set_facts(order.id, actor=TERMINAL, now=scene.clock(), fulfillment="pickup", payment="paid")
    scene.later()
    assert "admin: Delivery → Pickup · " in scene.thread(card)[0]
    assert "admin: Not paid yet → Paid · " in scene.thread(card)[0]
