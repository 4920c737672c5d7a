"""One survey of each delivered order, in the customer's daytime, or the reason why not."""

from datetime import timedelta
from functools import partial

import pytest

from tests.desk.asked import (
    NOON,
    TOMORROW,
    a_review_template,
    a_shop_that_asks_to_be_recommended,
    a_starter_template,
    an_asking_shop,
    answers,
    asked,
    delivered,
    messages,
    survey_of,
)
from tests.desk.builders import NOW, an_agent
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step
from wapto.desk import numbers
from wapto.desk.customers import forgetting, privacy
from wapto.desk.notices import optouts
from wapto.desk.notices.dispatch import claim, numbers_with_work
from wapto.desk.notices.messages import move
from wapto.desk.orders.timeline import Actor
from wapto.desk.surveys import surveys
from wapto.desk.templates import starter
from wapto.errors import InvalidInput, Refused
from wapto.store.database import transaction
from wapto.store.models import Alert, Customer, Order, Survey


@pytest.fixture
def shop(store):
    return an_asking_shop()


def test_a_delivered_order_is_asked_about_a_day_later(shop):
    order = delivered()
    surveys.ask_due(TOMORROW - timedelta(minutes=1))
    assert messages(order) == []
    surveys.ask_due(TOMORROW)
    [message] = messages(order)
    assert (message.template, message.language, message.state) == (surveys.TEMPLATES["review"], "en", "queued")
    assert survey_of(order).state == "asked"


def test_the_template_is_filled_and_its_quick_replies_say_which_score_of_which_survey(shop):
    order = asked()
    [message] = messages(order)
    assert "from Loja" in message.text
    assert sent_back(message) == [f"wapto:survey:{survey_of(order).id}:{score}" for score in (5, 4, 3, 2, 1)]


def sent_back(message):
    """The payloads of the quick replies."""
    return [part["parameters"][0]["payload"] for part in message.components if part["type"] == "button"]


def test_it_is_asked_once_however_often_one_looks_and_delivers(shop):
    order = asked()
    surveys.ask_due(TOMORROW + timedelta(hours=1))
    surveys.plan(order, ADMIN, TOMORROW)
    surveys.ask_due(TOMORROW + timedelta(days=2))
    assert len(messages(order)) == 1


def test_in_the_window_a_list_of_scores_is_sent_instead(shop):
    order = delivered()
    answers("Hello", at=TOMORROW - timedelta(hours=1))
    surveys.ask_due(TOMORROW)
    [message] = messages(order)
    interactive = message.content["interactive"]
    assert interactive["type"] == "list"
    titles = [row["title"] for row in interactive["action"]["sections"][0]["rows"]]
    assert titles == ["5 · very good", "4 · good", "3 · okay", "2 · poor", "1 · very poor"]
    assert message.template is None


def test_in_a_list_eleven_scores_share_ten_rows(store):
    a_shop_that_asks_to_be_recommended()
    order = delivered()
    answers("Hello", at=TOMORROW - timedelta(hours=1))
    surveys.ask_due(TOMORROW)
    rows = messages(order)[0].content["interactive"]["action"]["sections"][0]["rows"]
    assert [row["title"] for row in rows] == [*map(str, range(10, 1, -1)), "0–1"]
    assert "from 0 " in messages(order)[0].text


def test_the_starter_packs_quick_replies_reach_from_0_to_10(store):
    a_shop_that_asks_to_be_recommended()
    order = asked()
    [message] = messages(order)
    assert message.template == "wapto_nps_request"
    assert "recommend Loja to a friend" in message.text
    scores = [payload.rpartition(":")[2] for payload in sent_back(message)]
    assert scores == [*map(str, range(10, 1, -1)), "0–1"]


def test_the_starter_packs_request_for_a_review_has_a_quick_reply_for_each_score(store):
    a_starter_template(starter.REVIEW, "de")
    a_shop(language="de", survey="csat")
    order = asked()
    [message] = messages(order)
    assert "[5 · sehr gut]" in message.text
    assert sent_back(message) == [f"wapto:survey:{survey_of(order).id}:{score}" for score in (5, 4, 3, 2, 1)]


