"""Posting, threads, metadata, edits."""

from textwrap import dedent

import pytest

from tests.bot.payloads import CARD, actions, button, message, mrkdwn, plain, rich_text, section
from tests.sandbox.slack.acts import code, refused

# Posting (reference §3.4, §8.2-6 to 11, 14 to 25)


def test_a_posted_card_is_read_in_its_channel(slack, client):
    posted = client.chat_postMessage(channel="C1", unfurl_links=False, **CARD)
    (card,) = slack.channel("C1").messages
    assert (posted["channel"], posted["ts"]) == ("C1", card.ts)
    assert posted["message"]["bot_id"] == "B0WAPTO"
    assert all(block["block_id"] for block in posted["message"]["blocks"])
    assert slack.plain_text(card) == dedent("""\
        Order W-7KQ2 · R$ 120,00
        *3 items*
        *Customer*
        Ana
        *Agent*
        @Ana
        [… Ana / Ana / Ana / Ana / Ana]
        10:00
        by hand
        (Mug)
        Please *wrap* it@Ana
        **Hello**
        x | x
        x | x
        [Confirm] [Confirm] [static_select]""")


def test_time_stamps_rise_even_within_one_microsecond(client):
    stamps = [client.chat_postMessage(channel="C1", text="hello")["ts"] for _ in range(3)]
    assert stamps == sorted(set(stamps))
    assert [len(ts) for ts in stamps] == [17, 17, 17]


@pytest.mark.parametrize(
    ("channel", "error"),
    [("#orders", "channel_not_found"), ("C9", "channel_not_found"), ("U1", "channel_not_found")],
)
def test_a_channel_is_known_by_its_id_alone(client, channel, error):
    assert code(client.chat_postMessage, channel=channel, text="hello") == error


def test_a_channel_without_the_app_is_not_written_to(slack, client):
    slack.add_channel("C2", "sales", bot=False)
    slack.add_channel("G2", "board", bot=False, private=True)
    assert code(client.chat_postMessage, channel="C2", text="hello") == "not_in_channel"
    assert code(client.chat_postMessage, channel="G2", text="hello") == "channel_not_found"


def test_an_archived_channel_is_closed(slack, client):
    ts = client.chat_postMessage(channel="C1", text="hello")["ts"]
    slack.channel("C1").archived = True
    assert code(client.chat_postMessage, channel="C1", text="hello") == "is_archived"
    assert code(client.chat_update, channel="C1", ts=ts, text="hello") == "is_inactive"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"unfurl_links": False}, "no_text"),
        ({"text": "x" * 4001}, "msg_too_long"),
        ({"text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
        (message(section(text=plain(""))), "invalid_blocks"),
        (message(*[section(text=plain("x" * 2700))] * 5), "msg_blocks_too_long"),
        ({"blocks": [section()]}, "invalid_arguments"),
        ({"text": "hello <@U9>"}, "invalid_arguments"),
        ({"text": "see <#C9>"}, "invalid_arguments"),
        ({"text": "<!subteam^S1>"}, "invalid_arguments"),
        ({"text": "<!channel>"}, "invalid_arguments"),
        ({"text": "1 < 2"}, "invalid_arguments"),
        (message(section(text=mrkdwn("for <@U9>"))), "invalid_blocks"),
        (message(rich_text({"type": "user", "user_id": "U9"})), "invalid_blocks"),
    ],
)
def test_content_that_slack_or_the_house_refuses(slack, client, content, error):
    assert code(client.api_call, "chat.postMessage", json={"channel": "C1", **content}) == error
    assert slack.channel("C1").messages == []


def test_each_fault_of_a_block_is_named_by_its_place(client):
    answer = refused(client.chat_postMessage, channel="C1", **message(actions(button(style="red", value=""))))
    assert [line.partition("[json-pointer:")[2] for line in answer["errors"]] == [
        "/blocks/0/elements/0/style]",
        "/blocks/0/elements/0/value]",
    ]
    assert answer["response_metadata"]["messages"][0].startswith("[ERROR] must be one of primary, danger")


def test_a_test_may_allow_calling_the_whole_channel(slack, client):
    slack.world.broadcast_allowed = True
    assert client.chat_postMessage(channel="C1", text="<!here> order!")["ok"]


# Threads (reference §3.4, §8.2-7)


def test_a_reply_stands_under_its_parent_and_not_in_the_channel(slack, client):
    card = client.chat_postMessage(channel="C1", text="card")["ts"]
    client.chat_postMessage(channel="C1", text="confirmed", thread_ts=card)
    channel = slack.channel("C1")
    assert [each.text for each in channel.messages] == ["card"]
    assert [each.text for each in channel.thread(card)] == ["confirmed"]
    replies = client.conversations_replies(channel="C1", ts=card)
    assert [(each["text"], each["thread_ts"]) for each in replies["messages"]] == [("card", card), ("confirmed", card)]


