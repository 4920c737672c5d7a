"""An inquiry is a card in the number's channel, from which an agent replies, makes an order, or closes it."""

import pytest

from bot import wording
from sandbox.slack import NotPossible
from wapto.desk import numbers
from wapto.desk.conversations import threads
from wapto.desk.orders import items, orders
from wapto.domain.identity import order_number
from wapto.store.models import Inquiry, Message, Order, SlackPost

from ..desk.builders import a_customer
from .scene import CHANNEL, TERMINAL


def asks(scene, words="Do you <b>deliver</b>?", **changes):
    """Ana, who has no order, writes; her inquiry and its card."""
    ana = a_customer(phone="+5511988887777")
    scene.hear(words, customer=ana, **changes)
    scene.later()
    scene.later()
    return ana, scene.cards[-1]


def entered(scene, card, values, button="Create order", user=None):
    """The form behind a button, filled in and sent."""
    user = user or scene.rui
    user.click(card, button)
    form = scene.slack.wait_for(lambda: user.modal)
    user.submit(form, values)
    return form


def test_an_inquiry_is_one_card_with_the_words_and_further_words_stand_in_its_thread(scene):
    ana, card = asks(scene)
    words = scene.words(card)
    assert words.startswith("Inquiry · Loja\nAna Lima · +55 ••••• 7777\n")
    assert "[Reply] [Create order] [Close]" in words
    assert "Free replies are possible until" in words
    scene.hear("Hello?", customer=ana)
    scene.later()
    assert len(scene.cards) == 1
    assert ["deliver" in scene.thread(card)[0], "Hello?" in scene.thread(card)[1]] == [True, True]
    assert "2 messages" in scene.words(card)
    assert "Hello?" in scene.words(card)


def test_a_question_about_a_product_names_it(scene):
    product = {"context": {"referred_product": {"catalog_id": "3", "product_retailer_id": "MUG"}}}
    _, card = asks(scene, raw=product)
    assert "Asks about the product MUG" in scene.words(card)


def test_a_reply_goes_to_the_customer_and_its_post_shows_how_far_it_came(scene):
    _, card = asks(scene)
    entered(scene, card, {"What the customer reads": "On Sundays too."}, "Reply")
    message = scene.slack.wait_for(Message.get_or_none)
    assert (message.order_id, message.to_phone, message.text) == (None, "+5511988887777", "On Sundays too.")
    scene.later()
    assert "Rui wrote to the customer (waiting to be sent)" in scene.thread(card)[-1]


def test_the_shortcut_works_in_the_thread_of_an_inquiry(scene):
    _, card = asks(scene)
    scene.rui.shortcut(scene.rui.write(CHANNEL, "On Sundays too.", thread=card.ts), "Send to customer")
    scene.rui.submit(scene.slack.wait_for(lambda: scene.rui.modal))
    assert Message.get().inquiry_id == Inquiry.get().id


def test_an_order_is_made_of_it_and_the_card_says_which(scene):
    ana, card = asks(scene)
    entered(scene, card, {"Items": "MUG=2@19.90\nCAP=1@5", "Note": "gift"})
    scene.later()
    order = Order.get()
    assert (order.customer_id, order.note, order.total_minor) == (ana.id, "gift", 4480)
    number = order_number(order.id)
    assert f"It became the order {number}." in scene.words(card)
    with pytest.raises(NotPossible):
        scene.rui.click(card, "Reply")
    assert "Rui created the order" in scene.thread(scene.cards[-1])[0]
    scene.hear("Thanks!", customer=ana)
    scene.later()
    assert "Thanks!" in scene.thread(scene.cards[-1])[-1]


def test_the_product_is_offered_as_the_first_item(scene):
    product = {"context": {"referred_product": {"catalog_id": "3", "product_retailer_id": "MUG"}}}
    _, card = asks(scene, raw=product)
    entered(scene, card, {})
    assert [(line.sku, line.quantity) for line in scene.view(Order.get()).lines] == [("MUG", 1)]


