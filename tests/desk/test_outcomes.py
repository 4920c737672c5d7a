"""Each answer of Meta's has its remedy, and none of them sends a message twice."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.desk.builders import NOW, SHOP, a_customer, a_number, a_template, a_trigger
from tests.desk.telling import LATER, a_telling_shop, claimed, message_entries, rings, states, waiting
from wapto.desk.notices import notices
from wapto.desk.notices.outcomes import MAX_ATTEMPTS, Returned, backoff, record
from wapto.errors import InvalidInput, OutcomeUnknown, TryLater
from wapto.meta.client import Sent
from wapto.meta.errors import CODES, GraphError, Remedy
from wapto.meta.payloads import Fault, Receipt
from wapto.store.database import transaction
from wapto.store.models import AdminAlert, Message, Number, ParkedReceipt

BACK = NOW + timedelta(seconds=1)
ENDS = {
    Remedy.RETRY: "queued",
    Remedy.SLOW_NUMBER: "queued",
    Remedy.SLOW_PAIR: "queued",
    Remedy.CONFIGURE: "queued",
    Remedy.TOKEN_DEAD: "queued",
    Remedy.TEMPLATE_UNUSABLE: "held",
    Remedy.NEVER: "failed",
    Remedy.UNREACHABLE: "failed",
    Remedy.WINDOW_CLOSED: "failed",
}


def answered(work, answer, now=BACK):
    with transaction() as tx:
        return record(tx, [Returned(work, answer)], now)


def refused(code, **kw):
    return GraphError(code, http_status=400, details="No, says +5511988887777.", **kw)


def after(answer, **message):
    """A message as it is once `answer` came back for it."""
    waiting(a_telling_shop(), **message)
    [work] = claimed().works
    assert answered(work, answer) == []
    return Message.get()


def test_an_accepted_message_is_accepted(store):
    message = after(Sent("wamid.1"))
    assert (message.state, message.wamid, message.sent_at, message.lease_until) == ("accepted", "wamid.1", None, None)
    assert (message.reason, message.error_code, message.attempts) == (None, None, 1)
    assert message_entries(message.order) == [("sending", "accepted")]


def test_many_answers_are_recorded_together(store):
    number = a_telling_shop()
    messages = [waiting(number) for _ in range(4)]
    works = claimed().works
    answers = [Sent("wamid.1"), refused(131026), Sent("wamid.3"), OutcomeUnknown("Silence.")]
    with transaction() as tx:
        record(tx, [Returned(*pair) for pair in zip(works, answers, strict=True)], BACK)
    assert states() == ["accepted", "failed", "accepted", "unknown"]
    assert [row.wamid for row in Message.select().order_by(Message.id)] == ["wamid.1", None, "wamid.3", None]
    assert [message_entries(message.order)[0][1] for message in messages] == states()


def test_the_card_is_drawn_again_when_something_came_back(store):
    with rings() as topics:
        after(Sent("wamid.1"))
    assert topics == ["desk"]


def test_a_receipt_may_come_before_the_answer(store):
    message = waiting(a_telling_shop())
    [work] = claimed().works
    notices.apply_receipt(Receipt("wamid.1", "delivered", LATER, callback=message.callback), BACK)
    answered(work, Sent("wamid.1"))
    assert (Message.get().state, Message.get().wamid) == ("delivered", "wamid.1")
    assert message_entries(message.order) == [("sending", "delivered")]


def test_receipts_that_were_parked_are_applied_when_the_wamid_becomes_known(store):
    waiting(a_telling_shop())
    [work] = claimed().works
    for status in ("delivered", "sent"):
        assert notices.apply_receipt(Receipt("wamid.1", status, LATER), NOW) == "parked"
    notices.apply_receipt(Receipt("wamid.2", "delivered", LATER), NOW)
    answered(work, Sent("wamid.1"))
    message = Message.get()
    assert (message.state, message.sent_at, message.delivered_at) == ("delivered", LATER, LATER)
    assert [row.wamid for row in ParkedReceipt.select()] == ["wamid.2"]


def test_receipts_that_were_parked_long_ago_are_left_alone(store):
    waiting(a_telling_shop())
    [work] = claimed().works
    notices.apply_receipt(Receipt("wamid.1", "delivered", LATER), NOW - timedelta(minutes=16))
    answered(work, Sent("wamid.1"))
    assert Message.get().state == "accepted"
    assert ParkedReceipt.select().count() == 1


def test_what_meta_holds_back_is_not_shown_as_on_its_way(store):
    message = after(Sent("wamid.1", message_status="held_for_quality_assessment"))
    assert (message.state, message.wamid) == ("accepted", "wamid.1")
    assert message.reason == "Meta holds it back to check the template's quality; it may come later or never."


@pytest.mark.parametrize("code", [131026, 131047, 100, 131008, 132005, 131050, 999999])
def test_what_will_never_work_has_failed(store, code):
    message = after(refused(code))
    assert (message.state, message.error_code, message.wamid) == ("failed", code, None)
    assert message.error_text == "No, says …."
    assert f"code {code}" in message.reason
    assert message_entries(message.order) == [("sending", "failed")]


def test_a_refusal_without_code_has_failed_with_its_http_status(store):
    message = after(GraphError(None, http_status=403))
    assert (message.state, message.error_code) == ("failed", None)
    assert "403" in message.error_text


@pytest.mark.parametrize("code", [132000, 132001, 132012, 132015, 132016])
def test_a_template_that_meta_does_not_take_holds_the_message(store, code):
    message = after(refused(code))
    assert (message.state, message.error_code) == ("held", code)
    assert message_entries(message.order) == [("sending", "held")]


@pytest.mark.parametrize("code", [1, 2, 131000, 131016, 133004])
def test_what_may_pass_is_tried_again_a_little_later(store, code):
    message = after(refused(code))
    assert (message.state, message.error_code, message.attempts) == ("queued", code, 1)
    assert timedelta(seconds=0.8) <= message.next_at - BACK <= timedelta(seconds=1.2)
    assert message_entries(message.order) == []


def test_a_wait_that_meta_asks_for_is_kept(store):
    assert after(refused(131000, retry_after=90.0)).next_at == BACK + timedelta(seconds=90)


def test_the_pair_of_number_and_customer_is_given_time(store):
    message = after(refused(131056), attempts=2)
    assert (message.state, message.attempts) == ("queued", 3)
    assert timedelta(seconds=12) < message.next_at - BACK < timedelta(seconds=20)


def test_waits_grow_but_not_for_ever():
    waits = [backoff(attempts, 900.0) for attempts in range(1, 12)]
    bases = [1, 4, 16, 64, 256, *[900] * 6]
    assert all(0.8 * base <= wait <= 1.2 * base for base, wait in zip(bases, waits, strict=True))
    assert len(set(waits)) == len(waits)


def test_after_enough_attempts_it_has_failed(store):
    message = after(refused(131000), attempts=MAX_ATTEMPTS - 1)
    assert (message.state, message.attempts) == ("failed", MAX_ATTEMPTS)


def test_a_number_that_is_too_fast_slows_down(store):
    message = after(refused(130429))
    assert (message.state, message.attempts, message.next_at) == ("queued", 0, BACK)
    assert Number.get().theoretical_at == BACK + timedelta(seconds=3)
    assert Number.get().paused_until is None
    assert claimed(now=BACK + timedelta(seconds=2)).works == []
    assert len(claimed(now=BACK + timedelta(seconds=3)).works) == 1


def test_many_that_were_too_fast_slow_the_number_down_once(store):
    number = a_telling_shop()
    for _ in range(8):
        waiting(number)
    for work in claimed().works:
        answered(work, refused(130429))
    assert Number.get().theoretical_at == BACK + timedelta(seconds=3)


def test_a_long_limit_is_shown_as_a_pause(store):
    after(refused(131048))
    assert Number.get().paused_until == BACK + timedelta(hours=1)
    assert "131048" in Number.get().paused_reason


@pytest.mark.parametrize("code", [0, 190, 10, 200, 131042, 131031])
def test_what_an_admin_has_to_mend_pauses_the_number_and_keeps_its_queue(store, code):
    message = after(refused(code))
    assert (message.state, message.attempts) == ("queued", 0)
    number = Number.get()
    assert number.paused_until == BACK + timedelta(minutes=5)
    assert f"code {code}" in number.paused_reason
    assert claimed(now=BACK + timedelta(minutes=4)).works == []
    assert len(claimed(now=BACK + timedelta(minutes=6)).works) == 1


def test_a_pause_is_told_once(store):
    number = a_telling_shop()
    for _ in range(5):
        waiting(number)
    with capture_logs() as logs:
        for work in claimed().works:
            answered(work, refused(190))
    errors = [(entry["event"], entry["numbers"]) for entry in logs if entry["log_level"] == "error"]
    assert errors == [("sending is paused", SHOP)]
    assert states() == ["queued"] * 5
    assert [alert.words.partition(".")[0] for alert in AdminAlert.select()] == [
        f"Nothing is sent from {SHOP} at the moment, and the queue is kept"
    ]


@pytest.mark.parametrize(
    ("code", "paused"),
    [
        (133010, ["A1"]),
        (190, ["A1", "A2"]),
        (80007, ["A1", "A2"]),
        (368, ["A1", "A2", "B1"]),
    ],
)
def test_what_concerns_more_than_the_number_pauses_them_all_and_is_told_once(store, code, paused):
    for name, waba, portfolio in (("A1", "A", "P"), ("A2", "A", "P"), ("B1", "B", "P"), ("C1", "C", "Q")):
        a_number(phone_number_id=name, waba=waba, portfolio=portfolio)
    first = Number.get(Number.phone_number_id == "A1")
    a_template(waba="A")
    a_trigger(first)
    waiting(first)
    [work] = claimed().works
    answered(work, refused(code))
    rows = Number.select().where(Number.paused_until.is_null(False)).order_by(Number.id)
    assert [row.phone_number_id for row in rows] == paused
    assert ", ".join(paused) in AdminAlert.get().words


def test_a_code_that_nobody_knows_is_told_to_the_admins_once(store):
    number = a_telling_shop()
    waiting(number), waiting(number), waiting(number)
    for work in claimed().works:
        answered(work, refused(999999))
    assert states() == ["failed"] * 3
    assert AdminAlert.get().words.startswith("Meta refuses messages with code 999999, which Wapto does not know.")


def test_a_receipt_with_a_code_that_nobody_knows_is_told_too(store):
    message = after(Sent("wamid.1"))
    fault = Fault(999999, "Odd", "Something new, says +5511988887777.")
    notices.apply_receipt(Receipt("wamid.1", "failed", LATER, callback=message.callback, errors=(fault,)), LATER)
    assert AdminAlert.get().words.endswith("Meta says: Something new, says ….")


def test_a_code_that_is_known_is_no_news_to_the_admins(store):
    after(refused(131026))
    assert AdminAlert.select().count() == 0


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_table_ends_as_its_remedy_says(sqlite_store, code):
    answer = refused(code)
    message = after(answer)
    assert message.state == ENDS[answer.remedy]
    assert f"code {code}" in message.reason
    assert (Number.get().paused_until is not None) == (
        answer.remedy in (Remedy.CONFIGURE, Remedy.TOKEN_DEAD)
        or (answer.remedy is Remedy.SLOW_NUMBER and (answer.retry_after or 0) >= 60)
    )


def test_the_admins_hear_when_a_paused_number_sends_again(store):
    waiting(a_telling_shop())
    answered(claimed().works[0], refused(190))
    answered(claimed(now=BACK + timedelta(minutes=6)).works[0], Sent("wamid.1"), now=BACK + timedelta(minutes=6))
    assert AdminAlert.get().words == f"Number {SHOP} sends again."


def test_a_success_ends_the_pause(store):
    waiting(a_telling_shop(paused_until=NOW, paused_reason="No credit."))
    [work] = claimed().works
    answered(work, Sent("wamid.1"))
    assert (Number.get().paused_until, Number.get().paused_reason) == (None, None)


def test_a_success_that_was_under_way_does_not_end_a_new_pause(store):
    number = a_telling_shop(paused_until=NOW, paused_reason="No credit.")
    waiting(number), waiting(number)
    first, second = claimed().works
    answered(first, refused(190))
    answered(second, Sent("wamid.1"))
    assert "190" in Number.get().paused_reason


def test_what_was_not_written_is_tried_again_for_as_long_as_it_takes(store):
    message = after(TryLater("Meta cannot be reached; nothing was sent."), attempts=50)
    assert (message.state, message.reason) == ("queued", "Meta cannot be reached; nothing was sent.")
    assert timedelta(seconds=20) < message.next_at - BACK < timedelta(seconds=40)


@pytest.mark.parametrize("answer", [OutcomeUnknown("Meta did not answer."), RuntimeError("a fault of ours")])
def test_what_may_have_been_written_is_in_doubt_and_never_repeated(store, answer):
    message = after(answer)
    assert (message.state, message.error_code) == ("unknown", None)
    assert message.reason.startswith("Meta may have it or not")
    assert claimed(now=LATER).works == []
    assert message_entries(message.order) == [("sending", "unknown")]


def test_what_cannot_even_be_written_has_failed(store):
    message = after(InvalidInput("A recipient needs a phone number or a WhatsApp user id."))
    assert (message.state, message.reason) == ("failed", "A recipient needs a phone number or a WhatsApp user id.")


def test_an_answer_to_an_attempt_that_was_given_up_sends_nothing_again(store):
    waiting(a_telling_shop())
    [work] = claimed().works
    Message.update(state="unknown", lease_until=None).execute()
    answered(work, refused(131000))
    assert Message.get().state == "unknown"
    answered(work, Sent("wamid.1"))
    assert (Message.get().state, Message.get().wamid) == ("accepted", "wamid.1")


def test_an_answer_that_was_recorded_before_changes_nothing_in_the_next_attempt(store):
    waiting(a_telling_shop())
    [work] = claimed().works
    answered(work, refused(190))
    Number.update(paused_until=None).execute()
    [again] = claimed(now=LATER).works
    answered(work, refused(190), now=LATER)
    assert (Message.get().state, Message.get().lease_until) == ("sending", again.lease)


def test_an_answer_that_cannot_be_recorded_does_not_keep_back_the_others(store):
    number = a_telling_shop()
    waiting(number, state="accepted", wamid="wamid.taken")
    waiting(number), waiting(number)
    first, second = claimed().works
    with transaction() as tx, capture_logs() as logs:
        record(tx, [Returned(first, Sent("wamid.taken")), Returned(second, Sent("wamid.2"))], BACK)
    assert states() == ["accepted", "sending", "accepted"]
    assert {entry["event"] for entry in logs} == {"answers from Meta could not be recorded"}


def test_the_customers_line_goes_on_after_an_answer(store):
    number, ana = a_telling_shop(), a_customer()
    waiting(number, ana), waiting(number, ana)
    [first] = claimed().works
    answered(first, Sent("wamid.1"))
    [second] = claimed().works
    assert second.message_id > first.message_id
