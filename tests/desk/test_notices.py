"""What customers are promised: one notice per order and status, in their language, or held with a reason."""

from datetime import timedelta

import pytest

from sandbox.graph.templates import template as definition
from tests.desk.builders import ANA, NOTICE, NOW, WABA, a_customer, a_number, a_template, a_trigger, an_agent, an_order
from tests.desk.playing import at_once
from tests.desk.telling import LATER, a_shipped_order, message_entries, promised, rings, states
from wapto.desk.notices import notices
from wapto.desk.notices.drafts import pick
from wapto.store import database
from wapto.store.models import Message, Number, Order, Template, Trigger


def test_a_promise_is_a_queued_message_in_the_words_that_the_customer_will_read(store):
    order = a_shipped_order()
    message = promised(order)
    assert message.state == "queued"
    assert message.text == "Order W-N8HX is now Shipped. Thank you."
    assert (message.template, message.language, message.to_phone) == ("order_update", "en", ANA)
    assert (message.key, message.next_at, message.expires_at) == (f"{order.id}:shipped:status", NOW, None)
    [body] = message.components
    assert [parameter["text"] for parameter in body["parameters"]] == ["W-N8HX", "Shipped"]
    assert message_entries(order) == []


def test_a_status_without_trigger_promises_nothing(store):
    assert promised(a_shipped_order(), "processing") is None


def test_a_trigger_that_is_off_promises_nothing(store):
    assert promised(a_shipped_order(trigger={"is_on": False})) is None


def test_going_back_and_forth_never_promises_twice(store):
    order = a_shipped_order()
    promised(order)
    Message.update(state="delivered").execute()
    promised(order, now=LATER)
    assert [row.state for row in Message.select()] == ["delivered"]


def test_racing_threads_promise_once(store):
    order = a_shipped_order()
    at_once(*[lambda: promised(order)] * 6)
    assert Message.select().count() == 1


def test_what_rolls_back_was_not_promised(store):
    order = a_shipped_order()
    with database.db.atomic() as change:
        notices.promise(order, "shipped", NOW)
        change.rollback()
    assert Message.select().count() == 0


def test_a_hold_delays_and_a_time_to_live_ends_a_promise(store):
    message = promised(a_shipped_order(trigger={"hold": 60, "ttl": 3600}))
    assert message.next_at == NOW + timedelta(seconds=60)
    assert message.expires_at == NOW + timedelta(hours=1)


def test_a_customer_without_phone_is_told_by_their_user_id_in_that_account(store):
    message = promised(a_shipped_order(customer=a_customer(phone=None, user_id="BR.150")))
    assert (message.state, message.to_phone, message.to_user_id) == ("queued", None, "BR.150")


def test_a_user_id_of_another_account_is_of_no_use(store):
    order = a_shipped_order(number=a_number(waba="999"), customer=a_customer(phone=None, user_id="BR.150"))
    Template.update(waba="999").execute()
    message = promised(order)
    assert (message.state, message.to_user_id) == ("held", None)
    assert message.reason == "Neither a phone number nor a user id of the customer is known for this number."


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (
            "name",
            "other",
            "There is no template “order_update” in en; create it at Meta, then run `wapto templates sync`.",
        ),
        (
            "gone_at",
            NOW,
            "There is no template “order_update” in en; create it at Meta, then run `wapto templates sync`.",
        ),
        (
            "language",
            "de",
            "There is no template “order_update” in en; create it at Meta, then run `wapto templates sync`.",
        ),
        ("status", "PAUSED", "The template “order_update” (en) is PAUSED at Meta; it can be sent once it is APPROVED."),
        (
            "components",
            [{"type": "BODY", "text": "Hi."}, {"type": "CAROUSEL"}],
            "The template has a component of type CAROUSEL, which Wapto cannot send.",
        ),
        (
            "components",
            [{"type": "BODY", "text": "By {{3}}."}],
            "The template “order_update” (en) cannot be filled. "
            "Placeholder 3 has no value for this order; give it a default.",
        ),
    ],
)
def test_what_cannot_be_sent_is_held_and_says_why(store, column, value, reason):
    order = a_shipped_order()
    Template.update({column: value}).execute()
    message = promised(order)
    assert (message.state, message.reason) == ("held", reason)
    assert message_entries(order) == [(None, "held")]


def test_a_faulty_trigger_does_not_keep_the_order_from_moving_on(store):
    message = promised(a_shipped_order(trigger={"bindings": {"1": "order.nummer", "2": "order.status"}}))
    assert message.state == "held"
    assert "order.nummer" in message.reason


def test_an_empty_value_takes_the_default(store):
    trigger = {"bindings": {"1": "order.number", "2": "tracking.number"}, "defaults": {"2": "on its way"}}
    order = a_shipped_order(trigger=trigger)
    assert promised(order).text == "Order W-N8HX is now on its way. Thank you."


