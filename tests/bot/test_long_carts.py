"""A cart that is longer than its card stands whole in the thread, and stays as the order is."""

import pytest

from bot.blocks import problems_of_message
from bot.item_lists import draw
from wapto.desk.conversations.long_carts import IN_POST
from wapto.desk.orders import edits

from .builders import a_line, a_view
from .scene import CHANNEL, TERMINAL


def with_items(scene, count):
    order = scene.order(*[(f"SKU-{place}", 1, "1.00") for place in range(1, count + 1)])
    scene.later()
    scene.later()
    return order, scene.cards[-1]


def listed(scene, card):
    return [words for words in scene.thread(card) if words.startswith("All ")]


def test_what_the_card_cuts_stands_in_the_thread(lane_scene):
    scene = lane_scene
    order, card = with_items(scene, 32)
    assert "and 12 more; the thread has them all" in scene.words(card)
    [words] = listed(scene, card)
    assert words.startswith(f"All 32 items of {scene.view(order).number}:\n• 1 × SKU-1 ·")
    assert "• 1 × SKU-32 ·" in words


def test_a_cart_that_its_card_shows_whole_is_not_listed_again(scene):
    _, card = with_items(scene, 20)
    assert scene.thread(card) == []


def test_three_hundred_lines_are_told_in_parts_that_slack_takes(scene):
    _, card = with_items(scene, 300)
    scene.later(seconds=30)
    words = listed(scene, card)
    assert len(words) == 8
    assert ", part 8 of 8:\n• 1 × SKU-281 ·" in words[-1]
    assert scene.slack.complaints == []
    assert all(post.thread_ts == card.ts for post in scene.slack.channel(CHANNEL).thread(card.ts))


def test_the_list_follows_the_order(scene):
    order, card = with_items(scene, 21)
    edits.edit_items(order.id, actor=TERMINAL, now=scene.clock(), quantities={21: 5, 1: 0})
    scene.later()
    scene.later()
    [words] = listed(scene, card)
    assert words.startswith("All 20 items")
    assert "• 5 × SKU-21 ·" in words
    assert "SKU-1 ·" not in words


@pytest.mark.parametrize("text", ["Ñandú & <b>" * 40, "👩‍👩‍👧‍👦" * 100, "أحمر " * 100])
def test_names_of_any_length_fit_slacks_limits(text):
    lines = tuple(a_line(sku=f"{place}{text}", name=text, flags=("unknown_sku",)) for place in range(300))
    posts = [draw(a_view(lines=lines), part) for part in range(1, -(-300 // IN_POST) + 1)]
    assert [problems_of_message({"text": post.text, "blocks": post.blocks}) for post in posts] == [[]] * 8
