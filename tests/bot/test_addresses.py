"""Where an order is shipped: asked for with one press, answered in the thread, taken with another."""

from bot import wording
from wapto.domain import asking
from wapto.store.models import Message, Order

from .scene import CHANNEL

PIN = {"location": {"latitude": -23.5, "longitude": -46.6, "name": "Home"}}


def waiting(scene):
    order, card = scene.card()
    scene.hear("when?", order)
    scene.later()
    return order, card


def pin(scene, order, **place):
    scene.hear("", order, type="location", raw={"location": PIN["location"] | place})
    scene.later()


def last(scene, card):
    return scene.slack.channel(CHANNEL).thread(card.ts)[-1]


def address(order):
    return Order.get_by_id(order.id).address


def test_one_press_asks_and_the_answer_is_taken_with_another(scene):
    order, card = waiting(scene)
    scene.rui.choose(card, "more", "Ask for address")
    message = scene.slack.wait_for(Message.get_or_none)
    assert message.text == asking.for_address(["en"])
    scene.later()
    assert "Rui asked the customer for the address (waiting to be sent)" in scene.thread(card)[-1]
    scene.hear("Rua *A*, 1\nSão Paulo", order)
    scene.later()
    assert "[Use as address]" in scene.thread(card)[-1]
    assert address(order) is None
    scene.rui.click(last(scene, card), "Use as address")
    scene.slack.wait_for(lambda: address(order))
    scene.later()
    scene.later()
    assert address(order) == "Rua *A*, 1\nSão Paulo"
    assert scene.thread(card)[-1].startswith("Rui took this as the address")
    assert "[Use as address]" not in "".join(scene.thread(card))
    assert "Ships to: Rua *A*, 1 São Paulo" in scene.words(card)
    assert scene.slack.complaints == []


def test_of_two_places_the_one_that_is_not_taken_can_still_be(scene):
    order, card = waiting(scene)
    pin(scene, order)
    pin(scene, order, name="Work")
    home, work = scene.slack.channel(CHANNEL).thread(card.ts)[-2:]
    scene.rui.click(home, "Use as address")
    scene.slack.wait_for(lambda: address(order))
    scene.later()
    scene.later()
    assert ["[Use as address]" in scene.words(post) for post in (home, work)] == [False, True]
    scene.bia.click(work, "Use as address")
    scene.slack.wait_for(lambda: address(order).startswith("Work"))
    scene.later()
    scene.later()
    assert ["[Use as address]" in scene.words(post) for post in (home, work)] == [True, False]


def test_several_answers_in_one_post_have_a_button_each(scene):
    order, card = waiting(scene)
    for name in ("Home", "Work"):
        scene.hear("", order, type="location", raw={"location": PIN["location"] | {"name": name}})
    scene.later()
    ids = [
        element["action_id"]
        for block in last(scene, card).blocks
        for element in block.get("elements", [])
        if "action_id" in element
    ]
    assert len(set(ids)) == 2
    scene.rui.click(last(scene, card), ids[1])
    scene.slack.wait_for(lambda: address(order))
    assert address(order).startswith("Work")


def test_a_double_click_takes_it_once(scene):
    order, card = waiting(scene)
    pin(scene, order)
    scene.rui.click(last(scene, card), "Use as address")
    scene.rui.click(last(scene, card), "Use as address")
    scene.slack.wait_for(lambda: address(order))
    scene.later()
    assert len([words for words in scene.thread(card) if "took this as the address" in words]) == 1


def test_outside_of_the_window_without_a_template_it_says_what_to_do(scene):
    _, card = scene.card()
    scene.rui.choose(card, "more", "Ask for address")
    assert "address_template=NAME" in scene.said_to(scene.rui)
    assert Message.select().count() == 0


def test_who_may_only_look_neither_asks_nor_takes(scene):
    order, card = waiting(scene)
    pin(scene, order)
    scene.vic.choose(card, "more", "Ask for address")
    scene.vic.click(last(scene, card), "Use as address")
    scene.slack.wait_for(lambda: len(scene.vic.ephemerals) == 2)
    assert {scene.words(each) for each in scene.vic.ephemerals} == {wording.VIEWER}
    assert (address(order), Message.select().count()) == (None, 0)
