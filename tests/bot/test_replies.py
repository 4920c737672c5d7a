"""Replying to the customer is an explicit act, in three ways; each reply shows how far it came."""

import pytest

from bot import wording
from bot.typed import meant
from sandbox.graph.templates import template as definition
from sandbox.slack import NotPossible
from wapto.desk.assignment import agents
from wapto.desk.conversations import replies
from wapto.desk.notices import dispatch, messages
from wapto.desk.orders import orders
from wapto.desk.orders.timeline import Subject
from wapto.store.database import transaction
from wapto.store.models import Message, Note, Template

from ..desk.builders import a_template
from ..desk.playing import at_once
from .scene import CHANNEL, TERMINAL
from .test_commands import answer


def waiting(scene):
    """An order with its card, whose customer has asked something."""
    order, card = scene.card()
    scene.hear("when?", order)
    scene.later()
    return order, card


def write(scene, card, words="On <b>Tuesday</b> & more", user=None):
    """An agent writes in the thread of a card."""
    return (user or scene.rui).write(CHANNEL, words, thread=card.ts)


def moved(scene, state, **facts):
    with transaction() as tx:
        assert messages.move(tx, Message.get(), state, scene.clock(), **facts)


def sent(scene):
    return scene.slack.wait_for(Message.get_or_none)


def test_the_menu_of_a_card_opens_a_form_that_shows_until_when_it_can_be_answered(scene):
    order, card = waiting(scene)
    scene.rui.choose(card, "more", "Reply to customer…")
    form = scene.rui.wait_for_modal()
    assert "Free replies are possible until" in scene.words(form)
    until = int(replies.window_of(Subject(order.id)).timestamp())
    assert f"<!date^{until}^" in str(form.blocks)
    scene.rui.submit(form, {"What the customer reads": "On Tuesday.\nPromised."})
    assert scene.rui.modal is None
    assert sent(scene).text == "On Tuesday.\nPromised."


def test_a_form_that_is_sent_twice_writes_once(scene):
    _, card = waiting(scene)
    scene.rui.choose(card, "more", "Reply to customer…")
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {"What the customer reads": "On Tuesday."})
    form.open = True
    scene.rui.submit(form)
    assert Message.select().count() == 1


def test_outside_of_the_window_the_form_says_what_to_do(scene):
    _, card = scene.card()
    scene.rui.choose(card, "more", "Reply to customer…")
    form = scene.rui.wait_for_modal()
    assert replies.CLOSED in scene.words(form)
    with pytest.raises(NotPossible):
        scene.rui.submit(form)


def test_outside_of_the_window_a_template_that_needs_no_facts_can_be_chosen(scene):
    opener = definition("question", "en", "We have a question about your order. Please answer here.")
    a_template(opener)
    a_template()  # has placeholders
    a_template(opener | {"name": "sale"}, category="MARKETING")
    a_template(opener | {"name": "paused"}, status="PAUSED")
    _, card = scene.card()
    scene.rui.choose(card, "more", "Reply to customer…")
    form = scene.rui.wait_for_modal()
    assert wording.WINDOW_CLOSED in scene.words(form)
    options = [option["value"] for block in form.blocks for option in block.get("element", {}).get("options", [])]
    assert options == ["question"]
    scene.rui.submit(form, {"Template": "question"})
    message = Message.get()
    assert (message.template, message.language, message.state) == ("question", "en", "queued")
    scene.later()
    assert "Rui wrote to the customer (waiting to be sent)" in scene.thread(card)[-1]
    assert "We have a question about your order. Please answer here." in scene.thread(card)[-1]
    with transaction() as tx:
        [work] = dispatch.claim(tx, [scene.number.id], 8, scene.clock(), patient=True).works
    assert work.content["template"]["name"] == "question"


def test_a_template_that_was_paused_meanwhile_is_refused_in_the_form(scene):
    a_template(definition("question", "en", "We have a question about your order. Please answer here."))
    _, card = scene.card()
    scene.rui.choose(card, "more", "Reply to customer…")
    form = scene.rui.wait_for_modal()
    Template.update(status="PAUSED").execute()
    scene.rui.submit(form, {"Template": "question"})
    assert "is PAUSED at Meta" in scene.words(scene.rui.modal)
    assert Message.select().count() == 0


def test_a_window_that_closes_while_somebody_types_is_told_in_the_form(scene):
    _, card = waiting(scene)
    scene.rui.choose(card, "more", "Reply to customer…")
    form = scene.rui.wait_for_modal()
    scene.clock.skip(hours=24)
    scene.rui.submit(form, {"What the customer reads": "On Tuesday."})
    assert replies.CLOSED in scene.words(scene.rui.modal)
    assert Message.select().count() == 0


def test_who_may_only_look_cannot_reply(scene):
    order, card = waiting(scene)
    scene.vic.choose(card, "more", "Reply to customer…")
    assert scene.said_to(scene.vic) == wording.VIEWER
    assert answer(scene, f"reply {scene.view(order).number} hi", scene.vic) == wording.VIEWER
    scene.vic.shortcut(write(scene, card, user=scene.vic), "Send to customer")
    scene.slack.wait_for(lambda: len(scene.vic.ephemerals) == 3)
    assert Message.select().count() == 0


