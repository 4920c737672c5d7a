"""What surveys came to is summed up alike on both engines."""

from datetime import timedelta

from tests.desk.asked import TOMORROW, an_asking_shop, answers, asked
from tests.desk.builders import an_agent
from wapto.desk.surveys import report as survey_report
from wapto.desk.surveys import surveys
from wapto.store.models import Order, Survey


def test_every_grouping_and_the_glance(store):
    shop = an_asking_shop(survey_rest_days=0)
    first = asked()
    answers("5, lovely")
    Order.update(agent=an_agent(), eta="2026-11-24").where(Order.id == first.id).execute()
    second = asked(TOMORROW + timedelta(hours=1))
    answers("1", at=TOMORROW + timedelta(hours=1))
    groups = {by: [(one.group, one.answered) for one in survey_report.report(by)] for by in survey_report.BY}
    assert groups["agent"] == [("Rui", 1), ("nobody", 1)]
    assert groups["lateness"] == [("late", 1), ("on time", 1)]
    assert groups["number"] == [(shop.phone_number_id, 2)]
    assert groups["week"] == [("2026-W48", 2)]
    assert groups["sku"] == [("CUP", 2)]
    [whole] = survey_report.report()
    assert (whole.asked, whole.answered, whole.low, whole.response_rate, whole.score.value) == (2, 2, 1, 100, 50)
    glance = survey_report.glance(shop.id)
    assert (glance.open_recoveries, [row.id for row in glance.oldest]) == (1, [second.id])


def test_what_did_not_arrive_was_not_sent_and_counts_for_nothing(store):
    an_asking_shop()
    order = asked()
    message = Survey.get().message
    type(message).update(state="failed", reason="Meta says no.").execute()
    row = survey_report.of_order(order.id)
    assert (row.state, row.reason) == ("not_sent", "Meta says no.")
    assert [one.order for one in survey_report.listing(state="not_sent", limit=9)] == [row.order]
    assert survey_report.report() == []
    assert surveys.of_order(order.id).state == "asked"
