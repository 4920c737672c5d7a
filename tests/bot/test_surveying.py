"""From the hub of a delivered order the customer is asked how it was; form and command tell what came of it."""

import pytest

from sandbox.slack import NotPossible
from tests.desk.asked import a_review_template
from wapto.desk.surveys import answers as survey_answers
from wapto.desk.surveys import surveys
from wapto.desk.surveys.answers import Answer
from wapto.store.database import transaction
from wapto.store.models import Number, Survey

from .scene import TERMINAL
from .test_commands import answer
from .test_work import chosen, open_hub

BUTTON = "Ask how it was"


def delivered(scene):
    order, card = scene.card()
    scene.step(order, "delivered")
    scene.sync()
    return order, card


def test_an_agent_asks_and_the_customer_is_asked_once(scene):
    a_review_template()
    _order, card = delivered(scene)
    form = chosen(scene, card, BUTTON)
    scene.rui.submit(form, {})
    scene.slack.wait_for(lambda: Survey.get().asked_at is not None)
    form = chosen(scene, card, BUTTON)
    assert "has not answered" in scene.words(form)
    with pytest.raises(NotPossible):
        scene.rui.submit(form, {})
    assert scene.slack.complaints == []


def test_what_the_customer_answered_is_told(scene):
    a_review_template()
    order, card = delivered(scene)
    surveys.ask(order.id, actor=TERMINAL, now=scene.clock())
    with transaction():
        survey_answers.take(Answer(Survey.get(), 4, "<!here> lovely"), scene.clock())
    words = scene.words(chosen(scene, card, BUTTON))
    assert "The customer gave a score of *4/5*" in words
    assert words.endswith("here lovely")
    assert scene.slack.complaints == []


def test_why_says_that_nobody_was_asked_and_the_reason(scene):
    order, _card = delivered(scene)
    n = scene.view(order).number
    assert "is asked how it was from" in answer(scene, f"why {n}")
    Survey.update(state="skipped", reason="The customer wants <no> messages.").execute()
    assert answer(scene, f"why {n}").endswith(
        "The customer was not asked how it was: The customer wants <no> messages."
    )
    Survey.delete().execute()
    assert answer(scene, f"why {n}").endswith("The customer was not asked how it was.")


def test_an_open_order_offers_no_survey(scene):
    _order, card = scene.card()
    with pytest.raises(NotPossible):
        scene.rui.click(open_hub(scene, card), BUTTON)


def test_what_cannot_be_asked_is_refused_with_the_reason(scene):
    Number.update(survey_mode="off").execute()
    _order, card = delivered(scene)
    form = chosen(scene, card, BUTTON)
    scene.rui.submit(form, {})
    scene.slack.wait_for(lambda: "Surveys are switched off for this number" in scene.words(form))
    assert Survey.select().where(Survey.asked_at.is_null(False)).count() == 0
