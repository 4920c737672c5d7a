"""`wapto customers export` and `forget`: all that is known of a person, and letting go of it."""

import json

import pytest

from sandbox.slack import Slack
from tests.cli.running import ENOUGH
from tests.desk.playing import a_shop, buy
from wapto.store.models import Customer, SlackPost

PHONE = "+5511999990000"


@pytest.fixture
def order(wapto):
    a_shop()
    return buy()


@pytest.fixture
def slack():
    with Slack() as slack:
        slack.add_channel("C1", "orders")
        yield slack


@pytest.fixture
def settings(slack):
    return {**ENOUGH, "SLACK_BOT_TOKEN": slack.token, "SLACK_API_URL": slack.api_url, "NO_PROXY": "127.0.0.1"}


def test_an_export_is_json_with_every_table(wapto, order):
    done = wapto("customers", "export", PHONE)
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert told["handles"][0]["value"] == PHONE
    assert told["orders"][0]["created_at"].endswith("Z")
    assert told["inbox"][0]["body"]


def test_who_is_forgotten_is_found_no_more(wapto, order, settings):
    done = wapto("customers", "forget", PHONE, "--json", **settings)
    told = json.loads(done.out)
    assert done.code == 0
    assert (told["orders"], told["webhooks"], told["not_deleted"], told["still_in"]) == (1, 1, [], [])
    assert "There is no customer" in wapto("customers", "show", PHONE).sentence
    [shown] = wapto.json("orders", "list")
    assert shown["customer"] == {"name": None, "phone": None, "user_id": None}
    assert shown["total"] is not None


def posted(slack, order):
    said = slack.world.say(slack.channel("C1"), slack.world.bot.id, "Ana: Where is it?", None)
    post = {"order": order, "first_seq": 1, "last_seq": 1, "state": "posted", "channel": "C1", "ts": said.ts}
    SlackPost.create(**post, due_at=order.created_at, created_at=order.created_at)


def test_our_posts_about_them_are_deleted_in_slack(wapto, order, slack, settings):
    posted(slack, order)
    wapto("customers", "forget", PHONE, **settings)
    assert slack.channel("C1").messages == []


def test_what_slack_does_not_delete_is_listed_and_can_be_tried_again(wapto, order, slack, settings):
    posted(slack, order)
    slack.faults.error("chat.delete", "cant_delete_message")
    done = wapto("customers", "forget", PHONE, "--json", **settings)
    assert done.code == 1
    assert "Slack did not delete 1 of them" in done.err
    assert json.loads(done.out)["not_deleted"][0]["channel"] == "C1"
    again = wapto("customers", "forget", Customer.get().id, "--json", **settings)
    assert (again.code, slack.channel("C1").messages) == (0, [])


def test_who_was_forgotten_is_merged_with_nobody(wapto, order, settings):
    wapto("customers", "forget", PHONE, **settings)
    other = Customer.create(name="Rui", created_at=order.created_at)
    assert "was forgotten" in wapto("customers", "merge", other.id, order.customer_id).sentence