def test_a_broadcast_reply_stands_in_the_channel_too(slack, client):
    card = client.chat_postMessage(channel="C1", text="card")["ts"]
    client.chat_postMessage(channel="C1", text="late!", thread_ts=card, reply_broadcast=True)
    assert [each.text for each in slack.channel("C1").messages] == ["card", "late!"]


def test_a_thread_hangs_under_a_message_that_is_there_and_no_reply(slack, client):
    slack.limits.posts = False
    card = client.chat_postMessage(channel="C1", text="card")["ts"]
    reply = client.chat_postMessage(channel="C1", text="reply", thread_ts=card)["ts"]
    say = {"channel": "C1", "text": "hello"}
    assert code(client.chat_postMessage, **say, thread_ts=reply) == "cannot_reply_to_message"
    assert code(client.chat_postMessage, **say, thread_ts="1764036000.999999") == "thread_not_found"
    assert code(client.chat_postMessage, **say, thread_ts="1764036000.5") == "invalid_arguments"
    assert code(client.chat_postMessage, **say, reply_broadcast=True) == "invalid_arguments"
    assert code(client.conversations_replies, channel="C1", ts="1764036000.999999") == "thread_not_found"


# Metadata (reference §3.4, §8.2-13)

META = {"event_type": "wapto_order", "event_payload": {"order": 1, "version": 3}}


def test_a_card_is_found_again_by_its_metadata(client):
    client.chat_postMessage(channel="C1", text="another")
    ts = client.chat_postMessage(channel="C1", text="card", metadata=META)["ts"]
    with_metadata = client.conversations_history(channel="C1", include_all_metadata=True)["messages"]
    assert [(each["ts"], each["metadata"]) for each in with_metadata if "metadata" in each] == [(ts, META)]
    assert not any("metadata" in each for each in client.conversations_history(channel="C1")["messages"])


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_type": "wapto_order"}, "invalid_metadata_format"),
        (META | {"event_type": ""}, "invalid_metadata_format"),
        (META | {"event_payload": "1"}, "invalid_metadata_format"),
        (META | {"entities": []}, "invalid_metadata_format"),
        (META | {"event_payload": {"order": {"id": 1}}}, "invalid_metadata_schema"),
        (META | {"event_payload": {"order": "x" * 8000}}, "metadata_too_large"),
    ],
)
def test_metadata_is_flat_and_small(client, metadata, error):
    assert code(client.chat_postMessage, channel="C1", text="card", metadata=metadata) == error


# Edits (reference §3.4, §8.2-8, 10, 12)


def test_an_edit_shows_the_new_words_and_remembers_the_old(slack, client):
    ts = client.chat_postMessage(channel="C1", **message(section()))["ts"]
    client.chat_update(channel="C1", ts=ts, **message(actions(button())))
    (card,) = slack.channel("C1").messages
    assert [block["type"] for block in card.blocks] == ["actions"]
    assert [block["type"] for block in card.older[0].blocks] == ["section"]


def test_an_edit_with_text_alone_takes_the_blocks_away(slack, client):
    ts = client.chat_postMessage(channel="C1", **message(section()), metadata=META)["ts"]
    client.api_call("chat.update", json={"channel": "C1", "ts": ts, "metadata": META | {"event_type": "other"}})
    assert slack.channel("C1").messages[0].blocks != []
    client.chat_update(channel="C1", ts=ts, text="gone")
    assert (slack.channel("C1").messages[0].text, slack.channel("C1").messages[0].blocks) == ("gone", [])


def test_only_a_message_of_ones_own_that_is_there_is_edited(slack, client):
    ts = client.chat_postMessage(channel="C1", text="card")["ts"]
    written = slack.world.say(slack.channel("C1"), "U1", "hello")
    aside = client.chat_postEphemeral(channel="C1", user="U1", text="psst")["message_ts"]
    assert code(client.chat_update, channel="C1", ts="1764036000.999999", text="a") == "message_not_found"
    assert code(client.chat_update, channel="C1", ts=aside, text="a") == "message_not_found"
    assert code(client.chat_update, channel="C1", ts=written.ts, text="a") == "cant_update_message"
    assert code(client.chat_update, channel="C1", ts=ts[:-1], text="a") == "invalid_arguments"
    assert code(client.chat_update, channel="C1", ts=ts, text="x" * 4001) == "msg_too_long"
    assert code(client.api_call, "chat.update", json={"channel": "C1", "ts": ts}) == "no_text"


def test_a_deleted_message_is_gone_and_only_the_apps_own_can_be(slack, client, ana):
    ts = client.chat_postMessage(channel="C1", text="hello")["ts"]
    client.chat_delete(channel="C1", ts=ts)
    assert slack.channel("C1").messages == []
    assert code(client.chat_delete, channel="C1", ts=ts) == "message_not_found"
    slack.world.say(slack.channel("C1"), ana.id, "mine", None)
    [theirs] = slack.channel("C1").messages
    assert code(client.chat_delete, channel="C1", ts=theirs.ts) == "cant_delete_message"
