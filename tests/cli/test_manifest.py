"""`wapto manifest`: what is pasted into Slack, with the addresses of this Wapto."""

import json

import pytest

from tests.cli.running import Terminal


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Where no `.env` is."""
    monkeypatch.chdir(tmp_path)


def test_the_manifest_has_the_public_address():
    done = Terminal(WAPTO_PUBLIC_URL="https://desk.example.com/")("manifest")
    assert done.err == ""
    assert json.loads(done.out)["settings"]["interactivity"]["request_url"] == "https://desk.example.com/slack/events"


def test_without_an_address_the_manifest_says_where_to_put_it():
    done = Terminal()("manifest")
    assert "https://your-address.example/slack/events" in done.out
    assert json.loads(done.out)
    assert "WAPTO_PUBLIC_URL" in done.err


def test_an_address_that_slack_could_not_reach_is_refused():
    done = Terminal(WAPTO_PUBLIC_URL="desk.example.com")("manifest")
    assert (done.code, done.out) == (1, "")
    assert "WAPTO_PUBLIC_URL must be an address" in done.err


def test_with_an_app_token_the_manifest_is_for_socket_mode_and_needs_no_address():
    done = Terminal(SLACK_APP_TOKEN="xapp-1-x")("manifest")
    settings = json.loads(done.out)["settings"]
    assert (done.err, settings["socket_mode_enabled"], settings["interactivity"]) == ("", True, {"is_enabled": True})
