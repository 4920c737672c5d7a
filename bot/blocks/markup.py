"""Slack's own markup in mrkdwn text: escaping, mentions, and what only looks like a token (reference §3.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.blocks.checks import HOUSE_RULE, Problem, walk

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TOKEN = re.compile(
    r"<(?:"
    r"@(?P<user>[UW][A-Z0-9]+)(?:\|[^<>]*)?"
    r"|\#(?P<channel>[CGD][A-Z0-9]+)(?:\|[^<>]*)?"
    r"|!subteam\^(?P<subteam>S[A-Z0-9]+)(?:\|[^<>]*)?"
    r"|!(?P<broadcast>here|channel|everyone)(?:\|[^<>]*)?"
    r"|!date\^\d+\^[^<>|]+\|[^<>|]+"
    r"|(?:https?://|mailto:|tel:)[^<>|\s]+(?:\|[^<>]*)?"
    r")>"
)

# Keys of elements and of rich text that hold ids
_IDS = {
    "user_id": "user",
    "initial_user": "user",
    "initial_users": "user",
    "channel_id": "channel",
    "initial_channel": "channel",
    "initial_channels": "channel",
    "usergroup_id": "subteam",
}


@dataclass(frozen=True)
class Mention:
    """Somebody or something named in a payload: `kind` is user, channel, subteam or broadcast."""

    pointer: str
    kind: str
    id: str


def escape(text: str) -> str:
    """Text of the outside world made safe for mrkdwn: exactly the three characters that Slack gives a meaning.

    Cut to length before escaping, else an entity may be cut in two.
    """
    return text.translate(_ENTITIES)


def mrkdwn_texts(payload: dict[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, text) of the message's own text and of every mrkdwn object in it."""
    if isinstance(payload.get("text"), str):
        yield f"{at}/text", payload["text"]
    for part, pointer in walk(payload.get("blocks"), f"{at}/blocks"):
        if part.get("type") == "mrkdwn" and isinstance(part.get("text"), str):
            yield f"{pointer}/text", part["text"]


def mentions(payload: dict[str, Any], at: str = "") -> Iterator[Mention]:
    """All that a payload names, so that who knows the workspace can check that it exists (§8.2-20, 25)."""
    for part, pointer in walk(payload.get("blocks"), f"{at}/blocks"):
        for key in _IDS.keys() & part.keys():
            named = part[key] if isinstance(part[key], list) else [part[key]]
            yield from (Mention(f"{pointer}/{key}", _IDS[key], str(identity)) for identity in named)
        if part.get("type") == "broadcast":
            yield Mention(pointer, "broadcast", str(part.get("range")))
    for pointer, text in mrkdwn_texts(payload, at):
        for token in _TOKEN.finditer(text):
            for kind, identity in token.groupdict().items():
                if identity:
                    yield Mention(pointer, kind, identity)


def problems_of_markup(payload: dict[str, Any], at: str, *, broadcast: bool) -> Iterator[Problem]:
    """A bare `<`, by which customer text could become a mention or a false link, and calls to a whole channel."""
    for pointer, text in mrkdwn_texts(payload, at):
        if "<" in _TOKEN.sub("", text):
            yield Problem(pointer, "has a < that starts no token of Slack's; escape it as &lt;", HOUSE_RULE)
    for mention in mentions(payload, at):
        if mention.kind == "broadcast" and not broadcast:
            yield Problem(mention.pointer, f"calls everybody with <!{mention.id}>", HOUSE_RULE)
