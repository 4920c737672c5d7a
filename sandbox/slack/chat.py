"""Messages: chat.postMessage, update, delete, postEphemeral, getPermalink (reference §3.4, §8.2-6 to 13)."""

import json
import re
from collections.abc import Container, Iterator
from typing import Any

from bot.blocks import HOUSE_RULE, Problem, mentions, problems_of_message
from sandbox.slack.rules import Method, Refused, invalid_arguments, refuse
from sandbox.slack.world import Channel, Message, World

Arguments = dict[str, Any]

_TS = re.compile(r"\d{10}\.\d{6}")
_METADATA_BYTES = 8000


def post_message(world: World, given: Arguments) -> Arguments:
    """chat.postMessage: a new message, or a reply with `thread_ts`."""
    channel = channel_to_post(world, given["channel"])
    check_content(world, given)
    check_thread(channel, given)
    said = world.say(
        channel,
        world.bot.id,
        given.get("text") or given.get("markdown_text", ""),
        given.get("blocks"),
        thread_ts=given.get("thread_ts"),
        broadcast=given.get("reply_broadcast", False),
        metadata=_metadata(given),
    )
    return {"channel": channel.id, "ts": said.ts, "message": as_slack(world, said)}


def update(world: World, given: Arguments) -> Arguments:
    """chat.update: text without blocks removes the blocks; blocks stay only if neither is given (§8.2-12)."""
    channel = channel_to_read(world, given["channel"])
    if channel.archived:
        raise Refused("is_inactive")
    message = _own_message(world, channel, timestamp("ts", given["ts"]))
    new_metadata = _metadata(given)
    if new_metadata is None or "text" in given or "blocks" in given:
        check_content(world, given)
    with world.change():
        if "text" in given or "blocks" in given or "markdown_text" in given:
            message.replace(given.get("text") or given.get("markdown_text", ""), given.get("blocks", []))
        message.metadata = new_metadata or message.metadata
    shown = as_slack(world, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(world: World, given: Arguments) -> Arguments:
    """chat.delete: a message of the app's own, for good; what stands in its thread stays."""
    channel = channel_to_read(world, given["channel"])
    message = channel.all.get(timestamp("ts", given["ts"]))
    if message is None:
        raise Refused("message_not_found")
    if message.user != world.bot.id:
        raise Refused("cant_delete_message")
    with world.change():
        del channel.all[message.ts]
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(world: World, given: Arguments) -> Arguments:
    """chat.postEphemeral: seen by one member of the channel, stored nowhere, its ts good for nothing (§8.2-9)."""
    channel = channel_to_post(world, given["channel"])
    if given["user"] not in world.users:
        raise Refused("user_not_found")
    if given["user"] not in channel.members:
        raise Refused("user_not_in_channel")
    check_content(world, given)
    check_thread(channel, given)
    text = given.get("text") or given.get("markdown_text", "")
    said = world.say(
        channel,
        world.bot.id,
        text,
        given.get("blocks"),
        thread_ts=given.get("thread_ts"),
        only_for=given["user"],
    )
    return {"message_ts": said.ts}


def get_permalink(world: World, given: Arguments) -> Arguments:
    """chat.getPermalink: an address under the stand-in's own page instead of slack.com."""
    channel = channel_to_read(world, given["channel"])
    message = channel.all.get(timestamp("message_ts", given["message_ts"]))
    if message is None:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": permalink(world, message)}


def permalink(world: World, message: Message) -> str:
    """Written as Slack does: the ts without its point after a p."""
    return f"{world.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"


def channel_to_read(world: World, channel_id: str) -> Channel:
    """The channel, known by id only; to strangers a private one does not exist (§8.2-6)."""
    channel = world.channels.get(channel_id)
    if channel is None:
        raise Refused("channel_not_found")
    if world.bot.id not in channel.members:
        raise Refused("not_in_channel" if channel.kind == "public" else "channel_not_found")
    return channel


def channel_to_post(world: World, channel_id: str) -> Channel:
    """The same, and not archived."""
    channel = channel_to_read(world, channel_id)
    if channel.archived:
        raise Refused("is_archived")
    return channel


def timestamp(name: str, ts: str) -> str:
    """A ts in Slack's form, which is a string of digits and never a rounded number (§8.2-8)."""
    if not _TS.fullmatch(ts):
        raise invalid_arguments(f"{name} must look like 1764036000.000100")
    return ts


def check_content(world: World, content: Arguments) -> None:
    """Refuse text and blocks that break a limit or name somebody unknown (§8.2-10, 11, 14 to 25)."""
    refuse([*problems_of_message(content, broadcast=world.broadcast_allowed), *unknown_mentions(world, content)])


def unknown_mentions(world: World, content: Arguments, at: str = "") -> Iterator[Problem]:
    """Mentions of people and channels that this workspace does not have (§8.2-25); user groups are not modeled."""
    known: dict[str, Container[str]] = {"user": world.users, "channel": world.channels, "subteam": {}}
    for mention in mentions(content, at):
        if mention.id not in known.get(mention.kind, {mention.id}):
            yield Problem(mention.pointer, f"mentions {mention.id}, which does not exist", HOUSE_RULE)


def as_slack(world: World, message: Message, *, with_metadata: bool = False) -> Arguments:
    """A message as Slack writes it in answers and payloads."""
    shown: Arguments = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "team": world.team_id,
        "text": message.text,
        "blocks": message.blocks,
    }
    if message.bot_id:
        shown |= {"bot_id": message.bot_id, "app_id": world.app_id}
    replies = len(world.channels[message.channel].thread(message.ts))
    if message.thread_ts or replies:
        shown["thread_ts"] = message.thread_ts or message.ts
    if replies:
        shown["reply_count"] = replies
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    if message.files:
        shown["files"] = message.files
    if with_metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown


