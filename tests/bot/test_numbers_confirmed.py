"""The card of a customer who moved to another number: who may confirm it, and what comes of it."""

from bot import wording, work_forms
from tests.desk.builders import a_customer, a_template, a_trigger
from wapto.desk.customers import contacts, customers, people
from wapto.desk.intake import routing
from wapto.meta.payloads import message_of
from wapto.store.database import transaction
from wapto.store.models import Customer, Merge, Message, OrderEvent

from .scene import CHANNEL, TERMINAL

NEW = "5511966665555"


def moves(scene, order, wa_id=NEW, wamid="wamid.S1"):
    """WhatsApp says that the customer of this order has a new number."""
    told_to_have_moved(scene, scene.view(order).customer_phone.removeprefix("+"), wa_id, wamid)


def told_to_have_moved(scene, old, wa_id=NEW, wamid="wamid.S1"):
    raw = {"from": old, "type": "system", "system": {"type": "user_changed_number", "wa_id": wa_id}}
    message, now = message_of(wamid, raw), scene.clock()
    with transaction():
        customer = routing.sender(scene.number, message, None, now)
        people.follow(scene.number, customer, message, now)


def a_moved_buyer(scene):
    a_template()
    a_trigger(scene.number, "confirmed")
    order, card = scene.card()
    moves(scene, order)
    scene.step(order, "confirmed")
    scene.sync()
    return order, card


def confirmed(scene):
    return scene.slack.wait_for(lambda: OrderEvent.get_or_none(OrderEvent.kind == "number_confirmed"))


def test_a_click_confirms_the_number_and_what_waited_goes_there(scene):
    _, card = a_moved_buyer(scene)
    assert "moved to +55 ••••• 5555" in scene.words(card)
    assert "Confirmed: held back" in scene.words(card)
    scene.rui.click(card, "Confirm new number")
    event = confirmed(scene)
    assert (event.actor, event.door) == ("Rui", "slack")
    scene.slack.wait_for(lambda: Message.get().state == "queued")
    assert Message.get().to_phone == f"+{NEW}"
    scene.sync()
    assert "moved to" not in scene.words(card)
    thread = "\n".join(scene.words(each) for each in scene.slack.channel(CHANNEL).thread(card.ts))
    assert "WhatsApp says that the customer has a new number" in thread
    assert "Rui confirmed the customer's new number" in thread


def test_the_customer_of_an_inquiry_is_confirmed_on_its_card_before_anybody_answers_there(scene):
    ana = a_customer(phone="+5511988887777", name="Ana Lima")
    scene.hear("Do you deliver?", customer=ana)
    scene.later()
    scene.later()
    card = scene.cards[-1]
    told_to_have_moved(scene, "5511988887777")
    scene.later()
    assert "moved to +55 ••••• 5555" in scene.words(card)
    scene.rui.click(card, "Confirm new number")
    scene.slack.wait_for(lambda: customers.phone_of(ana.id) == f"+{NEW}")
    scene.later()
    assert "moved to" not in scene.words(card)
    assert "Rui confirmed the customer's new number" in scene.words(scene.slack.channel(CHANNEL).thread(card.ts)[-1])


def test_the_contact_says_that_the_number_is_not_confirmed(scene):
    order, _ = a_moved_buyer(scene)
    shown = work_forms.contact(contacts.show(order.id, actor=TERMINAL, now=scene.clock()))
    assert "New phone, not confirmed: " in str(shown)
    assert f"+{NEW}" in str(shown)


def test_a_double_click_confirms_once(scene):
    _, card = a_moved_buyer(scene)
    scene.rui.click(card, "Confirm new number")
    scene.rui.click(card, "Confirm new number")
    confirmed(scene)
    scene.sync()
    assert OrderEvent.select().where(OrderEvent.kind == "number_confirmed").count() == 1
    assert scene.rui.ephemerals == []


def test_a_click_for_a_number_that_changed_once_more_is_refused(scene):
    order, card = a_moved_buyer(scene)
    moves(scene, order, "5511955554444", "wamid.S2")
    scene.rui.click(card, "Confirm new number")
    assert "has changed once more" in scene.said_to(scene.rui)
    assert scene.view(order).doubt.address == "+5511955554444"


def test_whoever_may_only_look_may_not_confirm(scene):
    order, card = a_moved_buyer(scene)
    scene.vic.click(card, "Confirm new number")
    assert scene.said_to(scene.vic).replace("`", "") == wording.VIEWER.replace("`", "")
    assert scene.view(order).doubt


def a_claimed_number(scene):
    """Ana moved to a number that Bia has."""
    bia = a_customer(phone=f"+{NEW}", name="Bia")
    order, card = a_moved_buyer(scene)
    assert f"belongs to another customer here, number {bia.id}" in scene.words(card)
    return order, card, bia


def test_two_who_are_one_person_are_merged_from_the_card(scene):
    order, card, bia = a_claimed_number(scene)
    scene.rui.click(card, "Same person: merge")
    scene.rui.click(card, "Same person: merge")
    trace = scene.slack.wait_for(lambda: Merge.get_or_none())
    assert (trace.kept_id, trace.merged_id, trace.actor, trace.door) == (order.customer_id, bia.id, "Rui", "slack")
    scene.slack.wait_for(lambda: Message.get().to_phone == f"+{NEW}")
    scene.sync()
    assert "moved to" not in scene.words(card)
    assert scene.rui.ephemerals == []


def test_a_number_that_was_handed_on_is_taken_over_from_the_card(scene):
    order, card, bia = a_claimed_number(scene)
    scene.rui.click(card, "Number was handed on")
    confirmed(scene)
    scene.slack.wait_for(lambda: Message.get().to_phone == f"+{NEW}")
    assert customers.phone_of(bia.id) is None
    assert customers.phone_of(order.customer_id) == f"+{NEW}"


def test_a_merge_is_refused_once_the_number_is_somebody_elses(scene):
    order, card, bia = a_claimed_number(scene)
    moves(scene, order, "5511955554444", "wamid.S2")
    scene.rui.click(card, "Same person: merge")
    assert "has changed; look at the card again" in scene.said_to(scene.rui)
    assert Customer.get_by_id(bia.id).merged_into_id is None
