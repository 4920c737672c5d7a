"""Direct messages about orders: the first at once, those that follow at once in one message, none twice."""

from datetime import timedelta

import pytest

from bot import wording
from wapto.desk import board, numbers
from wapto.desk.assignment import assignment, late
from wapto.desk.orders import orders
from wapto.store.models import Alert

from .scene import TERMINAL

PERSON = "person_wish"


@pytest.fixture
def scene(lane_scene):
    return lane_scene


def give(scene, count, agent=0):
    """Orders whose cards stand already, all given to Rui at once."""
    made = [scene.order() for _ in range(count)]
    scene.sync()
    for order in made:
        orders.assign(order.id, scene.agents[agent].id, actor=TERMINAL, now=scene.clock())
    return made


def numbers_of(scene, those):
    return [scene.view(order).number for order in those]


def states():
    return [alert.state for alert in Alert.select().order_by(Alert.id)]


def test_orders_that_become_ones_own_together_are_told_in_one_message_with_links(scene):
    those = give(scene, 4)
    scene.sync()
    [told] = scene.rui.dms
    words = scene.words(told)
    assert "*4 orders are yours now*" in words
    assert all(number in words for number in numbers_of(scene, those))
    assert str(told.blocks).count("/archives/") == 4
    assert states() == ["posted"] * 4


def test_the_first_is_told_at_once_and_those_that_follow_within_seconds_together(scene):
    give(scene, 1)
    scene.lane.drain()
    assert len(scene.rui.dms) == 1
    first = scene.clock()
    give(scene, 3)
    scene.sync()
    assert len(scene.rui.dms) == 2
    assert "*3 orders are yours now*" in scene.words(scene.rui.dms[1])
    assert scene.clock() - first < board.BURST + timedelta(seconds=5)


def test_people_do_not_wait_for_each_other(scene):
    give(scene, 2)
    give(scene, 2, agent=1)
    scene.sync()
    assert (len(scene.rui.dms), len(scene.bia.dms)) == (1, 1)


def test_one_that_somebody_else_took_meanwhile_is_left_out(scene):
    those = give(scene, 3)
    orders.assign(those[1].id, scene.agents[1].id, actor=TERMINAL, now=scene.clock())
    scene.sync()
    words = scene.words(scene.rui.dms[0])
    assert "*2 orders are yours now*" in words
    assert scene.view(those[1]).number not in words


def test_when_the_first_of_them_is_settled_the_others_are_still_told(scene):
    those = give(scene, 3)
    orders.assign(those[0].id, scene.agents[1].id, actor=TERMINAL, now=scene.clock())
    scene.sync()
    assert "*2 orders are yours now*" in scene.words(scene.rui.dms[0])
    assert states() == ["dropped", "posted", "posted", "posted"]


def test_a_burst_whose_outcome_is_not_known_is_told_once(scene):
    give(scene, 3)
    scene.slack.faults.lost("chat.postMessage")
    scene.sync()
    assert sorted(states()) == ["joined", "joined", "posting"]
    scene.clock.skip(minutes=2)
    scene.sync()
    assert len(scene.rui.dms) == 1
    assert states() == ["posted"] * 3


def test_orders_that_are_late_together_are_told_in_one_message(scene):
    numbers.change(scene.number, {"promises": "received=1h"})
    scene.number = numbers.find(None)
    give(scene, 3)
    scene.sync()
    scene.clock.skip(minutes=61)
    late.cross_limits(scene.clock())
    scene.sync()
    late.cross_limits(scene.clock())
    scene.sync()
    assert "*3 orders are late*" in scene.words(scene.rui.dms[-1])
    assert len(scene.rui.dms) == 2


def test_once_somebody_takes_a_late_order_nobody_else_is_called_to_it(scene):
    numbers.change(scene.number, {"promises": "received=1h"})
    scene.number = numbers.find(None)
    order, _ = scene.card()
    scene.clock.skip(minutes=61)
    late.cross_limits(scene.clock())
    scene.clock.skip(seconds=1)
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.sync()
    assert scene.bia.dms == []


def test_the_message_to_the_assignee_has_the_buttons_of_the_next_step(scene):
    [order] = give(scene, 1)
    scene.sync()
    told = scene.rui.dms[0]
    assert "[Confirm] [Cancel order]" in scene.words(told)
    scene.rui.click(told, "Confirm")
    scene.becomes(order, "confirmed")
    assert "is now Confirmed." in scene.said_to(scene.rui)


def test_what_customers_ask_for_is_told_one_by_one_in_its_own_words(scene):
    those = give(scene, 2)
    scene.sync()
    told = len(scene.rui.dms)
    for order in those:
        assignment.owe_alert(
            order.id, scene.agents[0].id, f"wish:{order.id}", scene.clock(), due=scene.clock(), trouble=PERSON
        )
    scene.sync()
    said = [scene.words(message) for message in scene.rui.dms[told:]]
    assert len(said) == 2
    assert all(wording.WISHES[PERSON] in words for words in said)
