"""Customers ask for themselves, and are answered at once where their number allows it."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, an_agent
from tests.desk.playing import a_shop, buy, drain, step, take_in
from tests.meta.builders import body, change, notification
from wapto.desk import numbers
from wapto.desk.conversations import asking
from wapto.desk.intake import inbox
from wapto.desk.orders import timeline, tracking
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput
from wapto.store.models import AdminAlert, Alert, Customer, Message, Number, Order

ANA = "5511999990000"  # who buys here
QUESTION = "Hi, where is my order?"


@pytest.fixture
def shop(store):
    return a_shop(where_is_it=True)


AT = str(int(NOW.timestamp()))


def question(text=QUESTION, wamid="wamid.q"):
    return {"from": ANA, "id": wamid, "type": "text", "text": {"body": text}, "timestamp": AT}


def says(text, wamid="wamid.q"):
    take_in(change(messages=[question(text, wamid)]))


def taps(payload, by=ANA, wamid="wamid.t", late=timedelta(0)):
    tapped = {"type": "button_reply", "button_reply": {"id": payload, "title": "Whatever it says"}}
    message = {"from": by, "id": wamid, "type": "interactive", "interactive": tapped, "timestamp": AT}
    inbox.store_raw(body(notification(change(messages=[message]))), NOW)
    drain(NOW + late)


def cancels(order, **how):
    taps(f"wapto:cancel:{order.id}", **how)


def answers():
    return list(Message.select().order_by(Message.id))


def buttons(message):
    return [row["reply"]["title"] for row in message.content["interactive"]["action"]["buttons"]]


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def test_the_question_is_answered_from_the_store_with_the_way_to_a_person(shop):
    order = step(buy(), "confirmed")
    says(QUESTION)
    [answer] = answers()
    assert answer.text.startswith("Your order W-")
    assert "Confirmed (Nov 25, 2026, 6:00\u202fAM)." in answer.text
    assert buttons(answer) == ["Talk to a person"]
    assert (answer.order_id, answer.state) == (order.id, "queued")


def test_the_answer_is_noted_in_the_thread_beside_the_question(shop):
    order = buy()
    says(QUESTION)
    assert kinds(order)[-2:] == ["wrote", "reply"]


def test_the_same_message_delivered_again_is_answered_once(shop):
    buy()
    says(QUESTION)
    says(QUESTION)
    assert len(answers()) == 1


@pytest.mark.parametrize(
    "text", ["Cadê meu pedido?", "Dónde está mi pedido", "wo bleibt meine Bestellung", "أين طلبي؟"]
)
def test_it_is_asked_in_many_languages_and_answered_in_the_customers(shop, text):
    buy()
    Customer.update(language="pt_BR").execute()
    says(text)
    assert answers()[0].text.startswith("Seu pedido W-")
    assert buttons(answers()[0]) == ["Falar com alguém"]


def test_the_answer_tells_when_it_comes_and_where_to_look(shop):
    tracking.sign_with("key", "https://shop.example")
    order = buy()
    Order.update(eta="2026-11-28").execute()
    says(QUESTION)
    tracking.sign_with(None)
    assert "It is expected on Nov 28, 2026." in answers()[0].text
    assert f"https://shop.example/t/{order_number(order.id)[2:]}." in answers()[0].text


@pytest.mark.parametrize("text", ["Do you have it in blue?", "My order is perfect, thank you"])
def test_other_words_are_left_to_the_team(shop, text):
    buy()
    says(text)
    assert answers() == []


def test_a_number_answers_only_if_it_was_told_to(store):
    a_shop()
    buy()
    says(QUESTION)
    assert answers() == []


def test_without_an_order_the_team_answers(shop):
    says(QUESTION)
    assert answers() == []


def test_an_order_that_has_just_ended_is_still_meant_but_one_of_long_ago_is_not(shop):
    order = step(buy(), "delivered")
    says(QUESTION)
    assert "Delivered" in answers()[0].text
    Order.update(updated_at=NOW - timedelta(days=31)).where(Order.id == order.id).execute()
    says(QUESTION, wamid="wamid.later")
    assert len(answers()) == 1


def test_a_question_that_arrives_after_its_window_is_left_to_the_team(shop):
    order = buy()
    inbox.store_raw(body(notification(change(messages=[question()]))), NOW)
    drain(NOW + timedelta(hours=30))
    assert answers() == []
    assert kinds(order)[-1] == "wrote"


def test_who_asks_for_a_person_is_promised_one_and_the_agent_is_told(shop):
    agent = an_agent()
    order = buy()
    Order.update(agent=agent).execute()
    taps(f"wapto:person:{order.id}")
    assert answers()[0].text == "Thank you. Somebody from Loja will write to you here."
    assert "person_wish" in kinds(order)
    [alert] = Alert.select()
    assert (alert.agent_id, alert.trouble) == (agent.id, "person_wish")


@pytest.mark.parametrize("gone", [False, True])
def test_where_nobody_has_the_order_the_admins_are_told(shop, gone):
    order = buy()
    Order.update(agent=an_agent(gone_at=NOW) if gone else None).execute()
    taps(f"wapto:person:{order.id}")
    assert Alert.select().count() == 0
    assert AdminAlert.get().words.endswith("wants to talk to a person, and the order belongs to nobody.")


def test_a_wish_that_arrives_after_its_window_is_kept_though_nothing_can_be_said(shop):
    order = buy()
    taps(f"wapto:person:{order.id}", late=timedelta(hours=30))
    assert "person_wish" in kinds(order)
    assert answers() == []


def cancellable(until="confirmed"):
    Number.update(cancel_until=until).execute()


def test_the_button_to_cancel_is_there_where_customers_may(shop):
    cancellable()
    buy()
    says(QUESTION)
    assert buttons(answers()[0]) == ["Talk to a person", "Cancel order"]


@pytest.mark.parametrize("status", ["received", "pending", "confirmed"])
def test_a_customer_cancels_until_the_settable_status(shop, status):
    cancellable()
    order = buy() if status == "received" else step(buy(), status)
    cancels(order)
    assert Order.get_by_id(order.id).status == "cancelled"
    assert answers()[-1].text.endswith("is cancelled.")
    [change_] = [entry for entry in timeline.entries(order.id) if entry.after == "cancelled"]
    assert (change_.actor, change_.door) == ("customer", "whatsapp")


def test_afterwards_it_is_a_request_to_the_agent(shop):
    cancellable()
    order = step(buy(), "confirmed", "processing")
    cancels(order)
    assert Order.get_by_id(order.id).status == "processing"
    assert "cancel_wish" in kinds(order)
    assert "asked the team to cancel it" in answers()[0].text


def test_where_customers_may_not_cancel_a_tap_is_a_request(shop):
    order = buy()
    cancels(order)
    assert Order.get_by_id(order.id).status == "received"
    assert "cancel_wish" in kinds(order)


def test_a_second_tap_tells_that_it_is_cancelled(shop):
    cancellable()
    order = buy()
    cancels(order)
    cancels(order, wamid="wamid.t2")
    assert "Cancelled" in answers()[-1].text
    assert "cancel_wish" not in kinds(order)


def test_nobody_cancels_somebody_elses_order(shop):
    cancellable()
    order = buy()
    cancels(order, by="5511900000009")
    assert Order.get_by_id(order.id).status == "received"
    assert answers() == []


@pytest.mark.parametrize(
    "payload", ["wapto:cancel:", "wapto:cancel:x", "wapto:destroy:1", "wapto:cancel:99999999999999999999"]
)
def test_a_payload_that_is_none_of_ours_does_nothing(shop, payload):
    cancellable()
    buy()
    taps(payload)
    assert answers() == []


def test_the_settings_of_a_number_are_checked(shop):
    changed = numbers.change(shop, {"where_is_it": "off", "cancel_until": "Confirmed"})
    assert (changed.where_is_it, changed.cancel_until) == (False, "confirmed")
    assert numbers.change(shop, {"cancel_until": "never"}).cancel_until is None
    with pytest.raises(InvalidInput, match="on or off"):
        numbers.change(shop, {"where_is_it": "maybe"})
    with pytest.raises(InvalidInput, match="cannot be cancelled"):
        numbers.change(shop, {"cancel_until": "delivered"})


def test_every_language_has_all_words_and_buttons_that_fit():
    words = asking._words()
    assert set(words) == {"en", "es", "pt_BR", "hi", "ar", "id", "fr", "de"}
    for theirs in words.values():
        assert set(theirs) == set(words["en"])
        assert all(len(theirs[name]) <= 20 for name in ("person_button", "cancel_button"))
        filled = theirs["status"].format(number="W-1", status="x", when="y")
        assert "{" not in filled + theirs["too_late"].format(number="W-1") + theirs["person"].format(shop="Loja")
