"""Lateness in Slack: on the card, in lists, in direct messages, and put off from the card and by a command."""

from datetime import timedelta

from wapto.desk import numbers
from wapto.desk.assignment import late
from wapto.desk.orders import orders

from .scene import TERMINAL


def a_late_order(scene):
    numbers.change(scene.number, {"promises": "received=1h"})
    scene.number = numbers.find(None)
    order, _ = scene.card()
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.later()
    scene.clock.skip(minutes=61)
    late.cross_limits(scene.clock())
    scene.later()
    return order, scene.cards[-1]


def test_a_card_says_by_when_and_then_that_it_is_late(scene):
    numbers.change(scene.number, {"promises": "received=1h"})
    scene.number = numbers.find(None)
    _, card = scene.card()
    assert "On time, due" in scene.words(card)
    scene.later(minutes=61)
    assert "On time, due" in scene.words(scene.cards[-1])
    late.cross_limits(scene.clock())
    scene.later()
    assert "Late since" in scene.words(scene.cards[-1])


def test_the_assignee_of_a_late_order_gets_a_direct_message(scene):
    a_late_order(scene)
    assert scene.rui.dms[-1].text.startswith("Late: W-")


def test_an_alert_about_an_order_that_moved_on_is_not_sent(scene):
    numbers.change(scene.number, {"promises": "received=1h"})
    scene.number = numbers.find(None)
    order, _ = scene.card()
    scene.clock.skip(minutes=61)
    late.cross_limits(scene.clock())
    scene.step(order, "confirmed")
    scene.later()
    assert not scene.rui.dms
    assert not scene.bia.dms


def test_what_is_late_for_longest_comes_first(scene):
    first, _ = a_late_order(scene)
    second, _ = scene.card(name="Bia")
    scene.clock.skip(minutes=61)
    late.cross_limits(scene.clock())
    scene.rui.command("/wapto", "late")
    said = scene.said_to(scene.rui)
    assert "All 2 late orders:" in said
    assert said.index(scene.view(first).number) < said.index(scene.view(second).number)


def test_late_orders_are_listed(scene):
    order, _ = a_late_order(scene)
    scene.rui.command("/wapto", "late")
    said = scene.said_to(scene.rui)
    assert scene.view(order).number in said
    assert "Late since" in said


def test_a_late_order_is_put_off_from_its_card(scene):
    order, card = a_late_order(scene)
    scene.rui.choose(card, "more", "More…")
    form = scene.rui.wait_for_modal()
    scene.rui.click(form, "Put off")
    scene.slack.wait_for(lambda: form.title == "Put off")
    scene.rui.submit(form, {"Due in": "4 hours", "Why it takes longer": "waits for the courier"})
    assert scene.view(order).promised.state == "on_time"
    scene.later()
    assert "On time, due" in scene.words(scene.cards[-1])
    assert any("waits for the courier" in words for words in scene.thread(card))


def test_a_late_order_is_put_off_by_a_command(scene):
    order, _ = a_late_order(scene)
    scene.rui.command("/wapto", f"snooze {scene.view(order).number} 2h waits for the courier")
    assert "On time, due" in scene.said_to(scene.rui)
    assert scene.view(order).promised.due_at > scene.clock() + timedelta(minutes=110)


def test_an_order_cannot_be_put_off_without_a_reason(scene):
    order, _ = a_late_order(scene)
    scene.rui.command("/wapto", f"snooze {scene.view(order).number} 2h")
    assert "Say why it takes longer" in scene.said_to(scene.rui)
