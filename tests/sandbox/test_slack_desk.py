"""The hands of an agent against a real Bolt app: what Slack tells an app, and what it takes as an answer."""

import json
import threading
import time

import pytest
from flask import Flask, Response, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from sandbox.server import Server
from sandbox.slack import BadAnswer, NotPossible, Slack
from tests.bot.payloads import (
    HOME,
    SHIP,
    actions,
    button,
    field,
    message,
    modal,
    mrkdwn,
    number,
    option,
    overflow,
    plain,
    section,
    select,
)


class Clock:
    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now


@pytest.fixture
def slack(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # slack_sdk would take a proxy even to this machine
    with Slack(clock=Clock()) as slack:
        slack.add_user("U1", "Ana")
        slack.add_user("U2", "Bea")
        slack.add_channel("C1", "orders", ["U1", "U2"])
        yield slack


@pytest.fixture
def ana(slack):
    return slack.user("U1")


@pytest.fixture
def bolt(slack):
    """An app that listens at the other end, made by slack_bolt; tests register what they need."""
    client = WebClient(slack.token, base_url=slack.api_url)
    app = App(client=client, signing_secret=slack.signing_secret, token_verification_enabled=False)
    flask = Flask("app")
    handler = SlackRequestHandler(app)
    flask.post("/slack/events")(lambda: handler.handle(request))
    with Server(flask) as server:
        assert slack.connect(f"{server.url}/slack/events")
        yield app


@pytest.fixture
def answer(slack):
    """An app that gives one fixed answer to everything; returns what it was asked."""
    servers = []

    def answering(body="", status=200, content_type="text/plain", headers=None):
        asked = []

        def take():
            asked.append((request.headers, request.get_data(as_text=True)))
            return Response(body, status, headers, content_type=content_type)

        flask = Flask("app")
        flask.post("/slack/events")(take)
        servers.append(Server(flask).start())
        slack.door.app_url = f"{servers[-1].url}/slack/events"
        return asked

    yield answering
    for server in servers:
        server.stop()


def as_json(answer, payload, status=200):
    return answer(json.dumps(payload), status, "application/json")


def post(slack, *blocks, **more):
    return slack.world.say(slack.channel("C1"), slack.world.bot.id, "card", list(blocks), **more)


def show(slack, view=SHIP, user="U1"):
    return slack.views.show(user, view)


# Signing and verification (reference §1.4, §8.2-30)


def test_an_app_with_another_secret_does_not_believe_it(slack, bolt):
    slack.door._secret = "another"
    assert slack.connect(slack.door.app_url) is False


def test_every_act_is_signed_so_that_bolt_believes_it(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, action: (ack(), heard.append(action["value"])))
    ana.click(post(slack, actions(button(value="W-7KQ2"))), "Confirm")
    assert slack.wait_for(lambda: heard) == ["W-7KQ2"]


# Clicks and choices (reference §8.2-33)


def test_a_click_tells_the_app_where_and_on_what(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, body: (ack(), heard.append(body)))
    card = post(slack, actions(button(value="1"), select()))
    slack.world.say(slack.channel("C1"), "U2", "reply", thread_ts=card.ts)
    ana.click(card, "Confirm")
    (body,) = slack.wait_for(lambda: heard)
    assert body["user"] == {"id": "U1", "username": "ana", "name": "ana", "team_id": "T0WAPTO"}
    assert body["channel"] == {"id": "C1", "name": "orders"}
    assert (body["container"]["message_ts"], body["message"]["thread_ts"]) == (card.ts, card.ts)
    assert body["message"]["blocks"] == card.blocks
    assert body["actions"][0]["block_id"] == card.blocks[0]["block_id"]
    assert body["state"]["values"][card.blocks[0]["block_id"]]["agent"]["selected_option"] is None
    assert body["response_url"].startswith(slack.url)


def test_only_what_is_shown_can_be_clicked(slack, bolt, ana):
    card = post(slack, actions(button()))
    with pytest.raises(NotPossible, match=r"There is no “Cancel order” to use here; there is: Confirm\."):
        ana.click(card, "Cancel order")
    with pytest.raises(NotPossible, match="is a static_select, not a button"):
        ana.click(post(slack, actions(select())), "agent")


def test_of_alike_buttons_the_value_tells_which(slack, bolt, ana):
    heard = []
    bolt.action("open")(lambda ack, action: (ack(), heard.append(action["value"])))
    rows = [section(accessory=button("open", value=value)) for value in ("1", "2")]
    ana.click(post(slack, *rows), "open", "2")
    assert slack.wait_for(lambda: heard) == ["2"]


def test_a_stale_click_presses_what_was_shown_before(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, body: (ack(), heard.append(body)))
    card = post(slack, actions(button(value="received")))
    card.replace("card", [actions(button("ship", text=plain("Mark shipped")))])
    with pytest.raises(NotPossible):
        ana.click(card, "Confirm")
    ana.click(card, "Confirm", stale=True)
    (body,) = slack.wait_for(lambda: heard)
    assert body["actions"][0]["value"] == "received"
    assert body["message"]["blocks"][0]["elements"][0]["action_id"] == "confirm"
    with pytest.raises(NotPossible, match="No older version"):
        ana.click(card, "Mark shipped", stale=True)


def test_nobody_clicks_in_a_channel_or_view_that_is_not_theirs(slack, bolt, ana):
    slack.add_user("U3", "Cid")
    with pytest.raises(NotPossible, match="Cid does not see that"):
        slack.user("U3").click(post(slack, actions(button())), "Confirm")
    with pytest.raises(NotPossible, match="Ana does not see that"):
        ana.click(slack.views.show("U2", HOME), "open:1")


@pytest.mark.parametrize("name", ["b", "Bea"])
def test_an_option_is_chosen_by_its_value_or_text(slack, bolt, ana, name):
    heard = []
    bolt.action("agent")(lambda ack, action: (ack(), heard.append(action["selected_option"]["value"])))
    ana.choose(post(slack, actions(select(options=[option("a"), option("b", "Bea")]))), "agent", name)
    assert slack.wait_for(lambda: heard) == ["b"]


def test_an_option_that_is_not_offered_cannot_be_chosen(slack, bolt, ana):
    with pytest.raises(NotPossible, match="“Cid” is not among: Ana, Ana"):
        ana.choose(post(slack, actions(select())), "agent", "Cid")
    with pytest.raises(NotPossible, match="“9” is not among"):
        ana.choose(post(slack, section(accessory=overflow(2))), "more", "9")


def test_menus_of_every_kind_send_what_was_chosen(slack, bolt, ana):
    heard = []
    bolt.action("more")(lambda ack, action: (ack(), heard.append(action["selected_option"]["value"])))
    bolt.action("who")(lambda ack, action: (ack(), heard.append(action["selected_user"])))
    people = {"type": "users_select", "action_id": "who"}
    card = post(slack, section(accessory=overflow(2)), actions(people))
    ana.choose(card, "more", "1")
    ana.choose(card, "who", "U2")
    assert slack.wait_for(lambda: len(heard) == 2 and sorted(heard)) == ["1", "U2"]


def test_an_app_without_interactivity_hears_no_click(ana):
    with Slack(manifest={"oauth_config": {"scopes": {"bot": []}}}) as slack:
        hands = slack.add_user("U1", "Ana")
        slack.add_channel("C1", "orders", ["U1"])
        with pytest.raises(NotPossible, match="does not enable interactivity"):
            hands.click(post(slack, actions(button())), "Confirm")


# What is wrong with an answer (reference §8.2-31)


def test_a_click_answered_by_an_error_is_a_complaint(slack, answer, ana):
    answer(status=500)
    with pytest.raises(BadAnswer, match="block_actions: http_error"):
        ana.click(post(slack, actions(button())), "Confirm")
    assert slack.complaints == [slack.complaints[0]]
    assert "status 500" in slack.complaints[0]


def test_a_click_that_nobody_listens_to_is_a_complaint(slack, bolt, ana):
    with pytest.raises(BadAnswer, match="status 404"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_a_click_answered_late_is_a_complaint(slack, bolt, ana):
    slack.door.patience = 0.1
    bolt.action("confirm")(lambda ack: (time.sleep(0.3), ack()))
    with pytest.raises(BadAnswer, match="block_actions: http_timeout"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_a_click_answered_by_nobody_is_a_complaint(slack, ana):
    with Server(Flask("gone")) as server:
        slack.door.app_url = server.url
    with pytest.raises(BadAnswer, match="connection_failed"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_a_click_takes_no_words_as_an_answer(slack, answer, ana):
    answer("done")
    with pytest.raises(BadAnswer, match="must be empty"):
        ana.click(post(slack, actions(button())), "Confirm")


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


def test_people_act_at_the_same_time(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, body: (ack(), heard.append(body["user"]["id"])))
    card = post(slack, actions(button()))
    both = [threading.Thread(target=slack.user(each).click, args=(card, "Confirm")) for each in ("U1", "U2")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert slack.wait_for(lambda: sorted(heard) == ["U1", "U2"])


def test_a_view_is_read_with_its_labels_and_controls(slack):
    view = show(slack, modal(section(text=mrkdwn("for <@U1> &amp; <!date^1764036000^{time}|10:00>")), field()))
    assert slack.plain_text(view).splitlines() == ["Ship", "for @Ana & 10:00", "Number", "[plain_text_input]"]