def _own_message(world: World, channel: Channel, ts: str) -> Message:
    message = channel.all.get(ts)
    if message is None:
        raise Refused("message_not_found")
    if message.user != world.bot.id:
        raise Refused("cant_update_message")
    return message


def check_thread(channel: Channel, given: Arguments) -> None:
    """A thread hangs under an existing message that is no reply itself (§8.2-7)."""
    if "thread_ts" not in given:
        if given.get("reply_broadcast"):
            raise invalid_arguments("reply_broadcast needs thread_ts")
        return
    parent = channel.all.get(timestamp("thread_ts", given["thread_ts"]))
    if parent is None:
        raise Refused("thread_not_found")
    if parent.is_reply:
        raise Refused("cannot_reply_to_message")


def _metadata(given: Arguments) -> Arguments | None:
    """Flat JSON with an event_type, small (§3.4, §8.2-13)."""
    metadata: Arguments | None = given.get("metadata")
    if metadata is None:
        return None
    if set(metadata) != {"event_type", "event_payload"} or not isinstance(metadata["event_payload"], dict):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata["event_type"], str) or not metadata["event_type"]:
        raise Refused("invalid_metadata_format")
    if any(isinstance(value, dict | list) for value in metadata["event_payload"].values()):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata)) > _METADATA_BYTES:
        raise Refused("metadata_too_large")
    return metadata


_CONTENT = {"text": str, "blocks": list, "markdown_text": str}
_LOOKS = {"mrkdwn": bool, "link_names": bool, "parse": str}

METHODS = {
    "chat.postMessage": Method(
        post_message,
        needs={"channel": str},
        takes={
            **_CONTENT,
            **_LOOKS,
            "thread_ts": str,
            "reply_broadcast": bool,
            "unfurl_links": bool,
            "unfurl_media": bool,
            "metadata": dict,
        },
        scopes=("chat:write",),
    ),
    "chat.update": Method(
        update,
        needs={"channel": str, "ts": str},
        takes={**_CONTENT, "link_names": bool, "parse": str, "reply_broadcast": bool, "metadata": dict},
        scopes=("chat:write",),
        per_minute=50,
    ),
    "chat.delete": Method(delete, needs={"channel": str, "ts": str}, takes={}, scopes=("chat:write",), per_minute=50),
    "chat.postEphemeral": Method(
        post_ephemeral,
        needs={"channel": str, "user": str},
        takes={**_CONTENT, "link_names": bool, "parse": str, "thread_ts": str},
        scopes=("chat:write",),
    ),
    "chat.getPermalink": Method(get_permalink, needs={"channel": str, "message_ts": str}, takes={}),
}
