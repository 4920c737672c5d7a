"""What many tests of the Slack stand-in do."""

import json

import pytest
import requests
from slack_sdk.errors import SlackApiError

from tests.bot.payloads import SHIP


def refused(call, *args, **given):
    with pytest.raises(SlackApiError) as caught:
        call(*args, **given)
    return caught.value.response


def code(call, *args, **given):
    return refused(call, *args, **given)["error"]


def raw(slack, method="chat.postMessage", *, token=True, **request):
    headers = {"Authorization": f"Bearer {slack.token}"} if token is True else {}
    return requests.post(f"{slack.api_url}{method}", headers=headers | request.pop("headers", {}), timeout=5, **request)


def as_json(answer, payload):
    return answer(json.dumps(payload), content_type="application/json")


def post(slack, *blocks, **more):
    return slack.world.say(slack.channel("C1"), slack.world.bot.id, "card", list(blocks), **more)


def show(slack, view=SHIP, user="U1"):
    return slack.views.show(user, view)
