"""The same handlers answer over a connection that Wapto opens itself, when Slack cannot reach it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bot import app, socket_mode
from bot.manifest import manifest
from bot.slack import Slack as Api
from bot.socket_mode import SocketMode
from sandbox.slack import BadAnswer
from sandbox.slack.sockets import Sockets
from wapto.store.models import AdminAlert

from .scene import Scene

TOKEN = "xapp-1-sandbox"


@pytest.fixture
def scene(sqlite_store, monkeypatch):
    monkeypatch.setattr(socket_mode, "_RETRY_SECONDS", 0.05)
    with Scene(sockets=Sockets(TOKEN)) as scene:
        scene.slack.connect_by_socket()
        yield scene


@contextmanager
def connected(scene, token=TOKEN):
    """A process that holds a connection."""
    with ThreadPoolExecutor(4) as workers:
        built = app.build(Api(scene.slack.token, scene.slack.api_url), scene.clock, workers)
        process = SocketMode(built, token, scene.slack.api_url, scene.clock, ping_seconds=0.5)
        process.start()
        try:
            yield process
        finally:
            process.close()


def wait(scene, count=1):
    scene.slack.sockets.wait_for(lambda: scene.slack.sockets.connected == count)


def test_a_click_does_what_it_does_over_http(scene):
    order, card = scene.card()
    with connected(scene):
        wait(scene)
        scene.rui.click(card, "Claim")
        assert scene.slack.wait_for(lambda: scene.view(order).agent).name == "Rui"


def test_a_command_is_answered(scene):
    with connected(scene):
        wait(scene)
        scene.rui.command("/wapto", "list")
        assert scene.said_to(scene.rui).startswith("There are no open orders.")


def test_a_form_says_which_field_has_to_be_mended(scene):
    order, card = scene.card()
    with connected(scene):
        wait(scene)
        scene.rui.click(card, "Cancel order")
        form = scene.rui.wait_for_modal()
        scene.rui.submit(form, {"Reason": " "})
        assert form.errors
        scene.rui.submit(form, {"Reason": "Sold out"})
        scene.becomes(order, "cancelled")


def test_a_connection_that_is_cut_is_opened_again_and_nothing_is_done_twice(scene):
    order, card = scene.card()
    with connected(scene):
        wait(scene)
        scene.slack.sockets.cut()
        scene.slack.sockets.wait_for(lambda: scene.slack.sockets.opened == 2, 30)
        wait(scene)
        scene.rui.click(card, "Confirm")
        scene.becomes(order, "confirmed")
    assert scene.slack.complaints == []


def test_slack_may_ask_for_another_connection_at_any_time(scene):
    order, card = scene.card()
    with connected(scene):
        wait(scene)
        first = scene.slack.sockets.opened
        scene.slack.sockets.refresh()
        scene.slack.sockets.wait_for(lambda: scene.slack.sockets.opened > first)
        wait(scene)
        scene.rui.click(card, "Confirm")
        scene.becomes(order, "confirmed")
    assert scene.slack.complaints == []


def test_of_two_processes_each_request_goes_to_one(scene):
    order, card = scene.card()
    with connected(scene), connected(scene):
        wait(scene, 2)
        scene.rui.click(card, "Confirm")
        scene.becomes(order, "confirmed")
    assert scene.slack.complaints == []


def test_what_nobody_takes_is_said_to_the_person_to_have_failed(scene):
    _, card = scene.card()
    scene.slack.door.patience = 0.2
    with pytest.raises(BadAnswer, match="not_acknowledged"):
        scene.rui.click(card, "Claim")


def test_a_wrong_token_is_told_to_the_admins_once_and_once_more_when_it_is_right(scene):
    with connected(scene, "xapp-1-wrong"):
        scene.slack.wait_for(lambda: AdminAlert.get_or_none())
        assert "SLACK_APP_TOKEN" in AdminAlert.get().words
    assert AdminAlert.select().count() == 1
    with connected(scene):
        wait(scene)
        scene.slack.wait_for(lambda: AdminAlert.get().over_at)
    assert AdminAlert.get().words == "Wapto is connected to Slack by Socket Mode again."


def test_the_manifest_for_it_names_no_address():
    text = str(manifest("", socket=True))
    assert "'socket_mode_enabled': True" in text
    assert "url" not in text
