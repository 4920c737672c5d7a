"""`wapto surveys`: what customers said, summed up, and what is done about low scores."""

import pytest

from tests.desk.asked import (
    TOMORROW,
    a_review_template,
    a_starter_template,
    an_asking_shop,
    answers,
    asked,
    delivered,
)
from tests.desk.builders import an_agent
from tests.desk.playing import ADMIN, a_shop
from wapto.desk.orders import timeline
from wapto.desk.surveys import report as survey_report
from wapto.desk.surveys import surveys
from wapto.desk.templates import starter
from wapto.domain.identity import order_number
from wapto.store.models import Message, Number, Order


@pytest.fixture
def shop(wapto):
    return an_asking_shop(survey_rest_days=0)


def answered(score, **changes):
    """A delivered order whose customer gave this score."""
    order = asked()
    if changes:
        Order.update(changes).where(Order.id == order.id).execute()
    answers(str(score), quoting=f"wamid.ask{order.id}")
    return order


def test_a_survey_is_listed_with_score_and_comment(wapto, shop):
    order = answered("5, lovely")
    [row] = wapto.json("surveys", "list")
    assert (row["order"], row["kind"], row["state"]) == (order_number(order.id), "review", "answered")
    assert (row["score"], row["comment"], row["recovery"]) == (5, "lovely", None)
    assert row["asked_at"] == "2026-11-26T15:00:00Z"


def test_why_a_survey_was_not_sent_is_told(wapto):
    a_shop()
    delivered()
    surveys.ask_due(TOMORROW)
    [row] = wapto.json("surveys", "list", "--state", "not_sent")
    assert "is not approved" in row["reason"]


def test_a_survey_that_did_not_arrive_is_not_sent(wapto, shop):
    asked()
    Message.update(state="failed", reason="No WhatsApp on this number.").execute()
    [row] = wapto.json("surveys", "list", "--state", "not_sent")
    assert (row["state"], row["reason"]) == ("not_sent", "No WhatsApp on this number.")
    assert wapto.json("surveys", "report") == []


def test_surveys_are_summed_up_with_response_rate_and_bounds(wapto, shop):
    for score in (5, 4, 2):
        answered(score)
    asked()
    [row] = wapto.json("surveys", "report")
    assert (row["asked"], row["answered"], row["response_rate"], row["low_scores"]) == (4, 3, 75, 1)
    assert (row["score"], row["from"], row["to"]) == (67, 21, 94)


def groups(wapto, by):
    return {row["group"]: row["answered"] for row in wapto.json("surveys", "report", "--by", by)}


def test_they_are_told_apart_by_agent_number_sku_lateness_and_week(wapto, shop):
    rui = an_agent()
    late = answered(5, agent=rui)
    timeline.record(late.id, "late", ADMIN, TOMORROW)
    answered(1)
    Order.update(eta="2026-11-25").where(Order.id != late.id).execute()
    assert groups(wapto, "agent") == {"Rui": 1, "nobody": 1}
    assert groups(wapto, "number") == {shop.phone_number_id: 2}
    assert groups(wapto, "lateness") == {"late": 1, "on time": 1}
    Order.update(eta="2026-11-24").where(Order.id != late.id).execute()
    assert groups(wapto, "lateness") == {"late": 2}
    assert groups(wapto, "week") == {"2026-W48": 2}
    assert set(groups(wapto, "sku").values()) == {2}


def test_only_a_time_and_a_number_are_summed_up(wapto, shop):
    answered(5)
    assert wapto.json("surveys", "report", "--since", "2026-11-27") == []
    assert wapto.json("surveys", "report", "--until", "2026-11-26") == []
    assert len(wapto.json("surveys", "report", "--number", shop.phone_number_id)) == 1


def test_different_kinds_are_never_mixed(wapto, shop):
    answered(5)
    a_starter_template(starter.NPS)
    Number.update(survey="nps").execute()
    answered(10)
    rows = {row["kind"]: row["score"] for row in wapto.json("surveys", "report")}
    assert rows == {"nps": 100, "review": 100}


def test_a_customer_is_asked_by_hand(wapto):
    a_shop(survey_mode="manual")
    a_review_template()
    order = delivered()
    row = wapto.json("surveys", "ask", order_number(order.id))
    assert row["state"] == "asked"
    assert wapto("surveys", "ask", order_number(order.id)).err == (
        f"The customer of {order_number(order.id)} was asked already.\n"
    )


def test_a_recovery_is_closed_with_its_outcome(wapto, shop):
    order = answered(1)
    [row] = wapto.json("surveys", "list", "--recovery", "open")
    assert row["score"] == 1
    closed = wapto.json("surveys", "close", order_number(order.id), "--outcome", "replaced", "--words", "sent again")
    assert (closed["recovery"], closed["outcome"]) == ("closed", "replaced")
    assert wapto("surveys", "close", order_number(order.id), "--outcome", "shrug").code == 2


def test_the_latest_are_summed_up_for_one_number(wapto, shop):
    answered(5)
    answered(1)
    glance = survey_report.glance(shop.id)
    assert (glance.groups[0].asked, glance.open_recoveries) == (2, 1)
    assert survey_report.glance(shop.id + 1).groups == ()
