"""What surely answers a survey is taken for an answer, however and whenever it comes; everything else is for people."""

from datetime import timedelta

import pytest

from tests.desk.asked import (
    NOON,
    TOMORROW,
    a_shop_that_asks_to_be_recommended,
    an_asking_shop,
    answers,
    asked,
    messages,
    survey_of,
)
from tests.desk.builders import an_agent
from tests.desk.playing import ADMIN, buy, step
from wapto.desk.assignment import late
from wapto.desk.conversations import replies
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Subject
from wapto.desk.surveys import recoveries, surveys
from wapto.errors import Conflict, InvalidInput, NotFound
from wapto.store.models import AdminAlert, Alert, Customer, Inquiry, Number, Order

LATER = TOMORROW + timedelta(hours=2)


@pytest.fixture
def shop(store):
    return an_asking_shop()


def score(order):
    return survey_of(order).score


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def tap(order, value):
    return f"wapto:survey:{survey_of(order).id}:{value}"


def test_a_tap_on_a_list_or_on_a_quick_reply_is_the_answer(shop):
    order = asked()
    answers(tap=tap(order, 4))
    assert (score(order), survey_of(order).state, survey_of(order).answered_at) == (4, "answered", TOMORROW)


@pytest.mark.parametrize("text", ["5", "5/5", "⭐⭐⭐⭐⭐", "very good", "Muito boa!", "fünf"])
def test_words_are_the_answer_while_nothing_else_was_written_since(shop, text):
    order = asked()
    answers(text)
    assert score(order) == 5


def test_a_quick_reply_that_sends_its_words_back_is_understood(shop):
    order = asked()
    answers("4", kind="button", quoting=f"wamid.ask{order.id}")
    assert score(order) == 4


def test_an_answer_opens_no_inquiry_and_stands_in_the_thread_of_the_order(shop):
    order = asked()
    answers("5")
    assert Inquiry.select().count() == 0
    assert kinds(order)[-3:] == ["wrote", "survey_score", "survey_thanks"]


def test_the_customer_is_thanked_once_and_asked_for_a_comment(shop):
    order = asked()
    answers("5")
    answers("4")
    _, thanks = messages(order)
    assert thanks.text.startswith("Thank you for your answer. What did you like")


def test_they_are_thanked_in_their_language(shop):
    order = asked()
    Customer.update(language="de").execute()
    answers("5")
    assert messages(order)[-1].text.startswith("Vielen Dank für Ihre Antwort.")


def test_the_comment_is_kept(shop):
    order = asked()
    answers("5")
    answers("Everything came in time, lovely", at=LATER)
    assert survey_of(order).comment == "Everything came in time, lovely"
    assert Inquiry.select().count() == 0


def test_a_comment_beside_the_score_is_kept_and_not_asked_for_again(shop):
    order = asked()
    answers("5, all was lovely")
    assert (score(order), survey_of(order).comment) == (5, "all was lovely")
    assert messages(order)[-1].text == "Thank you for your answer."


def test_a_question_is_no_comment(shop):
    order = asked()
    answers("5")
    answers("Do you also have it in blue?", at=LATER)
    assert survey_of(order).comment is None
    assert Inquiry.select().count() == 1


def test_a_comment_in_several_messages_is_kept_whole(shop):
    order = asked()
    answers("5")
    answers("Everything came in time", at=LATER)
    answers("and the shirt is lovely", at=TOMORROW + timedelta(minutes=30))
    assert survey_of(order).comment == "Everything came in time\nand the shirt is lovely"
    answers("I want three more", at=LATER)
    assert survey_of(order).comment.endswith("lovely")
    assert Inquiry.select().count() == 1


@pytest.mark.parametrize("words", ["where is my order", "Cadê o meu pedido"])
def test_who_asks_where_an_order_is_comments_on_nothing(shop, words):
    order = asked()
    answers(words, quoting=f"wamid.ask{order.id}")
    assert survey_of(order).comment is None
    assert Inquiry.select().count() == 1


