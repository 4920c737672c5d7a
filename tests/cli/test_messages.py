"""`wapto messages`: what customers were told, in which words, and whether it arrived."""

import pytest

from tests.desk.builders import NOW, a_template, a_trigger
from tests.desk.playing import a_shop, buy, step
from wapto.desk.orders import timeline
from wapto.domain.identity import order_number
from wapto.store.models import Message, Order

KEYS = {
    "id", "order", "trigger", "to", "template", "language", "text", "state", "attempts", "wamid", "error",
    "created_at", "sent_at", "delivered_at", "read_at",
}  # fmt: skip


@pytest.fixture
def number(wapto):
    """The number of an order whose customer is to be told that it is shipped."""
    a_template(waba="200000000000001")
    a_trigger(a_shop(), "shipped")
    return order_number(step(buy(), "shipped").id)


def test_a_message_is_listed_in_the_contracts_shape(wapto, number):
    [message] = wapto.json("messages", "list")
    assert set(message) >= KEYS
    assert (message["order"], message["trigger"], message["to"]) == (number, "shipped", "+5511999990000")
    assert (message["template"], message["language"], message["state"]) == ("order_update", "en", "queued")
    assert message["text"] == f"Order {number} is now Shipped. Thank you."
    assert (message["error"], message["sent_at"], message["created_at"]) == (None, None, "2026-11-25T09:00:00Z")
    assert wapto.json("messages", "show", message["id"]) == message


def test_messages_are_chosen_by_state_and_order(wapto, number):
    other = order_number(step(buy(), "shipped").id)
    Message.update(state="failed", error_code=131026, error_text="no WhatsApp").where(Message.id == 1).execute()
    [failed] = wapto.json("messages", "list", "--state", "failed")
    assert (failed["order"], failed["error"]) == (number, {"code": 131026, "text": "no WhatsApp"})
    assert [one["order"] for one in wapto.json("messages", "list", "--order", other)] == [other]
    assert len(wapto.json("messages", "list", "--limit", "1")) == 1


def test_of_one_order_people_read_in_which_words_its_customer_was_told(wapto, number):
    assert "Thank you." in wapto("messages", "list", "--order", number).out
    assert "Thank you." not in wapto("messages", "list").out


def test_somebody_without_a_phone_number_is_named_by_their_user_id(wapto, number):
    Message.update(to_phone=None, to_user_id="BR.1").execute()
    assert wapto.json("messages", "list")[0]["to"] == "BR.1"


def test_a_failed_message_is_told_again_with_a_reason(wapto, number):
    Message.update(state="failed").execute()
    again = wapto.json("messages", "retry", 1, "--reason", "number corrected")
    assert (again["id"], again["state"]) == (2, "queued")
    assert timeline.entries(Order.get().id)[-1].text == "number corrected"


def test_a_message_is_dropped_with_a_reason(wapto, number):
    dropped = wapto.json("messages", "drop", 1, "--reason", "told by phone")
    assert (dropped["state"], dropped["reason"]) == ("skipped", "told by phone")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "--state", "lost"], "“lost” is no state of a message; states are: held, queued"),
        (["list", "--order", "W-ZZZZ"], "There is no order “W-ZZZZ”."),
        (["show", "7"], "There is no message 7."),
        (["retry", "7", "--reason", "x"], "There is no message 7."),
        (["retry", "1", "--reason", "x"], "Message 1 is queued; only one that is"),
        (["drop", "1", "--reason", " "], "Say why in a few words"),
    ],
)
def test_what_cannot_be_is_answered_in_one_sentence(wapto, number, words, sentence):
    assert wapto("messages", *words).sentence.startswith(sentence)


@pytest.mark.parametrize("words", [["retry", "1"], ["drop", "1"], ["show", "0"], ["show", "9" * 30], ["show", "x"]])
def test_a_missing_reason_or_an_id_that_is_none_is_wrong_usage(wapto, words):
    assert wapto("messages", *words).code == 2


def test_people_read_a_table(wapto, number):
    row = wapto("messages", "list").out.splitlines()[1].split()
    assert row[:6] == ["1", number, "shipped", "order_update", "en", "queued"]
    assert NOW.strftime("%Y-%m-%d") in row[6]
