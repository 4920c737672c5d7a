"""Commands, response_url and events."""

import json

import pytest
import requests
from slack_sdk.webhook import WebhookClient

from sandbox.slack import BadAnswer, NotPossible, Slack
from tests.bot.payloads import (
    HOME,
    actions,
    button,
    field,
    home,
    message,
    plain,
    section,
    typed,
)
from tests.sandbox.slack.acts import as_json, post

# Commands (reference §2, §8.2-31, 34)


def test_a_command_arrives_with_ids_for_names_and_entities_for_signs(slack, bolt, ana):
    heard = []
    bolt.command("/wapto")(lambda ack, body: (ack(), heard.append(body)))
    ana.command("/wapto", "assign W-7KQ2 @bea in #orders a<b & @nobody")
    (body,) = slack.wait_for(lambda: heard)
    assert body["text"] == "assign W-7KQ2 <@U2|bea> in <#C1|orders> a&lt;b &amp; @nobody"
    assert (body["command"], body["user_id"], body["channel_id"]) == ("/wapto", "U1", "C1")


def test_the_answer_to_a_command_is_seen_by_its_author_alone(slack, bolt, ana):
    bolt.command("/wapto")(lambda ack: ack(text="3 orders", blocks=[section()]))
    ana.command("/wapto", "list")
    assert [each.text for each in ana.ephemerals] == ["3 orders"]
    assert slack.ephemerals("U2") == []
    assert slack.channel("C1").messages == []


def test_an_answer_in_channel_is_seen_by_all(slack, answer, ana):
    as_json(answer, {"text": "3 orders", "response_type": "in_channel"})
    ana.command("/wapto", "list")
    assert [each.text for each in slack.channel("C1").messages] == ["3 orders"]


@pytest.mark.parametrize(
    "said",
    [message(section(text=plain(""))), {"text": "x" * 4001}, {"words": "hello"}, ["hello"], {"text": "<@U9>"}],
)
def test_an_answer_to_a_command_that_breaks_a_limit_is_a_complaint(slack, answer, ana, said):
    as_json(answer, said)
    with pytest.raises(BadAnswer, match="invalid_command_response"):
        ana.command("/wapto", "list")
    assert ana.ephemerals == []


def test_there_are_no_commands_in_threads_nor_where_one_is_not(slack, bolt, ana):
    with pytest.raises(NotPossible, match="no commands in threads"):
        ana.command("/wapto", thread=post(slack).ts)
    with pytest.raises(NotPossible, match="Ana is not in C9"):
        ana.command("/wapto", channel="C9")