def test_what_comes_long_after_the_score_is_no_comment(shop):
    order = asked()
    answers("5")
    answers("I would like three more", at=TOMORROW + timedelta(days=2))
    assert survey_of(order).comment is None


def test_a_corrected_score_counts_and_both_are_told(shop):
    order = asked()
    answers("2")
    answers("5", at=LATER)
    survey = survey_of(order)
    assert (survey.score, survey.answered_at) == (5, TOMORROW)
    moved = [(entry.before, entry.after) for entry in timeline.entries(order.id) if entry.kind == "survey_score"]
    assert moved == [(None, "2/5"), ("2", "5/5")]


def test_the_same_score_again_changes_nothing(shop):
    order = asked()
    answers("5")
    answers("5", at=LATER)
    assert kinds(order).count("survey_score") == 1


@pytest.mark.parametrize("late", [timedelta(days=20), timedelta(days=29)])
def test_a_late_answer_is_understood(shop, late):
    order = asked()
    answers("4", at=TOMORROW + late)
    assert score(order) == 4


def test_who_chooses_the_row_of_the_two_lowest_scores_is_asked_which(store):
    a_shop_that_asks_to_be_recommended()
    order = asked()
    answers("0–1", tap=tap(order, "0–1"))
    assert (score(order), survey_of(order).recovery) == (1, "open")
    which = messages(order)[-1]
    assert which.text == "Thank you for telling us. Is it 0 or 1?"
    assert [each["reply"]["title"] for each in which.content["interactive"]["action"]["buttons"]] == ["0", "1"]
    answers("0", tap=which.content["interactive"]["action"]["buttons"][0]["reply"]["id"])
    assert score(order) == 0
    assert messages(order)[-1].text.startswith("Thank you for telling us. We are sorry")
    answers("0–1", tap=tap(order, "0–1"))
    assert (score(order), len(messages(order))) == (0, 3)


@pytest.mark.parametrize(("words", "value"), [("0", 0), ("1", 1)])
def test_which_of_the_two_it_is_can_be_written_too(store, words, value):
    a_shop_that_asks_to_be_recommended()
    order = asked()
    answers("0–1", tap=tap(order, "0–1"))
    answers(words)
    assert score(order) == value
    assert "sorry" in messages(order)[-1].text


def test_after_a_month_only_a_tap_or_a_reply_to_it_is_an_answer(shop):
    order = asked()
    answers("4", at=TOMORROW + timedelta(days=31))
    assert score(order) is None
    answers("4", at=TOMORROW + timedelta(days=90), quoting=f"wamid.ask{order.id}")
    assert score(order) == 4


def test_once_an_agent_has_written_a_bare_number_is_for_the_agent(shop):
    order = asked()
    answers("Hello")
    replies.say(Subject(order.id), "How many shirts do you want?", actor=ADMIN, now=TOMORROW, key="k")
    answers("2")
    assert score(order) is None
    answers("4", quoting=f"wamid.ask{order.id}")
    assert score(order) == 4


@pytest.mark.parametrize("text", ["5 days late", "6", "hello", "where is my order?", "👍"])
def test_what_is_no_score_is_for_the_team(shop, text):
    order = asked()
    answers(text)
    assert score(order) is None
    assert Inquiry.select().count() == 1


def test_nobody_answers_for_somebody_else(shop):
    order = asked()
    Order.update(customer=Customer.create(name="Bea", created_at=TOMORROW)).execute()
    payload = tap(order, 1)
    type(survey_of(order)).update(customer=Order.get().customer).execute()
    answers(tap=payload)
    assert score(order) is None


@pytest.mark.parametrize(
    "payload", ["wapto:survey:1:9", "wapto:survey:1:0–1", "wapto:survey:99999:5", "wapto:survey:x:5"]
)
def test_a_tap_that_is_none_of_ours_is_no_answer(shop, payload):
    order = asked()
    answers("5 · Very good", tap=payload)
    assert score(order) is None


