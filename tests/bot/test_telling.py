"""A notice that did not reach its customer is work: the assignee is told, and settles it from card or message."""

import pytest

from sandbox.slack import NotPossible
from tests.desk.builders import a_template, a_trigger
from wapto.desk.notices.messages import move
from wapto.desk.orders import orders
from wapto.store.database import transaction
from wapto.store.models import Alert, Message, Order

from .scene import TERMINAL


@pytest.fixture
def scene(lane_scene):
    return lane_scene


def shipped(scene, state, **values):
    """An order of Rui's that was shipped; what became of the notice."""
    a_template(waba=scene.number.waba)
    a_trigger(scene.number)
    order, card = scene.card()
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.step(order, "shipped")
    scene.sync()
    becomes(scene, state, **values)
    scene.sync()
    return order, card


def becomes(scene, state, **values):
    with transaction() as tx:
        assert move(tx, Message.get(), state, scene.clock(), **{"reason": "The phone is off."} | values)


def messages():
    return [(row.key.rpartition(":status")[2], row.state) for row in Message.select().order_by(Message.id)]


def dms(scene):
    return [scene.words(message) for message in scene.rui.dms]


def test_the_assignee_hears_at_once_of_a_notice_that_failed_and_why(scene):
    order, card = shipped(scene, "failed")
    said = dms(scene)[-1]
    assert f"*{scene.view(order).number}*: the customer was not told of Shipped." in said
    assert "The phone is off." in said
    assert "[Tell again] [Told by phone]" in said
    assert "[Tell again] [Told by phone]" in scene.words(card)


def test_a_notice_in_doubt_is_told_after_ten_minutes_and_only_if_it_is_still_in_doubt(scene):
    shipped(scene, "unknown")
    assert len(dms(scene)) == 1  # that the order is theirs
    scene.clock.skip(minutes=11)
    scene.sync()
    assert "it is not known whether the customer was told of Shipped." in dms(scene)[-1]
    assert "[It arrived] [Tell again]" in dms(scene)[-1]


def test_of_a_notice_whose_receipt_came_meanwhile_nobody_is_told(scene):
    shipped(scene, "unknown")
    becomes(scene, "delivered", reason=None)
    scene.clock.skip(minutes=11)
    scene.sync()
    assert len(dms(scene)) == 1
    assert Alert.get(Alert.message.is_null(False)).state == "dropped"


def test_a_notice_that_is_held_back_is_told_and_can_be_settled_by_phone(scene):
    _, card = shipped(scene, "held")
    assert "the notice of Shipped is held back." in dms(scene)[-1]
    scene.rui.click(scene.rui.dms[-1], "Told by phone")
    scene.slack.wait_for(lambda: messages() == [("", "skipped")])
    scene.sync()
    assert "not sent · Told by phone." in scene.words(card)
    with pytest.raises(NotPossible):
        scene.rui.click(card, "Told by phone")


def test_telling_again_asks_why_and_makes_one_new_message(scene):
    _, card = shipped(scene, "failed")
    scene.rui.click(card, "Tell again")
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {"Reason": "The number was corrected"})
    scene.slack.wait_for(lambda: messages() == [("", "failed"), (":2", "queued")])
    scene.rui.click(card, "Tell again")  # the card is not drawn anew yet
    scene.rui.submit(scene.rui.wait_for_modal(), {"Reason": "Once more"})
    scene.sync()
    assert messages() == [("", "failed"), (":2", "queued")]
    assert "Shipped: waiting to be sent" in scene.words(card)


def test_what_the_customer_has_after_all_is_settled_by_a_click(scene):
    _, card = shipped(scene, "unknown")
    scene.rui.click(card, "It arrived")
    scene.slack.wait_for(lambda: messages() == [("", "delivered")])
    scene.sync()
    assert "Rui says that it arrived." in scene.words(card)


def test_a_viewer_settles_nothing(scene):
    _, card = shipped(scene, "failed")
    for button in ("Tell again", "Told by phone"):
        scene.vic.click(card, button)
    scene.slack.wait_for(lambda: len(scene.vic.ephemerals) == 2)
    assert messages() == [("", "failed")]


def test_a_late_click_is_answered_with_what_became_of_the_message(scene):
    _, card = shipped(scene, "failed")
    scene.rui.click(card, "Told by phone")
    scene.slack.wait_for(lambda: messages() == [("", "skipped")])
    scene.bia.click(card, "Told by phone")
    assert "Message 1 is skipped" in scene.said_to(scene.bia)


def test_an_order_that_nobody_has_tells_nobody(scene):
    a_template(waba=scene.number.waba)
    a_trigger(scene.number)
    order, _ = scene.card()
    scene.step(order, "shipped")
    becomes(scene, "failed")
    assert Alert.select().count() == 0


def test_the_assignee_hears_of_a_reply_that_failed_too(scene):
    order, _ = shipped(scene, "delivered")
    Message.update(content={"type": "text", "text": {"body": "On its way!"}}, trigger="reply").execute()
    Message.update(state="sending").execute()
    becomes(scene, "failed")
    scene.sync()
    assert f"*{scene.view(order).number}*: the customer did not get the reply." in dms(scene)[-1]


def held(scene):
    """An order of Rui's that he shipped a moment ago; the message about it waits for a minute."""
    a_template(waba=scene.number.waba)
    a_trigger(scene.number, hold=60)
    order, card = scene.card()
    scene.step(order, "processing")
    scene.sync()
    scene.rui.click(card, "Mark shipped")
    scene.rui.submit(scene.rui.wait_for_modal())
    scene.becomes(order, "shipped")
    scene.sync()
    return order, card


def test_while_the_message_is_held_the_card_offers_undo(scene):
    order, card = held(scene)
    assert "Customer was told: Shipped: held until" in scene.words(card)
    scene.rui.click(card, "Undo")
    scene.becomes(order, "processing")
    scene.sync()
    assert "◉ Processing" in scene.words(card)
    assert messages()[-1][1] == "skipped"
    with pytest.raises(NotPossible):
        scene.rui.click(card, "Undo")


def test_undo_is_for_whoever_clicked(scene):
    order, card = held(scene)
    scene.bia.click(card, "Undo")
    assert "Rui made this change" in scene.said_to(scene.bia)
    assert scene.view(order).status == "shipped"


def test_a_corrected_parcel_offers_to_tell_again(scene):
    order, card = shipped(scene, "delivered", reason=None)
    Order.update(carrier="Correios", tracking_number="BR1").execute()
    scene.rui.choose(card, "more", "More…")
    hub = scene.rui.wait_for_modal()
    scene.rui.click(hub, "Correct tracking")
    scene.slack.wait_for(lambda: hub.title == "Correct tracking")
    scene.clock.skip(seconds=5)
    scene.rui.submit(hub, {"Tracking number": "BR2"})
    scene.slack.wait_for(lambda: scene.view(order).tracking_number == "BR2")
    scene.later()
    assert "tracking was corrected since" in scene.words(card)
    scene.rui.click(card, "Tell again")
    scene.rui.submit(scene.rui.wait_for_modal(), {"Reason": "The number was wrong"})
    scene.slack.wait_for(lambda: messages() == [("", "delivered"), (":2", "queued")])
