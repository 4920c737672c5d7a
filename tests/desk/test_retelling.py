"""Telling again and giving up are acts of their own, with a reason and a person behind them."""

import pytest

from tests.desk.builders import NOW
from tests.desk.playing import at_once
from tests.desk.telling import (
    LATER,
    a_shipped_order,
    a_telling_shop,
    message_entries,
    promised,
    rings,
    waiting,
)
from wapto.desk.notices.outbox import drop, retry
from wapto.desk.orders.timeline import Actor
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.store.models import Message, Note, Order, OrderEvent, Template, Trigger

RUI = Actor("Rui", "cli")
ENDED = ["failed", "unknown", "skipped"]


def ended(state="failed", **changes):
    """A message that came to nothing."""
    message = promised(a_shipped_order())
    Message.update({"state": state} | changes).execute()
    return Message.get_by_id(message.id)


def rows():
    return [(row.key, row.state) for row in Message.select().order_by(Message.id)]


@pytest.mark.parametrize("state", ENDED)
def test_telling_again_is_a_new_message(store, state):
    message = ended(state)
    with rings() as topics:
        again = retry(message.id, "The customer had a new phone.", RUI, LATER)
    assert rows() == [("1:shipped:status", state), ("1:shipped:status:2", "queued")]
    assert (again.text, again.next_at) == (message.text, LATER)
    assert again.callback != message.callback
    assert sorted(topics) == ["desk", "outbox"]


def test_the_timeline_says_who_told_again_and_why(store):
    message = ended()
    again = retry(message.id, " He had a new phone.\0 ", RUI, LATER)
    event = OrderEvent.get()
    assert (event.kind, event.actor, event.door, event.before, event.after) == (
        "message", "Rui", "cli", "failed", "queued",
    )  # fmt: skip
    assert event.ids == {"message": again.id, "status": "shipped"}
    assert Note.get().text == "He had a new phone."


def test_it_is_told_with_what_is_true_now(store):
    message = ended()
    Trigger.update(bindings={"1": "order.number", "2": "tracking.number"}).execute()
    Order.update(tracking_number="BR1").execute()
    assert retry(message.id, "Corrected.", RUI, LATER).text == "Order W-N8HX is now BR1. Thank you."


def test_a_held_message_that_is_told_again_is_not_released_later(store):
    message = ended("held")
    retry(message.id, "It is approved now.", RUI, LATER)
    assert rows() == [("1:shipped:status", "skipped"), ("1:shipped:status:2", "queued")]
    assert Message.get_by_id(message.id).reason == "Told again as message 2."
    assert message_entries(message.order) == [("held", "skipped"), ("held", "queued")]


def test_what_still_cannot_be_sent_is_held_again(store):
    message = ended()
    Template.update(status="PAUSED").execute()
    assert retry(message.id, "Try.", RUI, LATER).state == "held"


@pytest.mark.parametrize("state", ["queued", "sending", "accepted", "sent", "delivered", "read"])
def test_what_is_on_its_way_or_arrived_is_not_told_again(store, state):
    message = ended(state)
    with pytest.raises(Refused, match=f"Message 1 is {state}; only one that is failed, unknown, held or skipped can"):
        retry(message.id, "Again.", RUI, LATER)
    assert len(rows()) == 1


def test_only_the_last_attempt_is_told_again(store):
    message = ended()
    again = retry(message.id, "Again.", RUI, LATER)
    with pytest.raises(Refused, match="This was told again already: message 2 is queued"):
        retry(message.id, "Again.", RUI, LATER)
    Message.update(state="failed").where(Message.id == again.id).execute()
    retry(again.id, "And again.", RUI, LATER)
    assert [key for key, _ in rows()] == ["1:shipped:status", "1:shipped:status:2", "1:shipped:status:3"]


def test_two_people_at_once_tell_again_once(store):
    message = ended()
    told = at_once(*[lambda: retry(message.id, "Again.", RUI, LATER)] * 3)
    assert sum(isinstance(one, (Refused, Conflict)) for one in told) == 2
    assert len(rows()) == 2


def test_a_status_whose_notices_are_off_is_not_told_again(store):
    message = ended()
    Trigger.update(is_on=False).execute()
    with pytest.raises(Refused, match="Notices about Shipped are switched off"):
        retry(message.id, "Again.", RUI, LATER)


@pytest.mark.parametrize("act", [retry, drop])
def test_every_act_needs_words_and_a_message(store, act):
    message = ended()
    with pytest.raises(InvalidInput, match="Say why"):
        act(message.id, " \n", RUI, LATER)
    with pytest.raises(NotFound, match="There is no message 99"):
        act(99, "Why not.", RUI, LATER)


@pytest.mark.parametrize("state", ["queued", "held", "failed"])
def test_a_dropped_message_is_skipped_with_the_reason(store, state):
    message = ended(state)
    with rings() as topics:
        dropped = drop(message.id, "Told by phone.", RUI, LATER)
    assert (dropped.state, dropped.reason) == ("skipped", "Told by phone.")
    assert message_entries(message.order) == [(state, "skipped")]
    assert Note.get().text == "Told by phone."
    assert sorted(topics) == ["desk", "outbox"]


@pytest.mark.parametrize("state", ["sending", "unknown", "accepted", "sent", "delivered", "read", "skipped"])
def test_what_may_have_been_sent_cannot_be_dropped(store, state):
    message = ended(state)
    with pytest.raises(Refused, match=f"Message 1 is {state}; only one that is queued, held or failed can be dropped"):
        drop(message.id, "No.", RUI, LATER)
    assert rows() == [("1:shipped:status", state)]


def test_the_message_of_another_status_is_another_promise(store):
    number = a_telling_shop()
    message = waiting(number, state="failed")
    other = waiting(number, state="failed", now=NOW)
    assert retry(message.id, "Again.", RUI, LATER).key.startswith(f"{message.order_id}:")
    assert retry(other.id, "Again.", RUI, LATER).key == f"{other.order_id}:shipped:status:2"
