"""A second person's click: on the card, or on the admins' message."""

import pytest

from bot import approval_words
from tests.desk.builders import an_agent
from wapto.desk import numbers
from wapto.desk.approvals import approvals
from wapto.desk.orders import export, orders
from wapto.errors import NotAllowed
from wapto.store.models import Approval, Order

from .scene import TERMINAL


@pytest.fixture
def paid(scene):
    """A paid order, of a shop where cancelling it needs two, with its card."""
    scene.number = numbers.change(scene.number, {"two_person": "cancel_paid,export"})
    order, card = scene.card()
    orders.set_facts(order.id, actor=TERMINAL, now=scene.clock(), payment="paid")
    scene.later()
    return order, card


def wants_to_cancel(scene, card):
    """Rui's form, after he was told that somebody else has to agree."""
    scene.rui.click(card, "Cancel order")
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {"Reason": "sold out"})
    scene.slack.wait_for(lambda: "A second person has to agree" in scene.words(form))
    scene.later()


def test_the_card_says_who_wants_what_and_a_second_person_agrees_there(scene, paid):
    order, card = paid
    wants_to_cancel(scene, card)
    words = scene.words(card)
    assert "Rui wants to cancel this paid order; a second person has to agree" in words
    assert "sold out" in words
    scene.bia.click(card, approval_words.AGREE)
    scene.becomes(order, "cancelled")
    scene.later()
    assert approval_words.AGREE not in scene.words(card)
    thread = "\n".join(scene.thread(card))
    assert "Rui wants to cancel this paid order" in thread
    assert "Bia agreed with Rui" in thread
    assert "Rui: Received → Cancelled" in thread
    assert any("Bia agreed: W-" in message.text for message in scene.rui.dms)


def test_whoever_asked_cannot_agree_and_a_viewer_cannot_either(scene, paid):
    order, card = paid
    wants_to_cancel(scene, card)
    scene.rui.click(card, approval_words.AGREE)
    assert "somebody else has to agree" in scene.said_to(scene.rui)
    scene.vic.click(card, approval_words.AGREE)
    assert "not change them" in scene.said_to(scene.vic)
    assert scene.view(order).status == "received"


def test_declining_takes_the_question_off_the_card(scene, paid):
    _, card = paid
    wants_to_cancel(scene, card)
    scene.bia.click(card, approval_words.DECLINE)
    scene.slack.wait_for(lambda: Approval.get().state == "declined")
    scene.later()
    assert approval_words.AGREE not in scene.words(card)
    assert "Bia did not agree with Rui" in "\n".join(scene.thread(card))


def test_the_admins_are_asked_with_buttons_and_hear_what_came_of_it(scene, paid):
    order, card = paid
    an_agent(slack="U4SAM", name="Sam", role="admin")
    wants_to_cancel(scene, card)
    asked = scene.sam.dms[-1]
    assert "Rui wants to cancel the paid order" in scene.words(asked)
    assert "sold out" not in scene.words(asked), "it stays in Slack when the customer is forgotten"
    scene.sam.click(asked, approval_words.AGREE)
    scene.becomes(order, "cancelled")
    scene.later()
    assert "Sam agreed" in scene.sam.dms[-1].text
    scene.sam.click(asked, approval_words.AGREE)
    scene.slack.wait_for(lambda: "Sam has decided about it already" in scene.said_to(scene.sam))
    assert Order.get_by_id(order.id).status == "cancelled"


def test_only_an_admin_agrees_to_an_export(scene, paid):
    an_agent(slack="U4SAM", name="Sam", role="admin")
    with pytest.raises(NotAllowed):
        export.customers(actor=TERMINAL, now=scene.clock())
    scene.later()
    question = Approval.get(Approval.kind == approvals.EXPORT)
    asked = scene.sam.dms[-1]
    assert "admin wants to export phone numbers" in scene.words(asked)
    scene.sam.click(asked, approval_words.AGREE)
    scene.slack.wait_for(lambda: Approval.get_by_id(question.id).state == "approved")
    assert list(export.customers(actor=TERMINAL, now=scene.clock()))
