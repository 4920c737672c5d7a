"""A workspace with Ana and Bea in #orders and Cid outside of it, and apps at its other end."""

import pytest
from flask import Flask, Response, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient

from sandbox.server import Server
from sandbox.slack import Slack


class Clock:
    def __init__(self):
        self.now = 1_764_036_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def slack(clock, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # slack_sdk would take a proxy even to this machine
    with Slack(clock=clock) as slack:
        slack.add_user("U1", "Ana")
        slack.add_user("U2", "Bea")
        slack.add_user("U3", "Cid")
        slack.add_channel("C1", "orders", ["U1", "U2"])
        yield slack


@pytest.fixture
def client(slack):
    return WebClient(slack.token, base_url=slack.api_url, retry_handlers=[])


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
