import json

import pytest

from bot import wording
from bot.cards import card as drawn
from bot.mirror import Mirror
from bot.slack import Tag
from wapto.desk import board, numbers
from wapto.desk.assignment import agents
from wapto.desk.orders import orders
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import health
from wapto.domain.identity import order_number
from wapto.store.models import Alert, Order

from ..desk.builders import a_number
from ..desk.playing import at_once
from .scene import CHANNEL, TERMINAL


@pytest.fixture
def scene(lane_scene):
    return lane_scene


def posts(scene):
    return scene.slack.calls.count("chat.postMessage")


def edits(scene):
    return scene.slack.calls.count("chat.update")


def record(order):
    return Order.get_by_id(order.id)


def assigned(scene, agent=0, **changes):
    """An order that somebody at a terminal gave to Rui."""
    order = scene.order(**changes)
    return orders.assign(order.id, scene.agents[agent].id, actor=TERMINAL, now=scene.clock())


def test_a_new_order_gets_one_card_in_its_numbers_channel(scene):
    order, card = scene.card()
    assert len(scene.cards) == 1
    assert (record(order).card_channel, record(order).card_ts) == (CHANNEL, card.ts)
    scene.sync()
    assert (posts(scene), edits(scene)) == (1, 0)


def test_a_card_is_known_by_its_order_and_by_nothing_personal(scene):
    order, card = scene.card()
    assert card.metadata == {"event_type": "wapto_order", "event_payload": {"order": order_number(order.id)}}


def test_ten_quick_changes_make_one_or_two_edits_and_the_last_one_shows(scene):
    order, card = scene.card()
    began = scene.clock()
    for turn in range(10):
        agent = scene.agents[turn % 2]
        orders.assign(order.id, agent.id, actor=TERMINAL, now=scene.clock())
        scene.lane.drain()
    scene.sync()
    seconds = (scene.clock() - began).total_seconds()
    assert 1 <= edits(scene) <= 2 + int(seconds)  # on a slow machine ten changes take longer than a moment
    assert "*Agent:* @Bia" in scene.words(card)


def test_a_card_that_shows_everything_is_left_alone(scene):
    order, _ = scene.card()
    orders.assign(order.id, None, actor=TERMINAL, now=scene.clock())
    scene.sync()
    assert edits(scene) == 0


@pytest.mark.parametrize("bad", ["lost", "html", "status"])
def test_a_post_without_a_clear_answer_makes_one_card_all_the_same(scene, bad):
    getattr(scene.slack.faults, bad)("chat.postMessage")
    order = scene.order()
    scene.sync()
    assert record(order).card_state == "posting"
    scene.clock.skip(seconds=20)
    scene.sync()
    assert len(scene.cards) == 1
    assert record(order).card_ts == scene.cards[0].ts


def test_a_post_that_takes_too_long_is_found_later(scene):
    scene.slack.faults.slow("chat.postMessage", 1.0)
    order = scene.order()
    while scene.another_lane(timeout=0.3).drain():
        pass
    scene.step(order, "confirmed")
    scene.clock.skip(seconds=20)
    scene.sync()
    assert len(scene.cards) == 1
    assert "*◉ Confirmed*" in scene.words(scene.cards[0])


@pytest.mark.parametrize("was_posted", [True, False])
def test_whoever_died_while_posting_leaves_one_card_behind(scene, was_posted):
    order = scene.order()
    due = board.claim_card(scene.clock())
    assert board.begin_card(due, scene.clock())
    if was_posted:
        tag = Tag("wapto_order", {"order": order_number(order.id)})
        scene.api().post(CHANNEL, drawn(scene.view(order)), tag)
    scene.sync()
    assert len(scene.cards) == was_posted, "the other process may still be at it"
    scene.clock.skip(minutes=2)
    scene.another_lane().drain()
    scene.sync()
    assert len(scene.cards) == 1
    assert record(order).card_state == "posted"


def test_whoever_was_paused_too_long_does_not_post_any_more(scene):
    scene.order()
    late = board.claim_card(scene.clock())
    scene.clock.skip(minutes=2)
    current = board.claim_card(scene.clock())
    assert not board.begin_card(late, scene.clock())
    assert board.begin_card(current, scene.clock())
    assert not board.begin_card(current, scene.clock()), "nor does anybody begin twice"


def test_two_processes_at_once_post_one_card_each_order(scene):
    made = [scene.order(name=f"Ana {turn}") for turn in range(3)]
    lanes = [scene.another_lane(), scene.another_lane()]

    def empty(lane):
        while lane.drain():
            pass

    at_once(*[lambda lane=lane: empty(lane) for lane in lanes])
    assert sorted(card.ts for card in scene.cards) == sorted(record(order).card_ts for order in made)
    assert len(scene.cards) == 3


