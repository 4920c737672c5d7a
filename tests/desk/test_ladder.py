"""A template that cannot be sent has a fallback, then another language, then plain text in the window; or it waits."""

from datetime import timedelta

import pytest

from sandbox.graph.templates import template as definition
from tests.desk.builders import NOTICE, NOW, a_customer, a_number, a_template, a_trigger, an_order
from tests.desk.telling import LATER, claimed, promised
from wapto.desk.notices import notices, outbox
from wapto.desk.orders.timeline import Actor
from wapto.desk.templates import triggers
from wapto.domain.delivery import HELD
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput
from wapto.store.models import AdminAlert, Inbound, Message, Template

PLAIN = definition("order_plain", "en", "News of your order {{1}} for you.")
IN_PORTUGUESE = definition("order_update", "pt_BR", "O pedido {{1}} está agora {{2}}. Obrigado.")


@pytest.fixture
def shop(store):
    """A number that tells of shipped orders by a template that Meta has paused; its fallback is there too."""
    number = a_number()
    a_template(NOTICE, status="PAUSED")
    a_template(PLAIN)
    return number


def shipped(number, **customer):
    return an_order(number, a_customer(**customer), status="shipped")


def wrote(order, ago=timedelta(hours=1)):
    """The customer wrote to the shop."""
    about = {"number": order.number_id, "customer": order.customer_id, "order": order.id}
    Inbound.create(wamid="wamid.1", kind="text", text="hi", sent_at=NOW - ago, received_at=NOW - ago, **about)


def test_the_fallback_is_sent_with_what_it_needs_of_the_bindings(shop):
    a_trigger(shop, fallback="order_plain")
    message = promised(shipped(shop))
    assert (message.state, message.template) == ("queued", "order_plain")
    assert message.text.startswith("News of your order W-")
    [work] = claimed().works
    assert work.content["template"]["name"] == "order_plain"


def test_the_template_itself_is_sent_again_once_meta_takes_it(shop):
    a_trigger(shop, fallback="order_plain")
    promised(shipped(shop))
    Template.update(status="APPROVED").execute()
    [work] = claimed().works
    assert work.content["template"]["name"] == "order_update"


def test_another_language_that_the_customer_reads_is_better_than_nothing(shop):
    a_trigger(shop)
    a_template(IN_PORTUGUESE)
    shop.language = "pt_BR"
    shop.save()
    assert promised(shipped(shop, phone="+5511900000009", language="en")).language == "pt_BR"


def test_a_language_that_nobody_asked_for_is_not_sent(shop):
    a_trigger(shop)
    a_template(IN_PORTUGUESE)
    assert promised(shipped(shop)).state == HELD


def test_plain_text_goes_out_while_the_window_is_open(shop):
    a_trigger(shop, plain_text=True)
    order = shipped(shop)
    wrote(order)
    message = promised(order)
    assert (message.state, message.template, message.content["type"]) == ("queued", None, "text")
    [work] = claimed().works
    assert work.content["text"]["body"] == message.text == f"Order {order_number(order.id)} is now Shipped. Thank you."


@pytest.mark.parametrize(("allowed", "ago"), [(False, 1), (True, 25), (True, None)])
def test_without_leave_or_outside_the_window_it_is_held_with_the_reason(shop, allowed, ago):
    a_trigger(shop, plain_text=allowed)
    order = shipped(shop)
    if ago:
        wrote(order, timedelta(hours=ago))
    message = promised(order)
    assert (message.state, message.template) == (HELD, "order_update")
    assert "is PAUSED at Meta" in message.reason


def test_plain_text_whose_window_closes_before_it_leaves_is_held(shop):
    a_trigger(shop, plain_text=True)
    order = shipped(shop)
    wrote(order, timedelta(hours=23, minutes=59))
    promised(order)
    assert claimed(now=LATER).works == []
    assert Message.get().state == HELD


def test_what_was_held_goes_out_in_plain_text_once_the_customer_writes(shop):
    a_trigger(shop, plain_text=True)
    order = shipped(shop)
    promised(order)
    wrote(order)
    notices.release_all(NOW)
    assert (Message.get().state, Message.get().content["type"]) == ("queued", "text")


def test_plain_text_is_told_again_as_a_notice(shop):
    a_trigger(shop, plain_text=True)
    order = shipped(shop)
    wrote(order)
    message = promised(order)
    Message.update(state="failed").execute()
    Template.update(status="APPROVED").execute()
    assert outbox.retry(message.id, "Again.", Actor("Rui", "cli"), NOW).template == "order_update"


def test_buttons_of_the_template_have_no_place_in_plain_text(shop):
    link = {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Track", "url": "https://x.test/{{1}}"}]}
    Template.update(components=[*NOTICE["components"], link]).where(Template.name == "order_update").execute()
    a_trigger(shop, plain_text=True, bindings={"1": "order.number", "2": "order.status", "button.0": "order.number"})
    order = shipped(shop)
    wrote(order)
    assert "Track" not in promised(order).text


def test_a_fallback_that_cannot_be_filled_is_refused_when_it_is_set(shop):
    Template.update(status="APPROVED").execute()
    a_template(definition("order_other", "en", "Order {{1}} of {{2}} by {{3}}, thank you."))
    with pytest.raises(InvalidInput, match=r"order_other.*Placeholder 3 is not bound"):
        triggers.set_trigger(
            shop,
            "shipped",
            template="order_update",
            bindings={"1": "order.number", "2": "order.status"},
            defaults={},
            fallback="order_other",
            now=NOW,
        )


def test_the_admins_hear_once_that_messages_are_held_back_and_once_that_none_is(shop):
    a_trigger(shop)
    promised(shipped(shop))
    for _ in range(2):
        notices.tell_held(NOW)
    assert "Messages to customers are held back: 1, the oldest because:" in AdminAlert.get().words
    Message.update(state="skipped").execute()
    notices.tell_held(NOW)
    assert AdminAlert.get().words == "No message to a customer is held back any more."