MANIFEST = {
    "features": {"slash_commands": [{"command": "/wapto", "should_escape": False}]},
    "oauth_config": {"scopes": {"bot": ["commands"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
}


def test_only_commands_and_events_of_the_manifest_exist(answer):
    with Slack(manifest=MANIFEST) as slack:
        hands = slack.add_user("U1", "Ana")
        slack.add_channel("C1", "orders", ["U1"])
        with pytest.raises(NotPossible, match="/order is not a command"):
            hands.command("/order")
        hands.write("C1", "hello")
        assert slack.door.events == []


def test_without_should_escape_names_stay_names(slack, answer):
    asked = answer()
    with Slack(manifest=MANIFEST) as other:
        other.door.app_url = slack.door.app_url
        hands = other.add_user("U1", "Ana")
        other.add_channel("C1", "orders", ["U1"])
        hands.command("/wapto", "assign @ana")
    assert "text=assign+%40ana" in asked[0][1]


# response_url (reference §8.2-35)


def clicked(slack, bolt, ana, **reply):
    """Ana clicks a card and the app responds by its response_url; the statuses of five and more replies."""
    statuses = []
    bolt.action("confirm")(lambda ack, respond: (ack(), statuses.append(respond(**reply))))
    card = post(slack, actions(button()))
    ana.click(card, "Confirm")
    return card, slack.wait_for(lambda: statuses)[0]


def test_a_reply_to_a_click_is_whispered_when_it_replaces_nothing(slack, bolt, ana):
    card, response = clicked(slack, bolt, ana, text="claimed", replace_original=False)
    assert (response.status_code, response.body) == (200, "ok")
    assert [each.text for each in ana.ephemerals] == ["claimed"]
    assert card.text == "card"


def test_a_reply_that_does_not_say_so_replaces_the_card(slack, bolt, ana):
    card, _ = clicked(slack, bolt, ana, text="oops")
    assert (card.text, card.blocks) == ("oops", [])


def test_a_reply_may_delete_what_was_clicked(slack, bolt, ana):
    clicked(slack, bolt, ana, delete_original=True)
    assert slack.channel("C1").messages == []


def test_an_ephemeral_is_replaced_or_deleted_by_a_click_in_it(slack, bolt, ana):
    bolt.action("confirm")(lambda ack, respond: (ack(), respond(text="done", replace_original=True)))
    aside = post(slack, actions(button()), only_for="U1")
    with pytest.raises(NotPossible, match="Bea does not see that"):
        slack.user("U2").click(aside, "Confirm")
    ana.click(aside, "Confirm")
    assert slack.wait_for(lambda: aside.text == "done")


def test_a_reply_with_bad_blocks_is_refused(slack, bolt, ana):
    _, response = clicked(slack, bolt, ana, text="a", blocks=[section(text=plain(""))], replace_original=False)
    assert (response.status_code, json.loads(response.body)["error"]) == (400, "invalid_blocks")


@pytest.mark.parametrize("body", [b"", b"text=done", b'["done"]', b"{"])
def test_a_reply_that_is_no_json_object_is_refused(slack, bolt, ana, body):
    urls = []
    bolt.command("/wapto")(lambda ack, body: (ack(), urls.append(body["response_url"])))
    ana.command("/wapto")
    (url,) = slack.wait_for(lambda: urls)
    response = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_payload")


def test_a_reply_to_a_command_replaces_nothing(slack, bolt, ana):
    bolt.command("/wapto")(lambda ack, respond: (ack("working"), respond(text="done", replace_original=True)))
    ana.command("/wapto")
    slack.wait_for(lambda: len(ana.ephemerals) == 2)
    assert sorted(each.text for each in ana.ephemerals) == ["done", "working"]


def test_a_response_url_is_good_for_five_uses_and_half_an_hour(slack, bolt, ana):
    urls = []
    bolt.command("/wapto")(lambda ack, body: (ack(), urls.append(body["response_url"])))
    ana.command("/wapto")
    ana.command("/wapto")
    many, late = slack.wait_for(lambda: len(urls) == 2 and urls)
    statuses = [WebhookClient(many).send(text=str(i)).status_code for i in range(6)]
    assert statuses == [200] * 5 + [404]
    slack.world.clock.now += 1801
    assert WebhookClient(late).send(text="late").status_code == 404


# Events (reference §1.5, §8.2-30, 32)


def test_opening_the_home_lets_the_app_publish_it(slack, bolt, ana):
    bolt.event("app_home_opened")(lambda event, client: client.views_publish(user_id=event["user"], view=HOME))
    ana.open_home()
    home = slack.wait_for(lambda: ana.home)
    assert slack.plain_text(home).startswith("*3 items*")


def test_what_is_typed_in_the_home_is_told_at_enter_only_if_the_app_asks_for_it(slack, bolt, ana):
    quiet = field(block_id="quiet")
    telling = field(block_id="telling", dispatch_action=True, element=typed(action_id="find"))
    bolt.event("app_home_opened")(lambda client: client.views_publish(user_id="U1", view=home(quiet, telling)))
    heard = []
    bolt.action("find")(lambda ack, action: (ack(), heard.append(action["value"])))
    ana.open_home()
    shown = slack.wait_for(lambda: ana.home)
    ana.choose(shown, "telling", "mugs")
    assert slack.wait_for(lambda: heard) == ["mugs"]
    with pytest.raises(NotPossible, match="does nothing before the form is sent"):
        ana.choose(shown, "quiet", "mugs")


def test_the_app_hears_of_a_closed_account_only_if_it_asked_to(slack, bolt, ana):
    assert ana.deactivate() is None
    assert slack.world.users["U1"].deleted


def test_what_is_written_in_a_thread_is_heard_by_the_app(slack, bolt, ana):
    heard = []
    bolt.event("message")(lambda event: heard.append(event))
    card = post(slack)
    ana.write("C1", "wrap it", thread=card.ts)
    (event,) = slack.wait_for(lambda: heard)
    assert (event["user"], event["text"], event["thread_ts"]) == ("U1", "wrap it", card.ts)
    assert (event["channel"], event["channel_type"]) == ("C1", "channel")


def test_an_event_that_is_not_taken_comes_again_and_says_why(slack, answer, ana):
    slack.door.retry_seconds = (0.0, 0.01, 0.02)
    asked = answer(status=500)
    with pytest.raises(BadAnswer, match="event_callback: http_error"):
        ana.open_home()
    slack.wait_for(lambda: len(asked) == 4)
    told = [(each.get("X-Slack-Retry-Num"), each.get("X-Slack-Retry-Reason")) for each, _ in asked]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({body for _, body in asked}) == 1


def test_an_app_can_ask_for_no_retry(slack, answer, ana):
    slack.door.retry_seconds = (0.0, 0.0, 0.0)
    asked = answer(status=500, headers={"X-Slack-No-Retry": "1"})
    with pytest.raises(BadAnswer):
        ana.open_home()
    with pytest.raises(TimeoutError):
        slack.wait_for(lambda: len(asked) > 1, timeout=0.2)


def test_an_event_can_be_played_again_under_its_id(slack, answer, ana):
    asked = answer()
    ana.open_home()
    slack.door.event(slack.door.events[0])
    assert [json.loads(body)["event_id"] for _, body in asked] == [slack.door.events[0]["event_id"]] * 2
