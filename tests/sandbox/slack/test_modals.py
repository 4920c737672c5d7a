"""Modals in an agent's hands: what the client lets pass, and what the app may answer."""

import json

import pytest

from sandbox.slack import BadAnswer, NotPossible
from tests.bot.payloads import (
    SHIP,
    actions,
    button,
    field,
    modal,
    mrkdwn,
    number,
    option,
    plain,
    section,
    select,
)
from tests.sandbox.slack.acts import as_json, post, show

# Modals (reference §5, §8.2-27, 29, 31)


def test_a_click_opens_a_modal_and_its_submission_carries_the_values(slack, bolt, ana):
    heard = []
    bolt.action("ship")(lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=SHIP)))
    bolt.view("ship")(lambda ack, view: (ack(), heard.append(view)))
    ana.click(post(slack, actions(button("ship"))), "ship")
    view = ana.wait_for_modal()
    ana.submit(view, {"Number": "BR123", "url": "https://track.example/1", "fee": "9.50", "who": "U2", "Reason": "Ana"})
    (sent,) = slack.wait_for(lambda: heard)
    values = {action: value for block in sent["state"]["values"].values() for action, value in block.items()}
    assert values == {
        "number": {"type": "plain_text_input", "value": "BR123"},
        "url": {"type": "url_text_input", "value": "https://track.example/1"},
        "eta": {"type": "datepicker", "selected_date": None},
        "fee": {"type": "number_input", "value": "9.50"},
        "who": {"type": "users_select", "selected_user": "U2"},
        "why": {"type": "radio_buttons", "selected_option": option()},
    }
    assert json.loads(sent["private_metadata"]) == {"order": 1, "version": 3}
    assert ana.modal is None


WHOLE = field(number(is_decimal_allowed=False, min_value="1", max_value="9"), block_id="count", label=plain("Count"))


@pytest.mark.parametrize(
    ("block", "value", "words"),
    [
        (field(), None, "“Number” is required"),
        (field(), "", "“Number” is required"),
        (field({"type": "plain_text_input", "action_id": "number", "min_length": 3}), "ab", "must have 3 to 3000"),
        (field({"type": "plain_text_input", "action_id": "number", "max_length": 3}), "abcd", "must have 0 to 3"),
        (WHOLE, "1.5", "must be a whole number"),
        (WHOLE, "10", "must be from 1 to 9"),
        (WHOLE, "many", "“many” does not fit a number_input"),
        (field({"type": "url_text_input", "action_id": "number"}), "shop.com", "does not fit a url_text_input"),
        (field({"type": "email_text_input", "action_id": "number"}), "ana", "does not fit a email_text_input"),
        (field({"type": "datepicker", "action_id": "number"}), "24/11/2026", "does not fit a datepicker"),
        (field(select()), "Cid", "“Cid” is not among"),
    ],
)
def test_the_client_lets_no_bad_input_pass(slack, bolt, ana, block, value, words):
    view = show(slack, modal(block))
    with pytest.raises(NotPossible, match=words):
        ana.submit(view, {block["label"]["text"]: value})
    assert view.open


def test_only_the_modal_in_front_is_submitted(slack, bolt, ana):
    view = show(slack)
    slack.views.push(view, modal(section()))
    with pytest.raises(NotPossible, match="“Ship” is not in front"):
        ana.submit(view)
    notice = modal(section())
    del notice["submit"]
    with pytest.raises(NotPossible, match="nothing to send it with"):
        ana.submit(slack.views.push(view, notice))


READY = {"Number": "BR1"}


def test_errors_stand_under_their_inputs_and_the_modal_stays(slack, answer, ana):
    view = show(slack, modal(field()))
    as_json(answer, {"response_action": "errors", "errors": {"tracking": "Too short"}})
    ana.submit(view, READY)
    assert (ana.modal, view.errors) == (view, {"tracking": "Too short"})


def test_a_modal_may_be_updated_pushed_or_cleared(slack, answer, ana):
    view = show(slack, modal(field()))
    as_json(answer, {"response_action": "update", "view": modal(title=plain("Sure?"))})
    ana.submit(view, READY)
    assert (ana.modal, view.title) == (view, "Sure?")
    as_json(answer, {"response_action": "push", "view": modal(title=plain("Really?"))})
    ana.submit(view, READY)
    assert (ana.modal.title, ana.modal.previous_id, ana.modal.root_id) == ("Really?", view.id, view.id)
    as_json(answer, {"response_action": "clear"})
    ana.submit(ana.modal, READY)
    assert ana.modal is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"response_action": "errors", "errors": {"number": "by action_id"}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {}}, "invalid_errors"),
        ({"response_action": "update"}, "missing required field: view"),
        ({"response_action": "push", "view": modal(title=plain("x" * 25))}, "json-pointer:/view/title/text"),
        ({"response_action": "vanish"}, "invalid_response_action"),
        ([], "not a JSON object"),
    ],
)
def test_an_answer_to_a_submission_that_slack_cannot_follow_is_a_complaint(slack, answer, ana, said, words):
    as_json(answer, said)
    with pytest.raises(BadAnswer, match=words):
        ana.submit(show(slack, modal(field())), READY)


def test_modals_are_stacked_three_deep(slack, answer, ana):
    view = show(slack, modal(field()))
    as_json(answer, {"response_action": "push", "view": modal(field())})
    ana.submit(view, READY)
    ana.submit(ana.modal, READY)
    with pytest.raises(BadAnswer, match="push_limit_reached"):
        ana.submit(ana.modal, READY)


def test_words_instead_of_json_are_a_complaint(slack, answer, ana):
    answer("thank you")
    with pytest.raises(BadAnswer, match="not a JSON object"):
        ana.submit(show(slack, modal(field())), READY)


def test_closing_is_told_to_those_who_asked(slack, bolt, ana):
    heard = []
    bolt.view_closed("ship")(lambda ack, view: (ack(), heard.append(view["callback_id"])))
    ana.close(show(slack))
    ana.close(show(slack, modal()))
    assert slack.wait_for(lambda: heard) == ["ship"]
    assert ana.modal is None


# Suggestions (reference §3.2)

FIND = {"type": "external_select", "action_id": "sku", "min_query_length": 2}


def test_typing_brings_suggestions_of_the_app(slack, bolt, ana):
    bolt.options("sku")(lambda ack: ack(options=[option("1", "red mug")]))
    view = show(slack, modal(field(FIND)))
    assert ana.suggest(view, "sku", "red") == [option("1", "red mug")]
    with pytest.raises(NotPossible, match="too short"):
        ana.suggest(view, "sku", "r")
    ana.fill(view, {"sku": "red mug"})
    assert view.typed["tracking", "sku"]["selected_option"]["value"] == "1"


def test_more_suggestions_than_slack_shows_are_a_complaint(slack, answer, ana):
    as_json(answer, {"options": [option(str(i)) for i in range(101)]})
    with pytest.raises(BadAnswer, match="/options must have 0 to 100 items"):
        ana.suggest(show(slack, modal(field(FIND))), "sku", "red")


def test_a_view_is_read_with_its_labels_and_controls(slack):
    view = show(slack, modal(section(text=mrkdwn("for <@U1> &amp; <!date^1764036000^{time}|10:00>")), field()))
    assert slack.plain_text(view).splitlines() == ["Ship", "for @Ana & 10:00", "Number", "[plain_text_input]"]
