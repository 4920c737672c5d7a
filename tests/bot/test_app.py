import json
import time
from urllib.parse import urlencode

import pytest
import requests
from flask import Flask
from slack_sdk.signature import SignatureVerifier

from bot import app
from bot.manifest import PATH

SECRET = "sandbox-signing-secret"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture
def send(scene):
    """Posts a body to the app, signed unless a test says otherwise."""

    def post(body, *, kind=FORM, secret=SECRET, timestamp=None, signature=None):
        timestamp = str(int(time.time())) if timestamp is None else timestamp
        signature = signature or SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
        headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        with requests.Session() as session:
            session.trust_env = False
            return session.post(scene.url, data=body, headers={**headers, "Content-Type": kind}, timeout=5)

    return post


def a_command(scene, text="help"):
    return urlencode({"command": "/wapto", "text": text, "user_id": "U1RUI", "team_id": scene.slack.world.team_id})


def test_a_signed_request_is_taken(scene, send):
    assert send(a_command(scene)).status_code == 200


FORGED = {
    "another secret": {"secret": "another secret"},
    "a made-up signature": {"signature": "v0=00"},
    "a signature that is no ASCII": {"signature": "v0=\xe9"},
    "a time that is no number": {"timestamp": "yesterday"},
    "a time beyond all times": {"timestamp": "9" * 400},
    "a time that is too long a number": {"timestamp": "9" * 5000},
    "no time": {"timestamp": ""},
    "a time long past": {"timestamp": "1764036000"},
    "a time to come": {"timestamp": str(int(time.time()) + 1000)},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_is_not_signed_now_by_slack_is_refused(scene, send, forged):
    assert send(a_command(scene), **forged).status_code == 401


def test_nothing_of_an_unsigned_body_is_read_or_logged(send, capfd, caplog):
    body = '{"type": "url_verification", "challenge": "secret words"'
    assert send(body, kind=JSON, secret="another secret").status_code == 401
    assert send(b"\xff\xfe", kind=JSON, signature="v0=00").status_code == 401
    assert "secret words" not in "".join(capfd.readouterr()) + caplog.text


@pytest.mark.parametrize("body", ["{", "[]", "7", "null", '"{}"', "[" * 100_000], ids=lambda body: body[:5])
def test_what_is_signed_but_no_json_object_is_a_bad_request(send, body):
    assert send(body, kind=JSON).status_code == 400
    assert send(urlencode({"payload": body})).status_code == 400


def test_slacks_challenge_is_answered(send):
    answer = send(json.dumps({"type": "url_verification", "challenge": "abc"}), kind=JSON)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


def test_only_posts_are_answered(scene):
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(scene.url, timeout=5).status_code == 405


def test_the_app_starts_and_acknowledges_while_slack_is_away(scene, send):
    order, card = scene.card()
    scene.slack.faults.html(None, times=None)
    assert scene.rui.click(card, "Claim").seconds < 1
    assert send(a_command(scene, "list")).status_code == 200
    scene.slack.faults.clear()
    scene.rui.click(card, "Claim")
    assert scene.slack.wait_for(lambda: scene.view(order).agent).name == "Rui"


def test_nothing_is_called_at_the_start(scene):
    before = len(scene.slack.calls.of("auth.test"))
    app.mount(Flask("another"), scene.settings(), scene.clock)
    assert len(scene.slack.calls.of("auth.test")) == before


def test_the_environment_cannot_turn_the_app_into_an_oauth_one(scene, monkeypatch):
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_VERIFICATION_TOKEN"):
        monkeypatch.setenv(name, "from the environment")
    web = Flask("another")
    app.mount(web, scene.settings(), scene.clock)
    body, now = a_command(scene), str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body)
    headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
    answer = web.test_client().post(PATH, data=body, headers=headers, content_type=FORM)
    assert (answer.status_code, answer.data) == (200, b"")


def test_an_answer_that_cannot_be_shown_stops_nothing(scene):
    scene.slack.door.interaction(
        {
            "type": "block_actions",
            "user": {"id": "U1RUI"},
            "response_url": "http://127.0.0.1:9/nobody-listens-here",
            "actions": [{"action_id": "claim", "block_id": "b", "type": "button", "value": "not ours"}],
        }
    )
    scene.rui.command("/wapto", "list")
    assert scene.said_to(scene.rui) == "There are no open orders."