def test_who_is_asked_to_recommend_is_never_asked_with_the_template_for_reviews(store):
    an_asking_shop(survey="nps")
    assert "“wapto_nps_request” is not approved" in reason(delivered())


def test_at_night_it_waits_for_the_morning_of_the_customer(shop):
    order = delivered(NOON + timedelta(hours=9))  # midnight in São Paulo
    surveys.ask_due(TOMORROW + timedelta(hours=9))
    assert survey_of(order).state == "waiting"
    morning = survey_of(order).due_at
    assert morning == TOMORROW.replace(day=TOMORROW.day + 1, hour=12, minute=0)
    surveys.ask_due(morning)
    assert survey_of(order).state == "asked"


def reason(order, now=TOMORROW):
    surveys.ask_due(now)
    survey = survey_of(order)
    assert (survey.state, messages(order)) == ("skipped", [])
    return survey.reason


def test_a_returned_order_is_not_asked_about(shop):
    order = step(delivered(), "returned", reason="too small")
    assert "Returned by now" in reason(order)


def test_a_cancelled_order_has_no_survey(shop):
    step(buy(), "cancelled", reason="no stock")
    assert Survey.select().count() == 0


def test_an_order_that_closed_by_itself_is_not_asked_about(shop):
    order = delivered(actor=Actor("wapto", "schedule"))
    assert "closed by itself" in reason(order)


def test_nor_by_hand(shop):
    order = delivered(actor=Actor("wapto", "schedule"))
    with pytest.raises(Refused, match="closed by itself"):
        surveys.ask(order.id, actor=ADMIN, now=NOON)


def test_what_one_survey_fails_on_keeps_no_other_from_being_asked(shop):
    broken, fine = delivered(), delivered()
    Order.update(customer=Customer.create(name="Bea", created_at=NOW)).where(Order.id == broken.id).execute()
    surveys.ask_due(TOMORROW)
    assert [survey_of(order).state for order in (broken, fine)] == ["skipped", "asked"]


def test_a_customer_rests_between_two_surveys(shop):
    asked()
    later = delivered(TOMORROW + timedelta(hours=1))
    assert "left alone" in reason(later, TOMORROW + timedelta(days=2))


def test_after_the_rest_they_are_asked_about_the_next_order(shop):
    asked()
    later = delivered(TOMORROW + timedelta(days=31))
    surveys.ask_due(TOMORROW + timedelta(days=32))
    assert survey_of(later).state == "asked"


def test_of_two_orders_due_at_once_one_is_asked_about(shop):
    first, second = delivered(), delivered()
    surveys.ask_due(TOMORROW)
    assert [survey_of(order).state for order in (first, second)] == ["asked", "skipped"]


def test_of_two_that_agents_ask_at_the_same_moment_one_is_asked(postgres_store):
    an_asking_shop()
    orders = [delivered(), delivered()]
    done = at_once(*[partial(surveys.ask, order.id, actor=ADMIN, now=NOON) for order in orders])
    assert Survey.select().where(Survey.asked_at.is_null(False)).count() == 1
    [refusal] = [one for one in done if isinstance(one, Refused)]
    assert "The customer was asked on 2026-11-25" in str(refusal)


def test_without_an_approved_template_nobody_is_asked_by_itself(store):
    a_shop()
    a_review_template(status="PENDING")
    assert "not approved" in reason(delivered())


def test_without_the_template_in_the_customers_language_the_reason_says_so(store):
    a_shop(language="pt_BR")
    a_review_template()
    assert "no template" in reason(delivered())


def test_who_wants_no_marketing_is_not_asked(shop):
    order = delivered()
    optouts.stop(order.customer_id, optouts.PREFERENCE, NOW)
    assert "wants no marketing" in reason(order)


