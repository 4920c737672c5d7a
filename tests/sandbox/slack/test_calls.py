"""The Web API understands what slack_sdk sends, and refuses with Slack's own codes."""

import json

import pytest
from slack_sdk import WebClient

from sandbox.slack import Slack
from tests.bot.payloads import (
    section,
)
from tests.sandbox.slack.acts import code, raw, refused

# Transport and tokens (reference §8.2-1 to 5)


def test_auth_test_says_who_the_app_is_and_what_it_may(client):
    answer = client.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == ("U0WAPTO", "B0WAPTO")
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (None, "not_authed"),
        ("xoxb-wrong", "invalid_auth"),
        ("nonsense", "invalid_auth"),
        ("xapp-1", "not_allowed_token_type"),
    ],
)
def test_a_wrong_token_is_refused(slack, token, error):
    assert code(WebClient(token, base_url=slack.api_url).auth_test) == error


def test_a_token_may_be_revoked(slack, client):
    slack.web.token_error = "account_inactive"
    assert code(client.auth_test) == "account_inactive"


def test_a_token_in_the_address_is_no_token(slack):
    answer = raw(slack, token=None, params={"token": slack.token}, json={"channel": "C1", "text": "hello"})
    assert answer.json()["error"] == "not_authed"


def test_a_token_may_stand_in_a_form_but_not_in_json(slack):
    given = {"token": slack.token, "channel": "C1", "text": "hello"}
    assert raw(slack, token=None, data=given).json()["ok"] is True
    assert raw(slack, token=None, json=given).json()["error"] == "not_authed"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("{", "application/json", "invalid_json"),
        ("[]", "application/json", "invalid_json"),
        ("hello", "text/plain", "invalid_post_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(slack, body, kind, error):
    answer = raw(slack, data=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (200, error)


def test_an_unknown_method_is_refused(client):
    assert code(client.api_call, "chat.shout") == "unknown_method"


def test_a_scope_that_the_manifest_lacks_is_named():
    manifest = {"oauth_config": {"scopes": {"bot": ["commands"]}}}
    with Slack(manifest=manifest) as slack:
        answer = refused(WebClient(slack.token, base_url=slack.api_url).chat_postMessage, channel="C1", text="hello")
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "commands")


def test_the_history_of_a_private_channel_needs_its_own_scope():
    manifest = {"oauth_config": {"scopes": {"bot": ["channels:history", "channels:read"]}}}
    with Slack(manifest=manifest) as slack:
        slack.add_channel("G1", "vip", private=True)
        client = WebClient(slack.token, base_url=slack.api_url)
        assert refused(client.conversations_history, channel="G1")["needed"] == "groups:history"
        assert refused(client.conversations_info, channel="G1")["needed"] == "groups:read"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "hello"}, "missing required field: channel"),
        ({"channel": "C1", "text": "hello", "colour": "red"}, "unknown argument: colour"),
        ({"channel": "C1", "text": None}, "text must be of type str"),
        ({"channel": "C1", "text": "hello", "blocks": "[]"}, "blocks must be of type list"),
        ({"channel": "C1", "text": "hello", "unfurl_links": 0}, "unfurl_links must be of type bool"),
    ],
)
def test_arguments_are_checked(slack, given, words):
    answer = raw(slack, json=given).json()
    assert (answer["error"], answer["response_metadata"]["messages"]) == ("invalid_arguments", [f"[ERROR] {words}"])


def test_in_a_form_blocks_are_json_and_flags_are_digits(slack):
    given = {"channel": "C1", "text": "hello", "blocks": json.dumps([section()]), "unfurl_links": "0"}
    assert raw(slack, data=given).json()["ok"] is True
    assert raw(slack, data=given | {"blocks": "["}).json()["error"] == "invalid_arguments"
    assert raw(slack, data=given | {"unfurl_links": "no"}).json()["error"] == "invalid_arguments"


# Limits and faults (reference §4, §8.2-37, 38)


