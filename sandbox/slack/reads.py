"""Conversations and people: conversations.*, users.info, auth.test (reference §4, §8.2-2, 6, 7)."""

from typing import Any

from sandbox.slack.chat import Arguments, as_slack, channel_to_read, timestamp
from sandbox.slack.rules import Method, Refused, invalid_arguments
from sandbox.slack.world import Channel, Message, User, World

_SCOPE_OF = {"public": "channels", "private": "groups", "im": "im"}


def auth_test(world: World, _given: Arguments) -> Arguments:
    """auth.test: whose token this is."""
    return {
        "url": f"{world.base_url}/",
        "team": world.domain,
        "user": world.bot.name,
        "team_id": world.team_id,
        "user_id": world.bot.id,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


def conversations_open(world: World, given: Arguments) -> Arguments:
    """conversations.open: the direct messages with one person; groups of people are not modeled."""
    if "users" not in given:
        raise Refused("users_list_not_supplied")
    if "," in given["users"]:
        raise invalid_arguments("the stand-in opens direct messages with one person only")
    user = world.users.get(given["users"])
    if user is None:
        raise Refused("user_not_found")
    if user.deleted:
        raise Refused("user_disabled")
    if user.is_bot:
        raise Refused("cannot_dm_bot")
    channel = world.direct(user.id)
    return {"channel": _as_slack(world, channel) if given.get("return_im") else {"id": channel.id}}


def conversations_info(world: World, given: Arguments) -> Arguments:
    """conversations.info: also of a public channel without the bot, so that it can ask to be invited."""
    channel = world.channels.get(given["channel"])
    if channel is None or (channel.kind != "public" and world.bot.id not in channel.members):
        raise Refused("channel_not_found")
    world.app.need(f"{_SCOPE_OF[channel.kind]}:read")
    shown = _as_slack(world, channel)
    if given.get("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def conversations_history(world: World, given: Arguments) -> Arguments:
    """conversations.history: the channel itself without replies, newest first."""
    channel = _readable(world, given)
    return _page(world, given, list(reversed(channel.messages)))


def conversations_replies(world: World, given: Arguments) -> Arguments:
    """conversations.replies: a message and what was said under it, oldest first."""
    channel = _readable(world, given)
    parent = channel.all.get(timestamp("ts", given["ts"]))
    replies = channel.thread(given["ts"])
    if parent is None and not replies:
        raise Refused("thread_not_found")
    return _page(world, given, [parent, *replies] if parent else replies)


def users_info(world: World, given: Arguments) -> Arguments:
    """users.info: one person."""
    user = world.users.get(given["user"])
    if user is None:
        raise Refused("user_not_found")
    return {"user": person(world, user)}


def users_get_presence(world: World, given: Arguments) -> Arguments:
    """users.getPresence: whether somebody is at it."""
    user = world.users.get(given["user"])
    if user is None:
        raise Refused("user_not_found")
    return {"presence": user.presence}


def person(world: World, user: User) -> Arguments:
    """A person as Slack writes them in answers and events."""
    return {
        "id": user.id,
        "team_id": world.team_id,
        "name": user.handle,
        "real_name": user.name,
        "deleted": user.deleted,
        "profile": {"real_name": user.name, "display_name": user.name},
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
    }


def _as_slack(world: World, channel: Channel) -> Arguments:
    shown: Arguments = {"id": channel.id, "is_archived": channel.archived, "is_im": channel.kind == "im"}
    if channel.kind == "im":
        return shown | {"user": next(iter(channel.members - {world.bot.id}))}
    return shown | {
        "name": channel.name,
        "is_channel": channel.kind == "public",
        "is_private": channel.kind == "private",
        "is_member": world.bot.id in channel.members,
    }


def _readable(world: World, given: Arguments) -> Channel:
    channel = channel_to_read(world, given["channel"])
    world.app.need(f"{_SCOPE_OF[channel.kind]}:history")
    return channel


def _page(world: World, given: Arguments, messages: list[Message]) -> Arguments:
    limit, start = given.get("limit", 100), _offset(given.get("cursor") or "0")
    if not 1 <= limit <= 999:
        raise Refused("invalid_limit")
    found = _window(messages, given)
    more = start + limit < len(found)
    with_metadata = given.get("include_all_metadata", False)
    shown = [as_slack(world, each, with_metadata=with_metadata) for each in found[start : start + limit]]
    cursor = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
    return {"messages": shown, "has_more": more, **cursor}


def _offset(cursor: str) -> int:
    if not cursor.isdigit():
        raise Refused("invalid_cursor")
    return int(cursor)


def _window(messages: list[Message], given: Arguments) -> list[Message]:
    """Those between oldest and latest; time stamps have one length, so that they compare as strings."""
    oldest, latest = _bound("oldest", given.get("oldest", "0")), _bound("latest", given.get("latest", "9999999999"))
    ends = (oldest, latest) if given.get("inclusive") else ()
    return [each for each in messages if oldest < each.ts < latest or each.ts in ends]


def _bound(name: str, value: str) -> str:
    seconds, _, rest = value.partition(".")
    if not (seconds + rest).isdigit():
        raise Refused(f"invalid_ts_{name}")
    return f"{seconds:0>10}.{rest:0<6}"


_WINDOW: dict[str, Any] = {
    "cursor": str,
    "inclusive": bool,
    "include_all_metadata": bool,
    "latest": str,
    "limit": int,
    "oldest": str,
}
_HISTORY_SCOPES = ("channels:history", "groups:history", "im:history")

METHODS = {
    "auth.test": Method(auth_test, needs={}, takes={}),
    "conversations.open": Method(
        conversations_open, needs={}, takes={"users": str, "return_im": bool}, scopes=("im:write",), per_minute=50
    ),
    "conversations.info": Method(
        conversations_info,
        needs={"channel": str},
        takes={"include_locale": bool, "include_num_members": bool},
        scopes=("channels:read", "groups:read", "im:read"),
        per_minute=50,
    ),
    "conversations.history": Method(
        conversations_history, needs={"channel": str}, takes=_WINDOW, scopes=_HISTORY_SCOPES, per_minute=50
    ),
    "conversations.replies": Method(
        conversations_replies,
        needs={"channel": str, "ts": str},
        takes=_WINDOW,
        scopes=_HISTORY_SCOPES,
        per_minute=50,
    ),
    "users.getPresence": Method(
        users_get_presence, needs={"user": str}, takes={}, scopes=("users:read",), per_minute=50
    ),
    "users.info": Method(users_info, needs={"user": str}, takes={"include_locale": bool}, scopes=("users:read",)),
}
