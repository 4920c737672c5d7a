"""Receipts come late, doubled, out of order and before their time, and never move a message backwards."""

import pytest

from tests.desk.builders import NOW
from tests.desk.playing import at_once
from tests.desk.telling import LATER, in_flight, message_entries, rings
from wapto.desk.notices import notices
from wapto.meta.errors import ADVICE, CODES
from wapto.meta.payloads import Fault, Receipt
from wapto.store.models import Message, Order, ParkedReceipt


def told(message, status, wamid="wamid.1", **kw):
    return notices.apply_receipt(Receipt(wamid, status, LATER, callback=message.callback, **kw), NOW)


def test_a_receipt_finds_its_message_before_the_wamid_is_known(store):
    message = in_flight()
    assert told(message, "sent") == "done"
    now = Message.get()
    assert (now.state, now.wamid, now.sent_at, now.lease_until) == ("sent", "wamid.1", LATER, None)
    assert message_entries(message.order) == [("sending", "sent")]


def test_a_receipt_finds_its_message_by_wamid(store):
    in_flight(state="accepted", wamid="wamid.1")
    assert notices.apply_receipt(Receipt("wamid.1", "delivered", LATER), NOW) == "done"
    assert (Message.get().state, Message.get().delivered_at) == ("delivered", LATER)


def test_a_receipt_without_time_counts_from_now(store):
    message = in_flight()
    notices.apply_receipt(Receipt("wamid.1", "sent", None, callback=message.callback), NOW)
    assert Message.get().sent_at == NOW


def test_what_a_message_costs_is_kept_however_late_it_is_told(store):
    message = in_flight()
    told(message, "read")
    told(message, "sent", price_category="utility", price_type="regular")
    told(message, "delivered")
    now = Message.get()
    assert (now.state, now.price_category, now.price_type) == ("read", "utility", "regular")


def test_late_receipts_never_move_a_message_backwards(store):
    message = in_flight()
    assert [told(message, status) for status in ("delivered", "sent", "read", "delivered")] == [
        "done", "seen", "done", "seen",
    ]  # fmt: skip
    now = Message.get()
    assert (now.state, now.sent_at, now.delivered_at, now.read_at) == ("read", LATER, LATER, LATER)
    assert message_entries(message.order) == [("sending", "delivered"), ("delivered", "read")]


def test_a_failed_receipt_says_why_in_plain_words(store):
    message = in_flight(state="accepted", wamid="wamid.1")
    told(message, "failed", errors=(Fault(131026, "Message undeliverable", "Not on WhatsApp: +5511988887777"),))
    now = Message.get()
    assert (now.state, now.error_code) == ("failed", 131026)
    assert now.reason.startswith("The message cannot be delivered")
    assert now.error_text == "Not on WhatsApp: …"


@pytest.mark.parametrize("code", [*CODES, 999999])
def test_a_failure_of_any_code_says_what_happened_and_what_to_do(sqlite_store, code):
    message = in_flight(state="accepted", wamid="wamid.1")
    told(message, "failed", errors=(Fault(code, "", ""),))
    now = Message.get()
    assert (now.state, now.error_code) == ("failed", code)
    what, _, to_do = now.reason.partition(f" (WhatsApp code {code}). ")
    assert what
    assert to_do in ADVICE.values()


def test_a_failure_without_reason_is_still_a_failure(store):
    message = in_flight()
    told(message, "failed")
    assert Message.get().state == "failed"
    assert Message.get().reason


def test_a_failure_after_delivery_changes_nothing(store):
    message = in_flight(state="delivered")
    assert told(message, "failed", errors=(Fault(131026, "", ""),)) == "seen"
    assert (Message.get().state, Message.get().error_code) == ("delivered", None)


def test_a_receipt_settles_a_message_in_doubt(store):
    message = in_flight(state="unknown", reason="Meta may have it or not.")
    told(message, "delivered")
    assert (Message.get().state, Message.get().reason) == ("delivered", None)


def test_an_unheard_of_status_changes_nothing(store):
    message = in_flight()
    assert told(message, "evaporated") == "seen"
    assert Message.get().state == "sending"


def test_receipts_of_foreign_messages_are_parked(store):
    in_flight()
    errors = (Fault(131026, "a", "b"),)
    assert notices.apply_receipt(Receipt("wamid.9", "failed", LATER, callback="theirs", errors=errors), NOW) == "parked"
    parked = ParkedReceipt.get()
    assert (parked.wamid, parked.callback, parked.errors) == ("wamid.9", "theirs", [[131026, "a", "b"]])
    assert Message.get().state == "sending"


def test_a_receipt_frees_the_customers_line_and_dirties_the_card(store):
    message = in_flight()
    before = Order.get().last_seq
    with rings() as topics:
        told(message, "sent")
    assert sorted(topics) == ["desk", "outbox"]
    assert Order.get().last_seq == before + 1
    with rings() as topics:
        told(message, "delivered")
    assert topics == ["desk"]


def test_receipts_that_race_end_at_the_furthest(store):
    message = in_flight()
    statuses = ("sent", "delivered", "read", "sent", "delivered", "read")
    at_once(*[lambda status=status: told(message, status) for status in statuses])
    now = Message.get()
    assert (now.state, now.sent_at, now.delivered_at, now.read_at) == ("read", LATER, LATER, LATER)
    steps = message_entries(message.order)
    assert [before for before, _ in steps] == ["sending", *[after for _, after in steps[:-1]]]
