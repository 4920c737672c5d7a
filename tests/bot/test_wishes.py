"""What a customer asks for by a button of WhatsApp reaches the team: in the thread, and by a direct message."""

from wapto.desk.conversations import asking
from wapto.desk.orders import orders
from wapto.meta.payloads import InboundMessage, Reply
from wapto.store.database import transaction
from wapto.store.models import Number, Order

from .scene import TERMINAL


def tapped(scene, order, payload):
    Number.update(where_is_it=True).execute()
    number = Number.get_by_id(scene.number.id)
    message = InboundMessage(id="wamid.tap", timestamp=scene.clock(), type="interactive", reply=Reply(payload, "Tap"))
    scene.hear("", order, id=message.id, type="interactive", reply=message.reply)
    with transaction():
        asking.answer(number, order.customer, message, scene.clock())
    scene.later()


def test_the_thread_and_the_agent_hear_that_somebody_wants_a_person(scene):
    order, card = scene.card()
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.later()
    tapped(scene, order, f"wapto:person:{order.id}")
    assert "The customer asks to talk to a person" in "\n".join(scene.thread(card))
    assert "Thank you. Somebody from Loja will write to you here." in "\n".join(scene.thread(card))
    assert "The customer asks to talk to a person" in scene.rui.dms[-1].text


def test_a_wish_to_cancel_an_order_of_nobody_stands_in_the_thread(scene):
    order, card = scene.card()
    tapped(scene, order, f"wapto:cancel:{order.id}")
    assert "The customer asks to cancel the order" in "\n".join(scene.thread(card))
    assert Order.get_by_id(order.id).status == "received"