def test_the_facts_of_the_order_reach_the_customer(store):
    variables = (
        "customer.first_name", "order.items", "order.total", "order.date", "agent.name", "shop.name",
        "tracking.carrier", "tracking.eta", "cancel.reason",
    )  # fmt: skip
    numbers = {str(place): variable for place, variable in enumerate(variables, 1)}
    body = " | ".join(f"{{{{{place}}}}}" for place in numbers)
    order = a_shipped_order(
        template=definition("order_update", "en", f"Told: {body}."),
        trigger={"bindings": numbers},
        agent=an_agent(name="Rui"),
        carrier="Correios",
        eta="2026-11-27",
    )
    assert promised(order, reason="paid").text == (
        "Told: Ana | 2 × Red shirt | R$99.70 | Nov 25, 2026 | Rui | Loja | Correios | Nov 27, 2026 | paid."
    )


@pytest.mark.parametrize(
    ("policy", "of_customer", "of_number", "there", "chosen"),
    [
        ("auto", None, "en", ["en", "es"], "en"),
        ("auto", "es", "en", ["en", "es"], "es"),
        ("auto", "pt_BR", "en", ["en", "pt_BR", "pt_PT"], "pt_BR"),
        ("auto", "pt_PT", "en", ["pt", "pt_BR", "pt_PT"], "pt_PT"),
        ("auto", "pt_BR", "en", ["en", "pt_PT", "pt"], "pt"),
        ("auto", "pt", "en", ["en", "pt_PT", "pt_BR"], "pt_BR"),
        ("auto", "hi", "en", ["en", "es"], "en"),
        ("auto", "hi", "de", ["en", "es"], None),
        ("es", "pt_BR", "en", ["en", "es", "pt_BR"], "es"),
        ("en_US", None, "es", ["en_GB", "es"], "en_GB"),
        ("fr", "en", "en", ["en"], None),
    ],
)
def test_the_language_is_one_that_the_template_has(store, policy, of_customer, of_number, there, chosen):
    number, customer = a_number(language=of_number), a_customer(language=of_customer)
    order = an_order(number, customer, status="shipped")
    a_trigger(number, language=policy)
    for language in there:
        a_template(language=language)
    assert promised(order).language == chosen


def test_the_choice_of_a_language_does_not_depend_on_the_order_of_templates(store):
    rows = [a_template(language=language) for language in ("en_US", "en_GB", "en_AU")]
    assert pick(rows, ["en"]).language == pick(rows[::-1], ["en"]).language == "en_AU"


def test_the_status_is_told_in_the_customers_language(store):
    order = a_shipped_order(customer=a_customer(language="pt_BR"), template=NOTICE | {"language": "pt_BR"})
    assert promised(order).text == "Order W-N8HX is now Enviado. Thank you."


def a_held_message(**changes):
    order = a_shipped_order(**changes)
    Template.update(status="PAUSED").execute()
    assert promised(order).state == "held"
    return order


def test_a_held_message_is_queued_anew_when_its_template_is_back(store):
    bindings = {"1": "order.number", "2": "tracking.number"}
    order = a_held_message(trigger={"bindings": bindings, "hold": 600}, tracking_number="OLD")
    Order.update(tracking_number="NEW").execute()
    Template.update(status="APPROVED").execute()
    with rings() as topics:
        notices.release_held(WABA, LATER)
    message = Message.get()
    assert (message.state, message.reason, message.next_at) == ("queued", None, LATER)
    assert message.text == "Order W-N8HX is now NEW. Thank you."
    assert message_entries(order) == [(None, "held"), ("held", "queued")]
    assert sorted(topics) == ["desk", "outbox"]


def test_a_held_message_is_dropped_when_its_order_has_moved_on(store):
    a_held_message()
    Order.update(status="out_for_delivery").execute()
    Template.update(status="APPROVED").execute()
    notices.release_held(WABA, LATER)
    assert (Message.get().state, Message.get().reason) == ("skipped", "The order has moved on.")


def test_a_held_message_is_dropped_when_it_is_too_old(store):
    a_held_message(trigger={"ttl": 60})
    Template.update(status="APPROVED").execute()
    notices.release_held(WABA, LATER)
    assert (Message.get().state, Message.get().reason) == ("skipped", notices.TOO_OLD)


def test_what_still_cannot_be_sent_stays_held_with_the_reason_of_today(store):
    a_held_message()
    Template.update(status="DISABLED").execute()
    notices.release_held(WABA, LATER)
    assert Message.get().state == "held"
    assert "DISABLED" in Message.get().reason


def test_a_trigger_that_was_switched_off_releases_nothing(store):
    a_held_message()
    Template.update(status="APPROVED").execute()
    Trigger.update(is_on=False).execute()
    notices.release_held(WABA, LATER)
    assert Message.get().state == "held"


def test_the_messages_of_other_accounts_stay_held(store):
    a_held_message()
    Template.update(status="APPROVED").execute()
    notices.release_held("another", LATER)
    assert Message.get().state == "held"


def test_more_held_messages_than_fit_a_batch_are_looked_at(store):
    """The first 55 stay held, because nobody knows how to reach Bo; Ana's come after them."""
    order = a_held_message(customer=a_customer(phone=None))
    ana = a_customer()
    for customer in (*[order.customer] * 54, ana, ana):
        promised(an_order(order.number, customer, status="shipped"))
    Template.update(status="APPROVED").execute()
    notices.release_for(Number.get(), "shipped", LATER)
    assert states() == [*["held"] * 55, "queued", "queued"]