def test_an_item_that_cannot_be_read_is_marked_in_the_form(scene):
    _, card = asks(scene)
    form = entered(scene, card, {"Items": "two mugs"})
    assert form.errors == {"items": "“two mugs” is no item; write SKU=QUANTITY@PRICE, such as MUG=2@19.90."}
    assert Order.select().count() == 0


def test_when_the_cart_was_faster_the_form_says_so(scene):
    ana, card = asks(scene)
    scene.rui.click(card, "Create order")
    form = scene.slack.wait_for(lambda: scene.rui.modal)
    mugs = items.read(["MUG=1@1"], "", "BRL")
    other = orders.create(scene.number, ana, mugs, actor=TERMINAL, now=scene.clock(), key="x")
    Inquiry.update(is_open=False, order=other.id).execute()
    scene.rui.submit(form, {"Items": "MUG=1@1"})
    assert f"became {order_number(other.id)} a moment ago" in scene.words(scene.rui.modal)
    assert Order.select().count() == 1


def test_closing_ends_it_and_the_next_message_opens_another(scene):
    ana, card = asks(scene)
    scene.rui.click(card, "Close")
    scene.rui.click(card, "Close")
    scene.slack.wait_for(lambda: not Inquiry.get().is_open)
    scene.later()
    assert wording.INQUIRY_CLOSED in scene.words(card)
    assert scene.thread(card)[-1].startswith("Rui closed the inquiry")
    scene.hear("Hello again", customer=ana)
    scene.later()
    scene.later()
    assert len(scene.cards) == 2


def test_who_may_only_look_changes_nothing(scene):
    _, card = asks(scene)
    for button in ("Reply", "Create order", "Close"):
        scene.vic.click(card, button)
    scene.slack.wait_for(lambda: len(scene.vic.ephemerals) == 3)
    assert {scene.words(each) for each in scene.vic.ephemerals} == {wording.VIEWER}
    assert (scene.vic.modal, Inquiry.get().is_open) == (None, True)


@pytest.mark.parametrize("bad", ["lost", "html", "status"])
def test_a_card_without_a_clear_answer_is_posted_once(lane_scene, bad):
    scene = lane_scene
    getattr(scene.slack.faults, bad)("chat.postMessage")
    scene.hear("hello", customer=a_customer())
    scene.sync()
    assert SlackPost.get().state == "posting"
    scene.later(seconds=20)
    scene.later()
    assert len(scene.cards) == 1
    assert Inquiry.get().card_ts == scene.cards[0].ts
    assert len(scene.thread(scene.cards[0])) == 1


def test_a_card_that_somebody_deleted_is_posted_anew_with_what_comes_then(lane_scene):
    scene = lane_scene
    ana, card = asks(scene)
    del scene.slack.channel(CHANNEL).all[card.ts]
    scene.hear("still there?", customer=ana)
    for _ in range(4):
        scene.later()
    [anew] = scene.cards
    assert "still there?" in scene.words(anew)
    assert "still there?" in scene.thread(anew)[-1]


def test_an_inquiry_for_an_archived_channel_is_posted_where_the_number_is_sent_to(scene):
    scene.slack.channel(CHANNEL).archived = True
    scene.hear("hello", customer=a_customer())
    scene.later()
    assert "archived" in SlackPost.get().problem
    scene.slack.add_channel("C2NEW", "new", ["U1RUI"])
    numbers.change(scene.number, {"slack_channel": "C2NEW"})
    scene.later(minutes=1)
    assert len(scene.slack.channel("C2NEW").messages) == 1


def test_two_lanes_at_once_post_one_card(lane_scene):
    scene = lane_scene
    scene.hear("hello", customer=a_customer())
    assert threads.claim(scene.clock()) is not None
    assert threads.claim(scene.clock()) is None
