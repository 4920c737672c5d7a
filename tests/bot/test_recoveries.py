"""A low score reaches the agent at once, stands in the thread with its facts, and ends with an outcome."""

from tests.desk.asked import a_review_template
from wapto.desk.orders import orders
from wapto.desk.surveys import answers as survey_answers
from wapto.desk.surveys import surveys
from wapto.desk.surveys.answers import Answer
from wapto.store.database import transaction
from wapto.store.models import Survey

from .scene import CHANNEL, TERMINAL


def scored(scene, score):
    """An order of Rui's whose customer was asked by him and answered with this score."""
    a_review_template()
    order, card = scene.card()
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.step(order, "delivered")
    surveys.ask(order.id, actor=TERMINAL, now=scene.clock())
    with transaction():
        survey_answers.take(Answer(Survey.get(), score, None), scene.clock())
    scene.later()
    scene.later()
    return order, card


def thread(scene, card):
    return "\n".join(scene.thread(card))


def test_a_high_score_is_told_and_nothing_more(scene):
    _, card = scored(scene, 5)
    assert "asked the customer how it was (waiting to be sent)" in thread(scene, card)
    assert "The customer gave a score of 5/5" in thread(scene, card)
    assert "Recovery" not in thread(scene, card)


def test_a_low_score_is_told_with_the_facts_and_to_the_agent(scene):
    _, card = scored(scene, 1)
    assert "⚠️ Recovery: the score is 1/5." in thread(scene, card)
    assert "Slowest step: Received → Delivered" in thread(scene, card)
    assert "Agent: Rui." in thread(scene, card)
    assert "The customer gave a low score" in scene.rui.dms[-1].text


def test_it_is_closed_with_an_outcome_once(scene):
    _, card = scored(scene, 1)
    post = next(
        post for post in scene.slack.channel(CHANNEL).thread(card.ts) if "[Close recovery]" in scene.words(post)
    )
    scene.rui.click(post, "Close recovery")
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {"What came of it": "Refunded", "In a few words": "by bank transfer"})
    scene.slack.wait_for(lambda: Survey.get().recovery == "closed")
    scene.later()
    scene.later()
    assert "Rui closed the recovery: refunded" in thread(scene, card)
    assert "by bank transfer" in thread(scene, card)
    assert Survey.get().closed_by == "Rui"
    assert scene.slack.complaints == []
