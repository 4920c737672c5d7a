"""Messages in words, for tests and the transcript, and a page for people at the stand-in's address."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from flask import Flask, redirect
from werkzeug.wrappers import Response

from sandbox.slack import drawing
from sandbox.slack.forms import elements_of
from sandbox.slack.world import Channel, Message, View, World

_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_RICH = {
    "user": "<@{user_id}>",
    "channel": "<#{channel_id}>",
    "emoji": ":{name}:",
    "link": "{url}",
    "date": "{fallback}",
}
_NOTE = ".note{background:#fe9;padding:.5em 20px} h2{padding:0 20px}"


def plain_text(shown: Message | View, world: World | None = None) -> str:
    """The words that a person reads: a line for each text, buttons as [Confirm]; `world` gives mentions their names."""
    lines = [line for block in shown.blocks for line in _lines(block)]
    if isinstance(shown, Message) and not lines:
        lines = [shown.text]
    if isinstance(shown, Message):
        lines += [f"[file {file['title']}]" for file in shown.files]
    if isinstance(shown, View) and shown.title:
        lines.insert(0, shown.title)
    return "\n".join(_readable(line, world) for line in lines)


def _lines(block: dict[str, Any]) -> Iterator[str]:
    """Texts first, then what can be pressed."""
    if block["type"] == "image":
        yield f"({block['alt_text']})"
        return
    for part in (block.get("label"), block.get("text"), *block.get("fields", []), *block.get("elements", [])):
        yield from _texts(part)
    for row in block.get("rows", []):
        yield " | ".join(" ".join(_texts(cell)) for cell in row)
    controls = " ".join(_control(found.element) for found in elements_of([block]))
    if controls:
        yield controls


def _texts(part: Any) -> Iterator[str]:
    """A text object or bare text as one line; rich text as the sum of its parts; controls are none."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict) and "action_id" not in part:
        if isinstance(part.get("text"), str):
            yield part["text"]
        elif part.get("type") in _RICH:
            yield _RICH[part["type"]].format_map(part)
        elif "elements" in part:
            yield "".join("".join(_texts(each)) for each in part["elements"])
        elif "alt_text" in part:
            yield f"({part['alt_text']})"


def _control(element: dict[str, Any]) -> str:
    words = element.get("text") or element.get("placeholder") or {}
    if element["type"] == "overflow":
        return "[… " + " / ".join(option["text"]["text"] for option in element["options"]) + "]"
    return f"[{words.get('text') or element['type']}]"


def _readable(text: str, world: World | None) -> str:
    """Tokens by their label or the name of who is meant, entities as characters, ampersand last."""
    shown = _TOKEN.sub(lambda found: found[2] or _name(found[1], world), text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _name(target: str, world: World | None) -> str:
    user = world.users.get(target[1:]) if world else None
    channel = world.channels.get(target[1:]) if world else None
    if user:
        return f"@{user.name}"
    return f"#{channel.name}" if channel else target


def mount(app: Flask, world: World) -> None:
    """Serve the page at / and at every permalink."""

    @app.get("/")
    def page() -> str:
        people = ", ".join(f"{user.name} ({user.presence})" for user in world.users.values() if not user.is_bot)
        body = "".join(_channel(channel, world) for channel in list(world.channels.values()))
        return (
            f"<!doctype html><meta charset=utf-8><title>Slack stand-in</title><style>{drawing.STYLE}{_NOTE}</style>"
            "<p class=note>This is a stand-in for Slack on this machine. Nothing here reaches slack.com.</p>"
            f"<p>People: {escape(people)}</p>{body}"
        )

    @app.get("/archives/<channel_id>/p<digits>")
    def permalink(channel_id: str, digits: str) -> Response:
        return redirect(f"/#{channel_id}-{digits}")


def _channel(channel: Channel, world: World) -> str:
    messages = "".join(
        _message(message, world)
        + "".join(f"<div class=thread>{_message(reply, world)}</div>" for reply in channel.thread(message.ts))
        for message in channel.messages
    )
    return f"<h2>{escape(_title(channel, world))}</h2>{messages or '<p>Nothing yet.</p>'}"


def _title(channel: Channel, world: World) -> str:
    if channel.kind != "im":
        return f"#{channel.name}"
    return "Direct messages of " + ", ".join(world.users[each].name for each in channel.members - {world.bot.id})


def _message(message: Message, world: World) -> str:
    anchor = f"{message.channel}-{message.ts.replace('.', '')}"
    return f"<div id='{escape(anchor)}'>{drawing.message(message, world)}</div>"
