"""Quick replies in the form of a reply: chosen words follow what is typed, and are sent only by the agent's own act."""

from bot import wording
from wapto.desk.conversations import quick_replies
from wapto.store.models import Message

from .test_replies import waiting

LABEL = wording.REPLY_TEXT


def opened(scene):
    quick_replies.put("Pix", "Hi {customer.first_name}, our key is pay@shop.example.", now=scene.clock())
    _, card = waiting(scene)
    scene.rui.choose(card, "more", wording.REPLY_MENU)
    return scene.rui.wait_for_modal()


def typed(form):
    [field] = [block["element"] for block in form.blocks if block["type"] == "input"]
    return field.get("initial_value")


def pick(scene, form):
    before = form.hash
    scene.rui.choose(form, "quick_reply", "Pix: Hi {customer.first_name}, our key is pay@shop.example.")
    scene.slack.wait_for(lambda: form.hash != before)


def test_its_words_stand_in_the_form_and_are_sent_when_the_form_is(scene):
    form = opened(scene)
    pick(scene, form)
    assert typed(form) == "Hi Ana, our key is pay@shop.example."
    assert Message.select().count() == 0
    scene.rui.submit(form)
    assert scene.slack.wait_for(Message.get_or_none).text == "Hi Ana, our key is pay@shop.example."


def test_what_was_typed_stays_above_it(scene):
    form = opened(scene)
    scene.rui.fill(form, {LABEL: "One moment."})
    pick(scene, form)
    assert typed(form) == "One moment.\nHi Ana, our key is pay@shop.example."
    scene.rui.submit(form, {LABEL: " "})
    assert list(form.errors.values()) == ["A reply needs some words."]


def test_without_any_there_is_no_menu(scene):
    _, card = waiting(scene)
    scene.rui.choose(card, "more", wording.REPLY_MENU)
    assert "actions" not in [block["type"] for block in scene.rui.wait_for_modal().blocks]
