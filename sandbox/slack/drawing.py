"""Blocks as HTML, about as Slack's desktop client draws them: for the stand-in's page and the pictures of the docs."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from importlib import resources
from typing import Any

from sandbox.slack.world import Message, View, World

STYLE = resources.files("sandbox.slack").joinpath("slack.css").read_text()

_PLACE = "\ue000"  # where a token stands while the markup around it is read
_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_MARKS = (
    (re.compile(r"\*([^*\n]+)\*"), "b"),
    (re.compile(r"`([^`\n]+)`"), "code"),
    (re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)"), "i"),
)


def message(shown: Message, world: World) -> str:
    """A message with its author."""
    author = world.users[shown.user]
    mark = "<span class=app>APP</span>" if author.is_bot else ""
    kind = "avatar" if author.is_bot else "avatar person"
    words = blocks(shown.blocks, world) if shown.blocks else f"<div class=section>{_mrkdwn(shown.text, world)}</div>"
    return (
        f"<div class=message><div class='{kind}'>{escape(author.name[:1])}</div><div class=body>"
        f"<span class=author>{escape(author.name)}</span>{mark}{words}</div></div>"
    )


def modal(shown: View, world: World) -> str:
    """A modal with its title and what it is sent with."""
    payload = shown.payload
    close = (payload.get("close") or {}).get("text", "Cancel")
    send = payload.get("submit")
    buttons = f"<span class=button>{escape(close)}</span>"
    buttons += f"<span class='button primary'>{escape(send['text'])}</span>" if send else ""
    return (
        f"<div class=modal><div class=title>{escape(shown.title)}</div><div class=content>"
        f"{blocks(shown.blocks, world)}</div><div class=foot>{buttons}</div></div>"
    )


def blocks(shown: list[dict[str, Any]], world: World) -> str:
    """Blocks one below the other."""
    return "".join(_BLOCKS.get(block["type"], _unknown)(block, world) for block in shown)


def _unknown(block: dict[str, Any], _world: World) -> str:
    return f"<div class=context>({escape(block['type'])})</div>"


def _header(block: dict[str, Any], world: World) -> str:
    return f"<div class=header>{_text(block['text'], world)}</div>"


def _section(block: dict[str, Any], world: World) -> str:
    words = _text(block["text"], world) if block.get("text") else ""
    fields = "".join(f"<div>{_text(field, world)}</div>" for field in block.get("fields", []))
    left = f"<div>{words}{f'<div class=fields>{fields}</div>' if fields else ''}</div>"
    beside = _element(block["accessory"], world) if block.get("accessory") else ""
    return f"<div class='section with'>{left}{beside}</div>"


def _context(block: dict[str, Any], world: World) -> str:
    return f"<div class=context>{' · '.join(_text(each, world) for each in block['elements'])}</div>"


def _actions(block: dict[str, Any], world: World) -> str:
    return f"<div class=actions>{''.join(_element(each, world) for each in block['elements'])}</div>"


def _divider(_block: dict[str, Any], _world: World) -> str:
    return "<hr>"


def _image(block: dict[str, Any], _world: World) -> str:
    return f"<div class=context>🖼 {escape(block['alt_text'])}</div>"


def _rich_text(block: dict[str, Any], world: World) -> str:
    return "".join(_rich(element, world) for element in block["elements"])


def _rich(element: dict[str, Any], world: World) -> str:
    if element["type"] == "rich_text_list":
        items = "".join(f"<li>{_parts(item, world)}</li>" for item in element["elements"])
        return f"<ul>{items}</ul>"
    tag = {"rich_text_quote": "blockquote", "rich_text_preformatted": "pre"}.get(element["type"], "div class=rich")
    return f"<{tag}>{_parts(element, world)}</{tag.split()[0]}>"


def _parts(element: dict[str, Any], world: World) -> str:
    return "".join(_part(part, world) for part in element["elements"])


def _part(part: dict[str, Any], world: World) -> str:
    words = {
        "text": lambda: escape(part["text"]),
        "link": lambda: f"<a>{escape(part.get('text') or part['url'])}</a>",
        "date": lambda: _moment(part["timestamp"], world),
        "emoji": lambda: escape(f":{part['name']}:"),
        "user": lambda: _mention(f"@{part['user_id']}", world),
    }.get(part["type"], lambda: "")()
    for style, tag in (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code")):
        if part.get("style", {}).get(style):
            words = f"<{tag}>{words}</{tag}>"
    return words


def _input(block: dict[str, Any], world: World) -> str:
    optional = " <span class=hint>(optional)</span>" if block.get("optional") else ""
    hint = f"<div class=hint>{_text(block['hint'], world)}</div>" if block.get("hint") else ""
    return f"<div class=label>{_text(block['label'], world)}{optional}</div>{_element(block['element'], world)}{hint}"


def _table(block: dict[str, Any], world: World) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{_text(cell, world)}</td>' for cell in row)}</tr>" for row in block["rows"])
    return f"<table>{rows}</table>"


_BLOCKS: dict[str, Callable[[dict[str, Any], World], str]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
    "rich_text": _rich_text,
    "input": _input,
    "table": _table,
}


def _element(element: dict[str, Any], world: World) -> str:
    kind = element["type"]
    if kind == "button":
        return f"<span class='button {element.get('style', '')}'>{_text(element['text'], world)}</span>"
    if kind == "overflow":
        return "<span class=button>⋯</span>"
    if kind in ("plain_text_input", "number_input", "url_text_input", "email_text_input"):
        tall = " tall" if element.get("multiline") else ""
        return f"<div class='field{tall}'>{escape(str(element.get('initial_value') or _placeholder(element)))}</div>"
    if kind in ("checkboxes", "radio_buttons"):
        mark = "☐" if kind == "checkboxes" else "○"
        return "".join(f"<div>{mark} {_text(option['text'], world)}</div>" for option in element["options"])
    chosen = (element.get("initial_option") or {}).get("text", {}).get("text") or element.get("initial_date")
    return f"<span class=select>{escape(str(chosen or _placeholder(element) or 'Choose'))}</span>"


def _placeholder(element: dict[str, Any]) -> str:
    return str((element.get("placeholder") or {}).get("text", ""))


def _text(text: Any, world: World) -> str:
    if isinstance(text, str):
        return escape(text)
    if text.get("type") == "rich_text":
        return _rich_text(text, world)
    return _mrkdwn(text["text"], world) if text["type"] == "mrkdwn" else escape(text["text"])


def _mrkdwn(text: str, world: World) -> str:
    """Slack's own entities are HTML's too; markup may go around tokens, but not into them."""
    tokens = [_token(found[1], found[2], world) for found in _TOKEN.finditer(text)]
    places = iter(tokens)
    return re.sub(_PLACE, lambda _: next(places), _marked(_TOKEN.sub(_PLACE, text.replace(_PLACE, ""))))


def _marked(text: str) -> str:
    words = text.replace('"', "&quot;")
    for mark, tag in _MARKS:
        words = mark.sub(rf"<{tag}>\1</{tag}>", words)
    return words


def _token(target: str, label: str | None, world: World) -> str:
    if target.startswith("!date^"):
        return _moment(int(target.split("^")[1]), world)
    if target[:1] in "@#!":
        return _mention(target, world)
    return f"<a>{label or escape(target)}</a>"


def _moment(timestamp: int, world: World) -> str:
    """As a reader in UTC sees `{date_short_pretty} at {time}` (reference §3.3)."""
    at, today = datetime.fromtimestamp(timestamp, UTC), datetime.fromtimestamp(world.clock(), UTC).date()
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((at.date() - today).days)
    return f"{near or f'{at:%b} {at.day}, {at.year}'} at {at.hour % 12 or 12}:{at:%M %p}"


def _mention(target: str, world: World) -> str:
    user, channel = world.users.get(target[1:]), world.channels.get(target[1:])
    name = f"@{user.name}" if user else f"#{channel.name}" if channel else target
    return f"<span class=mention>{escape(name)}</span>"
