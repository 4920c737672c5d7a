"""Whatever is typed into Slack: an answer in words that mentions nobody, and never a fault of ours."""

import json
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from bot import app, cards, home, lateness, manual, modals, wording, work_forms
from bot.blocks import mentions, problems_of_message, problems_of_view
from bot.calls import Call, Form
from bot.listeners import LISTENERS
from tests.bot.scene import Scene
from tests.bot.test_app import SECRET
from tests.desk.builders import NOW
from tests.fuzz.hostile import MANY, words
from tests.meta.test_webhook_survives import anything
from wapto.domain import lifecycle
from wapto.errors import WaptoError
from wapto.store.models import Order

HANDLERS = {(listener.kind, listener.name): listener.handler for listener in LISTENERS}
NOBODY = {"channel", "here", "everyone", "subteam"}
DATES = [None, "0001-01-01", "2026-12-01", "9999-12-31"]  # what Slack's calendar can give
NUMBERS = [None, "0", "1", "0010", "99999"]  # and its fields for numbers


@pytest.fixture
def scene(sqlite_store):
    with Scene() as scene:
        scene.setting = scene.order(name="<!channel> <@U1RUI> *Ana*", note="<https://evil.example|here> <!here>")
        yield scene


def body(scene, **changes):
    return {
        "user": {"id": scene.rui.id, "team_id": scene.slack.world.team_id},
        "team": {"id": scene.slack.world.team_id},
        "trigger_id": "1.2.3",
        "channel": {"id": "C1ORDERS"},
        **changes,
    }


def outcome(scene, kind, name, **changes):
    """What a handler answers: never a fault of ours, nothing that Slack refuses, nobody called who should not be."""
    came = app._outcome(HANDLERS[kind, name], Call(body(scene, **changes), NOW, scene.api()))
    assert wording.BROKEN.partition("{")[0] not in str(came)
    if isinstance(came, Form):
        assert problems_of_view(came.view) == []
        shown = came.view
    elif came is None or isinstance(came, WaptoError):
        return
    else:
        shown = {"text": came.text, "blocks": came.blocks} if came.blocks else {"text": came.text}
        assert problems_of_message(shown) == []
    assert not NOBODY & {mention.kind for mention in mentions(shown)}


@MANY
@given(data=st.data(), text=words)
def test_whatever_is_typed_after_the_command(scene, tried, data, text):
    number = scene.view(scene.setting).number
    name = data.draw(st.sampled_from([*manual.USAGE, "", "nothing"]))
    order = data.draw(st.sampled_from([number, number.lower(), "", text]))
    tried[name] += 1
    outcome(scene, "command", "/wapto", text=f"{name} {order} {text}")


def forms(scene):
    """Each form about an order, as it is opened."""
    view = scene.view(scene.setting)
    yield modals.reason(view, lifecycle.CANCELLED, "C1ORDERS")
    yield modals.move(view, "C1ORDERS")
    yield modals.ship(view, lifecycle.SHIPPED, "C1ORDERS")
    yield lateness.form(view, "C1ORDERS")
    for name in ("items", "prices", "unknown", "fees", "tracking", "facts", "note"):
        yield getattr(work_forms, name)(view, "C1ORDERS")


def filled(form, text, choose):
    """The form with this typed wherever something can be typed, and any choice made wherever there is one."""
    values = {}
    for block in form["blocks"]:
        element = block.get("element")
        if not element:
            continue
        values[block["block_id"]] = {element["action_id"]: {"type": element["type"], **_said(element, text, choose)}}
    return {**form, "id": "V1", "state": {"values": values}}


def _said(element, text, choose):
    if options := element.get("options"):
        return {"selected_option": choose(options), "selected_options": [choose(options)]}
    if element["type"] == "datepicker":
        return {"selected_date": choose(DATES)}
    if element["type"] == "number_input":
        return {"value": choose(NUMBERS)}
    return {"selected_user": text} if element["type"] == "users_select" else {"value": text}


@MANY
@given(text=words, form=st.integers(0, 10), pick=st.integers(0, 99))
def test_whatever_is_typed_into_a_form(scene, tried, text, form, pick):
    opened = list(forms(scene))[form]
    name = opened["callback_id"]
    tried[name] += 1
    outcome(scene, "view", name, view=filled(opened, text, lambda options: options[pick % len(options)]))
    assert Order.select().count() == 1


@MANY
@given(data=st.data(), value=anything | words)
def test_whatever_a_button_carries(scene, tried, data, value):
    action = data.draw(st.sampled_from([cards.CLAIM, cards.ADVANCE, cards.SHIP, cards.CANCEL, home.CLAIM, home.NEXT]))
    tried[action] += 1
    carried = value if isinstance(value, str) else json.dumps(value)
    view = {"type": "home", "private_metadata": carried}
    place = data.draw(st.sampled_from([{}, {"view": view}]))
    outcome(scene, "action", action, actions=[{"action_id": action, "value": carried}], **place)


payloads = anything.map(lambda value: urlencode({"payload": json.dumps(value)}))


@MANY
@given(raw=st.text(max_size=60) | payloads)
def test_whatever_is_sent_well_signed(scene, tried, raw):
    tried["bodies"] += 1
    with answering(scene) as post:
        assert post(raw.encode()) in (200, 400, 404)
        command = {"command": "/wapto", "text": "help", "user_id": "U1RUI", "team_id": scene.slack.world.team_id}
        assert post(urlencode(command).encode()) == 200


@contextmanager
def answering(scene):
    """Posts a body with a good signature; the HTTP status of the answer."""

    def post(raw):
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=raw)
        headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return session.post(scene.url, data=raw, headers=headers, timeout=5).status_code

    with requests.Session() as session:
        session.trust_env = False
        yield post