def test_the_command_replies_in_the_words_that_were_typed(scene):
    order, _ = waiting(scene)
    number = scene.view(order).number
    assert "It goes to the customer of" in answer(scene, f"reply {number} 1 < 2, says @bia")
    assert sent(scene).text == "1 < 2, says @bia"
    assert answer(scene, f"reply {number}") == "Write it like this: /wapto reply N TEXT"


def test_the_command_says_what_to_do_outside_of_the_window(scene):
    order, _ = scene.card()
    assert answer(scene, f"reply {scene.view(order).number} hi") == replies.CLOSED


def test_a_message_of_the_thread_is_sent_by_its_shortcut_after_a_look_and_once(scene):
    _, card = waiting(scene)
    written = write(scene, card, "On Tuesday, 1 < 2")
    for _ in range(2):
        scene.rui.shortcut(written, "Send to customer")
        form = scene.slack.wait_for(lambda: scene.rui.modal)
        scene.rui.submit(form)
    assert [message.text for message in Message.select()] == ["On Tuesday, 1 < 2"]


def test_thread_text_alone_stays_inside(scene):
    _, card = waiting(scene)
    write(scene, card)
    scene.slack.wait_for(lambda: Note.get_or_none())
    scene.later()
    assert Message.select().count() == 0


def test_a_message_elsewhere_cannot_be_sent(scene):
    scene.rui.shortcut(scene.rui.write(CHANNEL, "hello"), "Send to customer")
    assert scene.said_to(scene.rui) == wording.NO_THREAD
    _, card = waiting(scene)
    [post] = scene.slack.channel(CHANNEL).thread(card.ts)
    scene.rui.shortcut(post, "Send to customer")
    scene.slack.wait_for(lambda: scene.words(scene.rui.ephemerals[-1]) == wording.NOT_YOURS)


def test_a_message_under_an_order_of_somebody_else_is_not_offered_to_who_works_on_their_own(scene):
    order, card = waiting(scene)
    orders.assign(order.id, scene.agents[1].id, actor=TERMINAL, now=scene.clock())
    agents.change(scene.agents[0].id, {"scope": "own"})
    scene.rui.shortcut(write(scene, card), "Send to customer")
    assert "is with Bia, and you work on your own orders only" in scene.said_to(scene.rui)
    assert scene.rui.modal is None


def test_the_post_of_a_reply_shows_how_far_it_came(scene):
    order, card = waiting(scene)
    answer(scene, f"reply {scene.view(order).number} On Tuesday.")
    scene.later()
    assert "Rui wrote to the customer (waiting to be sent) · " in scene.thread(card)[-1]
    assert "On Tuesday." in scene.thread(card)[-1]
    for state, said in (("sent", "sent, not delivered yet"), ("delivered", "delivered"), ("read", "read")):
        moved(scene, state)
        scene.later()
        assert f"Rui wrote to the customer ({said})" in scene.thread(card)[-1]
    assert len(scene.thread(card)) == 2
    assert scene.slack.complaints == []


def test_the_post_of_a_reply_that_failed_says_why(scene):
    order, card = waiting(scene)
    answer(scene, f"reply {scene.view(order).number} On Tuesday.")
    moved(scene, "failed", reason="Contact the customer another way.")
    scene.later()
    assert "(not delivered) · Contact the customer another way." in scene.thread(card)[-1]


def test_a_post_that_moved_on_while_it_was_drawn_is_drawn_once_more(scene):
    order, card = waiting(scene)
    answer(scene, f"reply {scene.view(order).number} On Tuesday.")
    scene.later()
    scene.slack.faults.slow("chat.update", 0.5)
    moved(scene, "sent")
    scene.later()
    moved(scene, "read")
    scene.later()
    assert "(read)" in scene.thread(card)[-1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("hi <@U1RUI|rui>", "hi @rui"),
        ("see <https://a.example/b|a.example>", "see a.example"),
        ("see <https://a.example/b>", "see https://a.example/b"),
        ("<#C1|orders> <!here> &lt;3", "#orders @here <3"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
    ],
)
def test_what_slack_wrote_in_codes_is_sent_in_words(typed, words):
    assert meant(typed) == words


def test_who_edits_a_message_that_went_to_the_customer_hears_that_the_edit_does_not(scene):
    _, card = waiting(scene)
    written, other = write(scene, card, "On Tuesday."), write(scene, card, "a note")
    scene.rui.shortcut(written, "Send to customer")
    scene.rui.submit(scene.slack.wait_for(lambda: scene.rui.modal))
    scene.rui.edit(other, "another note")
    scene.rui.edit(written, "On Wednesday.")
    assert scene.said_to(scene.rui) == wording.EDIT_STAYS
    assert [message.text for message in Message.select()] == ["On Tuesday."]
    assert len(scene.rui.ephemerals) == 1


def test_two_agents_who_reply_at_once_are_both_heard(scene):
    _, card = waiting(scene)
    forms = []
    for user in (scene.rui, scene.bia):
        user.choose(card, "more", "Reply to customer…")
        forms.append((user, user.wait_for_modal()))
    values = {"What the customer reads": "On Tuesday."}
    at_once(*[lambda user=user, form=form: user.submit(form, values) for user, form in forms])
    scene.slack.wait_for(lambda: Message.select().count() == 2)
    scene.later()
    told = "".join(scene.thread(card))
    assert ("Rui wrote to the customer" in told, "Bia wrote to the customer" in told) == (True, True)