def test_an_answer_that_is_worked_on_after_the_window_is_kept_without_thanks(shop):
    order = asked()
    answers("5", taken_in=TOMORROW + timedelta(hours=30))
    assert score(order) == 5
    assert len(messages(order)) == 1


def low(agent=None):
    order = asked()
    if agent:
        Order.update(agent=agent).execute()
    answers("2")
    return order


def test_a_low_score_opens_a_recovery_that_tells_the_facts(shop):
    order = low(an_agent())
    assert survey_of(order).recovery == "open"
    [entry] = [entry for entry in timeline.entries(order.id) if entry.kind == "recovery"]
    assert entry.after == "2/5"
    assert entry.text == "Slowest step: Received → Confirmed, 6 h 0 min of 6 h 0 min. Agent: Rui."
    assert messages(order)[-1].text.startswith("Thank you for telling us. We are sorry")


def test_the_facts_name_the_step_that_was_late(shop):
    Number.update(promises={"received": 60}).execute()
    order = buy()
    late.cross_limits(NOON)
    late.cross_limits(NOON)
    step(order, "confirmed", "delivered", now=NOON)
    surveys.ask_due(TOMORROW)
    Order.update(eta="2026-11-20").execute()
    answers("1")
    [entry] = [entry for entry in timeline.entries(order.id) if entry.kind == "recovery"]
    assert entry.text.startswith("It was late while Received.")
    assert "promised for 2026-11-20 and delivered on 2026-11-25." in entry.text


def test_the_agent_is_told_and_without_one_the_admins(shop):
    agent = an_agent()
    low(agent)
    [alert] = Alert.select()
    assert (alert.agent_id, alert.trouble) == (agent.id, "recovery")
    assert AdminAlert.select().count() == 0


def test_the_admins_are_told_of_a_low_score_of_nobodys_order_until_it_is_settled(shop):
    order = low()
    assert "belongs to nobody" in AdminAlert.get().words
    recoveries.close(order.id, "refunded", actor=ADMIN, now=LATER)
    assert "is settled" in AdminAlert.get().words


def test_the_admins_are_told_where_the_agent_of_the_order_is_gone(shop):
    low(an_agent(gone_at=TOMORROW))
    assert Alert.select().count() == 0
    assert "belongs to nobody" in AdminAlert.get().words


def test_a_high_score_opens_none(shop):
    order = asked()
    answers("5")
    assert survey_of(order).recovery is None
    with pytest.raises(NotFound):
        recoveries.close(order.id, "refunded", actor=ADMIN, now=LATER)


def test_a_recovery_closes_only_with_an_outcome(shop):
    order = low()
    with pytest.raises(InvalidInput, match="outcomes"):
        recoveries.close(order.id, "whatever", actor=ADMIN, now=LATER)
    closed = recoveries.close(order.id, "replaced", "sent a new shirt", actor=ADMIN, now=LATER)
    assert (closed.recovery, closed.outcome, closed.closed_by) == ("closed", "replaced", "admin")
    [entry] = [entry for entry in timeline.entries(order.id) if entry.kind == "recovery_closed"]
    assert (entry.after, entry.text) == ("replaced", "sent a new shirt")
    with pytest.raises(Conflict, match="admin has closed it already: replaced or sent again"):
        recoveries.close(order.id, "refunded", actor=ADMIN, now=LATER)


def test_a_score_that_is_corrected_upwards_leaves_the_recovery_to_people(shop):
    order = low()
    answers("5", at=LATER)
    assert recoveries.open_orders() == [order.id]
    assert recoveries.open_orders(number_id=Number.get().id + 1) == []


def test_a_second_low_score_opens_no_second_recovery(shop):
    order = low()
    answers("1", at=LATER)
    assert kinds(order).count("recovery") == 1


def test_a_new_cart_of_the_customer_does_not_hide_the_survey(shop):
    order = asked()
    newer = buy()
    answers("4")
    assert score(order) == 4
    assert step(newer, "confirmed").status == "confirmed"