def test_a_burst_of_carts_is_posted_at_slacks_pace_in_order(scene):
    made = [scene.order(name=f"Ana {turn}") for turn in range(6)]
    began = scene.clock()
    scene.sync()
    assert [scene.words(card).split(" ")[0] for card in scene.cards] == [order_number(order.id) for order in made]
    assert 5 <= (scene.clock() - began).total_seconds() < 12
    assert scene.slack.calls.refused() == []


def test_a_busy_channel_does_not_delay_another(scene):
    other = a_number(phone_number_id="1100000000002", name="Tienda", slack_channel="C2TIENDA")
    scene.slack.add_channel("C2TIENDA", "tienda", ["U1RUI"])
    for turn in range(5):
        scene.order(name=f"Ana {turn}")
    scene.order(number=other)
    scene.lane.drain()
    assert len(scene.slack.channel("C2TIENDA").messages) == 1


def test_a_pause_that_slack_asks_for_is_kept_by_the_whole_channel(scene):
    scene.slack.faults.ratelimited("chat.postMessage", retry_after=30)
    order = scene.order()
    scene.order(name="Bia")
    scene.sync()
    assert (posts(scene), record(order).card_state, record(order).card_attempts) == (0, "absent", 0)
    scene.clock.skip(seconds=25)
    scene.sync()
    assert len(scene.slack.calls.of("chat.postMessage")) == 1
    scene.clock.skip(seconds=6)
    scene.sync()
    assert posts(scene) == 2


def test_a_pause_for_edits_is_kept_for_all_cards(scene):
    pairs = [scene.card(name=f"Ana {turn}") for turn in range(2)]
    scene.slack.faults.ratelimited("chat.update", retry_after=30)
    for order, _ in pairs:
        scene.step(order, "confirmed")
    scene.sync()
    assert len(scene.slack.calls.of("chat.update")) == 1
    scene.clock.skip(seconds=31)
    scene.sync()
    assert all("*◉ Confirmed*" in scene.words(card) for card in scene.cards)


def test_a_card_that_somebody_deleted_is_posted_anew(scene):
    order, card = scene.card()
    del scene.slack.channel(CHANNEL).all[card.ts]
    scene.step(order, "confirmed")
    scene.sync()
    scene.clock.skip(seconds=5)
    scene.sync()
    assert len(scene.cards) == 1
    assert "*◉ Confirmed*" in scene.words(scene.cards[0])
    assert record(order).card_ts == scene.cards[0].ts != card.ts


def test_a_channel_without_the_app_says_what_to_do_and_holds_up_nobody(scene):
    scene.slack.channel(CHANNEL).members.discard("U0WAPTO")
    order = scene.order()
    scene.sync()
    assert "type /invite @Wapto there" in record(order).card_problem
    assert record(order).card_state == "absent"
    scene.slack.channel(CHANNEL).members.add("U0WAPTO")
    scene.clock.skip(minutes=1)
    scene.sync()
    assert len(scene.cards) == 1
    assert record(order).card_problem is None


def test_an_archived_channel_is_told_to_the_admins_once_and_once_more_when_another_shows_the_cards(scene):
    agents.change(scene.agents[1].id, {"role": "admin"})
    scene.slack.channel(CHANNEL).archived = True
    order = scene.order()
    scene.sync()
    for _ in range(6):
        scene.later(minutes=1)
    told = [scene.words(each) for each in scene.bia.dms]
    assert len(told) == 1
    assert told[0].startswith(f"The Slack channel {CHANNEL} shows no orders, nor what customers write: The channel is")
    scene.slack.add_channel("C9NEW", "new", ["U1RUI"])
    numbers.change(scene.number, {"slack_channel": "C9NEW"})
    for _ in range(12):
        scene.later(minutes=1)
    assert len(scene.slack.channel("C9NEW").messages) == 1
    assert record(order).card_channel == "C9NEW"
    assert scene.words(scene.bia.dms[-1]) == "The Slack channel C9NEW shows orders, and what customers write."


def test_a_renamed_channel_keeps_its_cards(scene):
    order, card = scene.card()
    scene.slack.channel(CHANNEL).name = "shop-orders"
    scene.step(order, "confirmed")
    scene.sync()
    assert "*◉ Confirmed*" in scene.words(card)
    scene.card(name="Bia")
    assert len(scene.cards) == 2


def test_blocks_that_slack_refuses_are_replaced_by_plain_words(scene):
    scene.slack.faults.error("chat.postMessage", "invalid_blocks")
    order, card = scene.card()
    assert card.blocks == []
    assert card.text.startswith(f"{order_number(order.id)} · Ana Lima · 2 items · R$99.70 · Received\n")
    assert wording.PLAIN_CARD.format(number=order_number(order.id)) in card.text
    scene.step(order, "confirmed")
    scene.sync()
    assert "*◉ Confirmed*" in scene.words(card), "the next change tries the full card again"


