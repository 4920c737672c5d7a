"""Ephemerals, direct messages, people, history, the page."""

import pytest
import requests

from tests.sandbox.slack.acts import code

# Ephemerals, direct messages, people (reference §3.4, §8.2-9)


def test_an_ephemeral_is_seen_by_one_member_and_stored_nowhere(slack, client):
    client.chat_postEphemeral(channel="C1", user="U1", text="already claimed by Bea")
    assert [each.text for each in slack.ephemerals("U1")] == ["already claimed by Bea"]
    assert slack.channel("C1").messages == []
    assert code(client.chat_postEphemeral, channel="C1", user="U3", text="a") == "user_not_in_channel"
    assert code(client.chat_postEphemeral, channel="C1", user="U9", text="a") == "user_not_found"


def test_a_direct_message_is_opened_once_and_read_by_its_person(slack, client):
    direct = client.conversations_open(users=["U1"])["channel"]["id"]
    client.chat_postMessage(channel=direct, text="Order W-7KQ2 is yours")
    assert client.conversations_open(users="U1")["channel"]["id"] == direct
    assert [each.text for each in slack.dms("U1")] == ["Order W-7KQ2 is yours"]
    assert slack.dms("U2") == []


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("U9", "user_not_found"),
        ("U2", "user_disabled"),
        ("U0WAPTO", "cannot_dm_bot"),
        ("U1,U2", "invalid_arguments"),
    ],
)
def test_a_direct_message_needs_one_living_person(slack, client, users, error):
    slack.user("U2").user.deleted = True
    assert code(client.conversations_open, users=users) == error
    assert code(client.api_call, "conversations.open") == "users_list_not_supplied"


def test_people_and_channels_are_looked_up(slack, client):
    slack.add_channel("C2", "sales", bot=False)
    assert client.users_info(user="U1")["user"]["real_name"] == "Ana"
    assert code(client.users_info, user="U9") == "user_not_found"
    assert client.conversations_info(channel="C1")["channel"]["is_member"] is True
    assert client.conversations_info(channel="C2")["channel"]["is_member"] is False
    assert client.conversations_info(channel="C1", include_num_members=True)["channel"]["num_members"] == 3
    assert code(client.conversations_info, channel="C9") == "channel_not_found"


def test_a_permalink_leads_to_the_message_on_the_page(slack, client):
    ts = client.chat_postMessage(channel="C1", text="Tom &amp; <@U1>")["ts"]
    link = client.chat_getPermalink(channel="C1", message_ts=ts)["permalink"]
    assert link == f"{slack.url}/archives/C1/p{ts.replace('.', '')}"
    page = requests.get(link, timeout=5).text
    assert f"id='C1-{ts.replace('.', '')}'" in page
    assert "Tom &amp; <span class=mention>@Ana</span>" in page
    assert "stand-in" in page
    assert code(client.chat_getPermalink, channel="C1", message_ts="1764036000.999999") == "message_not_found"


def test_the_page_shows_hostile_words_as_words(slack, client):
    client.chat_postMessage(channel="C1", text="&lt;script&gt;alert(1)&lt;/script&gt;")
    assert "<script>" not in requests.get(slack.url, timeout=5).text


# History (reference §4)


def test_history_comes_newest_first_in_pages(slack, client):
    slack.limits.posts = False
    stamps = [client.chat_postMessage(channel="C1", text=str(i))["ts"] for i in range(5)]
    pages = [
        [each["text"] for each in page["messages"]] for page in client.conversations_history(channel="C1", limit=2)
    ]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    since = client.conversations_history(channel="C1", oldest=stamps[3])["messages"]
    assert [each["text"] for each in since] == ["4"]
    inclusive = client.conversations_history(channel="C1", oldest=stamps[3], inclusive=True)["messages"]
    assert [each["text"] for each in inclusive] == ["4", "3"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"limit": 0}, "invalid_limit"),
        ({"limit": 1000}, "invalid_limit"),
        ({"cursor": "abc"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "today"}, "invalid_ts_latest"),
    ],
)
def test_history_refuses_a_window_it_cannot_read(client, given, error):
    assert code(client.conversations_history, channel="C1", **given) == error