def test_posts_to_a_channel_beyond_one_a_second_are_limited(slack, client, clock):
    slack.add_channel("C2", "sales", [])
    post = {"channel": "C1", "text": "hello"}
    for _ in range(3):
        client.chat_postMessage(**post)
    answer = refused(client.chat_postMessage, **post)
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "1")
    assert client.chat_postMessage(channel="C2", text="hello")["ok"]
    clock.now += 1
    assert client.chat_postMessage(**post)["ok"]


def test_methods_are_limited_by_their_tier_on_request(slack, client):
    slack.limits.methods = True
    for _ in range(10):
        client.conversations_info(channel="C1")
    assert refused(client.conversations_info, channel="C1").headers["Retry-After"] == "2"


def test_calls_are_counted_and_kept_without_the_token(slack, client):
    ts = client.chat_postMessage(channel="C1", text="card")["ts"]
    client.chat_update(channel="C1", ts=ts, text="new")
    code(client.chat_update, channel="C1", ts=ts, text="x" * 4001)
    raw(slack, "auth.test", token=None, data={"token": slack.token})
    assert (slack.calls.count("chat.update"), len(slack.calls.of("chat.update"))) == (1, 2)
    assert [call.error for call in slack.calls.refused()] == ["msg_too_long"]
    assert slack.calls.of("chat.update")[0].arguments == {"channel": "C1", "ts": ts, "text": "new"}
    assert slack.calls.of("auth.test")[0].arguments == {}


def test_a_rate_limit_strikes_as_often_as_told(slack, client):
    slack.faults.ratelimited("chat.postMessage", times=2, retry_after=7)
    codes = [refused(client.chat_postMessage, channel="C1", text="a").headers["Retry-After"] for _ in range(2)]
    assert codes == ["7", "7"]
    assert client.chat_postMessage(channel="C1", text="a")["ok"]


def test_any_code_and_any_status_can_be_had(slack, client):
    slack.faults.error("chat.update", "edit_window_closed")
    slack.faults.status("users.info", status=500)
    slack.faults.html("auth.test")
    assert code(client.chat_update, channel="C1", ts="1764036000.000001", text="a") == "edit_window_closed"
    assert refused(client.users_info, user="U1").status_code == 500
    assert "Something is on fire" in code(client.auth_test)
    assert client.auth_test()["ok"]


def test_a_lost_answer_leaves_the_message_behind(slack, client):
    slack.faults.lost("chat.postMessage")
    with pytest.raises(ConnectionError):
        client.chat_postMessage(channel="C1", text="card")
    assert [each.text for each in slack.channel("C1").messages] == ["card"]


def test_slack_sdk_repeats_a_lost_post_by_default(slack):
    slack.faults.lost("chat.postMessage")
    WebClient(slack.token, base_url=slack.api_url).chat_postMessage(channel="C1", text="card")
    assert [each.text for each in slack.channel("C1").messages] == ["card", "card"]


def test_a_slow_answer_comes_after_the_work(slack):
    slack.faults.slow("chat.postMessage", 0.4)
    hasty = WebClient(slack.token, base_url=slack.api_url, timeout=0.1, retry_handlers=[])
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel="C1", text="card")
    assert slack.wait_for(lambda: slack.channel("C1").messages)[0].text == "card"


def test_slack_can_be_away_until_it_is_back(slack, client):
    slack.faults.status(times=None)
    assert [refused(client.auth_test).status_code for _ in range(3)] == [503, 503, 503]
    slack.faults.clear()
    assert client.auth_test()["ok"]


def test_waiting_ends_when_it_happens_or_when_time_is_up(slack, client):
    client.chat_postMessage(channel="C1", text="card")
    assert slack.wait_for(lambda: slack.channel("C1").messages)[0].text == "card"
    with pytest.raises(TimeoutError, match=r"within 0.05 s"):
        slack.wait_for(lambda: slack.dms("U1"), timeout=0.05)