def test_where_it_is_switched_off_nothing_is_planned(store):
    an_asking_shop(survey_mode="off")
    order = delivered()
    assert Survey.select().count() == 0
    with pytest.raises(Refused, match="switched off"):
        surveys.ask(order.id, actor=ADMIN, now=NOON)


def test_by_hand_it_is_asked_at_once_and_only_once(store):
    an_asking_shop(survey_mode="manual")
    order = delivered()
    surveys.ask_due(TOMORROW)
    assert Survey.select().count() == 0
    surveys.ask(order.id, actor=ADMIN, now=NOON)
    assert survey_of(order).state == "asked"
    assert survey_of(order).delivered_at == NOON
    with pytest.raises(Refused, match="asked already"):
        surveys.ask(order.id, actor=ADMIN, now=NOON)
    assert len(messages(order)) == 1


def test_an_open_order_is_not_asked_about_by_hand(shop):
    order = buy()
    with pytest.raises(Refused, match="Received by now"):
        surveys.ask(order.id, actor=ADMIN, now=NOON)
    assert Survey.select().count() == 0


def test_an_order_delivered_anew_before_it_was_asked_about_is_asked_once(shop):
    order = step(delivered(), "out_for_delivery", reason="it came back", now=NOON + timedelta(hours=1))
    step(order, "delivered", now=NOON + timedelta(hours=2))
    surveys.ask_due(TOMORROW + timedelta(hours=1))
    assert survey_of(order).state == "waiting"
    surveys.ask_due(TOMORROW + timedelta(hours=2))
    assert len(messages(order)) == 1


def test_a_placeholder_that_nothing_is_known_for_is_a_reason(store):
    a_shop()
    a_review_template(components=[{"type": "BODY", "text": "Dear {{nickname}}, how was it? Thank you."}])
    assert "nickname" in reason(delivered())


def test_the_settings_of_a_number_are_checked(shop):
    wanted = {"survey": "nps", "survey_mode": "manual", "survey_delay_minutes": "60", "survey_rest_days": "7"}
    changed = numbers.change(shop, wanted | {"survey_template": "ask_nps"})
    assert (changed.survey, changed.survey_mode, changed.survey_template) == ("nps", "manual", "ask_nps")
    assert (changed.survey_delay_minutes, changed.survey_rest_days) == (60, 7)
    for faulty in ({"survey": "stars"}, {"survey_mode": "maybe"}, {"survey_rest_days": "x"}):
        with pytest.raises(InvalidInput):
            numbers.change(shop, faulty)


def test_a_survey_that_does_not_arrive_alarms_nobody(shop):
    agent = an_agent()
    order = delivered()
    Order.update(agent=agent).execute()
    surveys.ask_due(TOMORROW)
    with transaction() as tx:
        assert move(tx, messages(order)[0], "failed", TOMORROW, reason="Meta says no.")
    assert Alert.select().count() == 0


def test_it_leaves_for_meta_like_any_message(shop):
    order = delivered()
    surveys.ask_due(TOMORROW)
    with transaction() as tx:
        [work] = claim(tx, numbers_with_work(TOMORROW), 10, TOMORROW, patient=True).works
    assert work.message_id == messages(order)[0].id
    assert work.content["template"]["name"] == surveys.TEMPLATES["review"]


def test_of_whoever_is_forgotten_the_score_stays_without_its_words_and_nobody_is_asked(shop):
    told, waiting = asked(), delivered(TOMORROW)
    answers("4, the blue one of Zebedeu fits")
    forgetting.forget(told.customer_id, actor=ADMIN, now=TOMORROW)
    surveys.ask_due(TOMORROW + timedelta(days=40))
    assert (survey_of(told).score, survey_of(told).comment) == (4, None)
    assert (survey_of(waiting).state, messages(waiting)) == ("skipped", [])
    assert "is known for this number" in survey_of(waiting).reason
    assert privacy.found(["Zebedeu"]) == []
