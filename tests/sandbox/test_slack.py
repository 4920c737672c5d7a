"""The Slack stand-in's Web API: it understands what slack_sdk sends and refuses with Slack's own codes."""

import json
from textwrap import dedent

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack import Slack
from tests.bot.payloads import (
    CARD,
    HOME,
    SHIP,
    actions,
    button,
    field,
    message,
    modal,
    mrkdwn,
    plain,
    rich_text,
    section,
    typed,
)


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
        slack.add_channel("C1", "orders", ["U1"])
        yield slack


@pytest.fixture
def client(slack):
    return WebClient(slack.token, base_url=slack.api_url, retry_handlers=[])


def refused(call, *args, **given):
    with pytest.raises(SlackApiError) as caught:
        call(*args, **given)
    return caught.value.response


def code(call, *args, **given):
    return refused(call, *args, **given)["error"]


def raw(slack, method="chat.postMessage", *, token=True, **request):
    headers = {"Authorization": f"Bearer {slack.token}"} if token is True else {}
    return requests.post(f"{slack.api_url}{method}", headers=headers | request.pop("headers", {}), timeout=5, **request)


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


# Ephemerals, direct messages, people (reference §3.4, §8.2-9)


def test_an_ephemeral_is_seen_by_one_member_and_stored_nowhere(slack, client):
    client.chat_postEphemeral(channel="C1", user="U1", text="already claimed by Bea")
    assert [each.text for each in slack.ephemerals("U1")] == ["already claimed by Bea"]
    assert slack.channel("C1").messages == []
    assert code(client.chat_postEphemeral, channel="C1", user="U2", text="a") == "user_not_in_channel"
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
    assert client.conversations_info(channel="C1", include_num_members=True)["channel"]["num_members"] == 2
    assert code(client.conversations_info, channel="C9") == "channel_not_found"


def test_a_permalink_leads_to_the_message_on_the_page(slack, client):
    ts = client.chat_postMessage(channel="C1", text="Tom &amp; <@U1>")["ts"]
    link = client.chat_getPermalink(channel="C1", message_ts=ts)["permalink"]
    assert link == f"{slack.url}/archives/C1/p{ts.replace('.', '')}"
    page = requests.get(link, timeout=5).text
    assert f"id='C1-{ts.replace('.', '')}'" in page
    assert "Tom &amp; @Ana" in page
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


# Views (reference §5, §8.2-26 to 28)


def test_a_trigger_opens_one_modal_within_three_seconds(slack, client, clock):
    trigger = slack.views.trigger("U1")
    assert client.views_open(trigger_id=trigger, view=SHIP)["view"]["callback_id"] == "ship"
    assert slack.user("U1").modal.title == "Ship"
    assert slack.user("U2").modal is None
    assert code(client.views_open, trigger_id=trigger, view=SHIP) == "exchanged_trigger_id"
    assert code(client.views_open, trigger_id="1.2.abc", view=SHIP) == "invalid_trigger_id"
    late = slack.views.trigger("U1")
    clock.now += 3.1
    assert code(client.views_open, trigger_id=late, view=SHIP) == "expired_trigger_id"


def test_a_view_that_breaks_a_limit_is_refused_by_its_place(slack, client):
    answer = refused(client.views_open, trigger_id=slack.views.trigger("U1"), view=modal(title=plain("x" * 25)))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"][0].endswith("[json-pointer:/view/title/text]")


def test_a_view_too_large_is_refused(slack, client):
    heavy = modal(*[section(text=plain("x" * 2600))] * 100)
    assert code(client.views_open, trigger_id=slack.views.trigger("U1"), view=heavy) == "view_too_large"


def test_only_a_modal_is_opened_and_only_a_home_published(slack, client):
    assert code(client.views_open, trigger_id=slack.views.trigger("U1"), view=HOME) == "invalid_arguments"
    assert code(client.views_publish, user_id="U1", view=SHIP) == "invalid_arguments"


def opened(slack, client, view=SHIP, user="U1"):
    return client.views_open(trigger_id=slack.views.trigger(user), view=view)["view"]


def test_an_open_modal_is_updated_by_either_id(slack, client):
    view = opened(slack, client, modal(external_id="ship-1"))
    client.views_update(view_id=view["id"], view=modal(title=plain("One"), external_id="ship-1"))
    client.views_update(external_id="ship-1", view=modal(title=plain("Two"), external_id="ship-1"))
    assert slack.user("U1").modal.title == "Two"


def test_a_modal_that_is_closed_or_unknown_is_not_found(slack, client):
    view = opened(slack, client)
    slack.views.close(slack.user("U1").modal)
    assert code(client.views_update, view_id=view["id"], view=SHIP) == "not_found"
    assert code(client.views_update, external_id="nobody", view=SHIP) == "not_found"
    assert code(client.api_call, "views.update", json={"view": SHIP}) == "invalid_arguments"


def test_a_hash_must_be_the_one_of_the_view_that_is_shown(slack, client):
    view = opened(slack, client)
    updated = client.views_update(view_id=view["id"], hash=view["hash"], view=SHIP)["view"]
    assert updated["hash"] != view["hash"]
    assert code(client.views_update, view_id=view["id"], hash=view["hash"], view=SHIP) == "hash_conflict"
    assert code(client.views_publish, user_id="U1", hash="", view=HOME) == "hash_conflict"


def test_an_external_id_is_used_by_one_view_at_a_time(slack, client):
    opened(slack, client, modal(external_id="ship-1"))
    trigger = slack.views.trigger("U2")
    assert code(client.views_open, trigger_id=trigger, view=modal(external_id="ship-1")) == "duplicate_external_id"


def test_what_is_typed_stays_where_the_ids_stay(slack, client):
    view = opened(slack, client)
    ana = slack.user("U1")
    ana.fill(ana.modal, {"tracking": "BR99"})
    values = client.views_update(view_id=view["id"], view=SHIP)["view"]["state"]["values"]
    assert values["tracking"]["number"]["value"] == "BR99"
    renamed = modal(field(typed(initial_value="BR1"), block_id="tracking-2"))
    values = client.views_update(view_id=view["id"], view=renamed)["view"]["state"]["values"]
    assert values["tracking-2"]["number"]["value"] == "BR1"


def test_a_home_is_published_for_each_person(slack, client):
    client.views_publish(user_id="U1", view=HOME)
    client.views_publish(user_id="U1", view=HOME | {"blocks": [section(text=plain("3 open orders"))]})
    assert slack.plain_text(slack.user("U1").home) == "3 open orders"
    assert slack.user("U2").home is None
    assert code(client.views_publish, user_id="U9", view=HOME) == "user_not_found"


def test_a_home_needs_the_manifest_to_enable_it():
    with Slack(manifest={"oauth_config": {"scopes": {"bot": []}}}) as slack:
        slack.add_user("U1", "Ana")
        client = WebClient(slack.token, base_url=slack.api_url)
        assert code(client.views_publish, user_id="U1", view=HOME) == "not_enabled"


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
    assert [each.text for each in slack.channel("C1").messages] == ["card"]


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