def test_a_dead_token_stops_all_calls_and_is_shown_until_it_is_mended(scene):
    scene.slack.web.token_error = "token_revoked"
    order = scene.order()
    scene.sync()
    assert health.states(scene.clock())["slack"] == "down"
    calls = len(scene.slack.calls.refused())
    scene.sync()
    assert len(scene.slack.calls.refused()) == calls
    scene.slack.web.token_error = None
    scene.clock.skip(seconds=25)
    scene.sync()
    assert health.states(scene.clock())["slack"] == "ok"
    assert record(order).card_state == "posted"


def test_while_slack_is_away_cards_wait_and_catch_up(scene):
    order, card = scene.card()
    scene.slack.faults.html("chat.update", times=2)
    scene.step(order, "confirmed")
    scene.sync()
    scene.step(order, "processing")
    scene.clock.skip(seconds=10)
    scene.sync()
    assert "*◉ Processing*" in scene.words(card)
    assert record(order).card_attempts == 0


def test_an_order_that_cannot_be_drawn_holds_up_nobody(scene):
    broken = scene.order()
    Order.update(flags=5).where(Order.id == broken.id).execute()
    _, card = scene.card(name="Bia")
    assert scene.cards == [card]
    assert record(broken).card_attempts > 0
    Order.update(flags=[]).where(Order.id == broken.id).execute()
    scene.clock.skip(minutes=11)
    scene.sync()
    assert len(scene.cards) == 2


def test_the_assignee_is_told_in_the_same_drain_as_the_card(scene):
    order = assigned(scene)
    scene.lane.drain()
    told = scene.words(scene.rui.dms[0])
    assert f"*{order_number(order.id)}* is yours · Loja\nAna Lima · +55 ••••• " in told
    assert "• 2 × S1 · R$49.85 = R$99.70\nTotal: R$99.70\ngiven by admin" in told
    card = scene.cards[0]
    link = f"{scene.slack.url}/archives/{card.channel}/p{card.ts.replace('.', '')}"
    assert f"<{link}|{order_number(order.id)}>" in json.dumps(scene.rui.dms[0].blocks)


def test_the_link_to_a_card_is_slacks_own(scene):
    _, card = scene.card()
    api = scene.api()
    permalink = api._client.chat_getPermalink(channel=card.channel, message_ts=card.ts)["permalink"]
    assert api.workspace().link(card.channel, card.ts) == permalink


@pytest.mark.parametrize("bad", ["lost", "html", "status"])
def test_an_alert_without_a_clear_answer_is_sent_once(scene, bad):
    scene.card(name="first")  # so that the next post is the alert
    order, _ = scene.card()
    getattr(scene.slack.faults, bad)("chat.postMessage")
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.sync()
    assert Alert.get().state == "posting"
    scene.clock.skip(seconds=20)
    scene.sync()
    assert len(scene.rui.dms) == 1
    assert Alert.get().state == "posted"


def test_an_alert_that_came_too_late_is_dropped(scene):
    order = assigned(scene)
    orders.assign(order.id, scene.agents[1].id, actor=TERMINAL, now=scene.clock())
    scene.sync()
    assert scene.rui.dms == []
    assert len(scene.bia.dms) == 1


def test_a_deactivated_assignee_ends_the_alert_and_not_the_lane(scene):
    scene.rui.user.deleted = True
    order = assigned(scene)
    scene.sync()
    assert (Alert.get().state, len(scene.cards)) == ("dropped", 1)
    assert "deactivated" in Alert.get().problem
    assert record(order).agent_id == scene.agents[0].id


def test_an_alert_that_slack_refuses_for_a_moment_is_sent_later(scene):
    scene.slack.faults.ratelimited("conversations.open", retry_after=10)
    assigned(scene)
    scene.sync()
    assert scene.rui.dms == []
    scene.clock.skip(seconds=11)
    scene.sync()
    assert len(scene.rui.dms) == 1
    assert Alert.get().attempts == 1


def test_an_alert_is_not_tried_for_ever(scene):
    scene.slack.faults.error("conversations.open", "some_new_code", times=None)
    assigned(scene)
    for _ in range(board.MAX_ALERT_ATTEMPTS + 2):
        scene.sync()
        scene.clock.skip(minutes=11)
    assert Alert.get().state == "dropped"


def test_whoever_takes_an_order_needs_no_alert(scene):
    order, _ = scene.card()
    rui = Actor("Rui", "slack", scene.agents[0].id)
    orders.assign(order.id, rui.agent_id, actor=rui, now=scene.clock())
    scene.sync()
    assert Alert.select().count() == 0


def test_a_lane_with_nothing_to_do_asks_slack_nothing(scene):
    assert not scene.lane.drain()
    assert not Mirror(scene.api(), scene.clock).work_on_one()
    assert scene.slack.calls.refused() == []
    assert posts(scene) == 0
