"""The blocks, one row each, and the surfaces that each may stand on (reference §3.1, §8.2-14 to 22)."""

from collections.abc import Iterator
from typing import Any

from bot.blocks import limits
from bot.blocks.checks import (
    Check,
    Fields,
    Problem,
    anything,
    array,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    identifier,
    one_of,
    shape,
    string,
    url,
    whole,
)
from bot.blocks.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION, MRKDWN, PLAIN, text

_ANY = 10_000  # Slack states no maximum; the sums over the message bound it


def _block(required: Fields, optional: Fields, *rules: Check) -> Check:
    return shape(required, {"type": anything, "block_id": identifier, **optional}, *rules)


def _part(required: Fields, optional: Fields) -> Check:
    return shape({"type": anything, **required}, optional)


_STYLE = {"style": shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))}
_WORDS = string(1, _ANY)
_RICH_PARTS: Fields = {
    "text": _part({"text": _WORDS}, _STYLE),
    "link": _part({"url": url}, {"text": _WORDS, "unsafe": boolean, **_STYLE}),
    "emoji": _part({"name": identifier}, {"unicode": _WORDS, "skin_tone": whole(1, 6)}),
    "user": _part({"user_id": identifier}, _STYLE),
    "channel": _part({"channel_id": identifier}, _STYLE),
    "usergroup": _part({"usergroup_id": identifier}, _STYLE),
    "date": _part({"timestamp": whole(0, 10**10), "format": _WORDS}, {"url": url, "fallback": _WORDS, **_STYLE}),
    "broadcast": _part({"range": one_of("here", "channel", "everyone")}, {}),
}
_PARTS = array(by_type(_RICH_PARTS, "a part of rich text"), 0, _ANY)
_SECTION = _part({"elements": _PARTS}, {})
_RICH: Fields = {
    "rich_text_section": _SECTION,
    "rich_text_list": _part(
        {"style": one_of("bullet", "ordered"), "elements": array(_SECTION, 1, _ANY)},
        {"indent": whole(0, 8), "offset": whole(0, _ANY), "border": whole(0, 1)},
    ),
    "rich_text_quote": _part({"elements": _PARTS}, {"border": whole(0, 1)}),
    "rich_text_preformatted": _part({"elements": _PARTS}, {"border": whole(0, 1), "language": identifier}),
}
_RICH_TEXT = _block({"elements": array(by_type(_RICH, "an element of rich text"), 0, _ANY)}, {})

_CELL = by_type({"raw_text": _part({"text": _WORDS}, {}), "rich_text": _RICH_TEXT}, "a cell")
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _rectangular(table: dict[str, Any], at: str) -> Iterator[Problem]:
    widths = {len(row) for row in table["rows"]}
    if len(widths) > 1:
        yield Problem(f"{at}/rows", "every row must have the same number of cells")


_CONTEXT_PART = by_type(
    {PLAIN: text(limits.CONTEXT_TEXT), MRKDWN: text(limits.CONTEXT_TEXT), "image": IMAGE}, "a part of a context"
)

BLOCKS: Fields = {
    "section": _block(
        {},
        {
            "text": text(limits.SECTION_TEXT),
            "fields": array(text(limits.FIELD_TEXT), 1, limits.SECTION_FIELDS),
            "accessory": by_type(IN_SECTION, "an accessory"),
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "header": _block({"text": text(limits.HEADER_TEXT, PLAIN)}, {}),
    "context": _block({"elements": array(_CONTEXT_PART, 1, limits.CONTEXT_ELEMENTS)}, {}),
    "actions": _block(
        {"elements": array(by_type(IN_ACTIONS, "an element of actions"), 1, limits.ACTIONS_ELEMENTS)}, {}
    ),
    "divider": _block({}, {}),
    "image": _block(
        {"alt_text": string(1, limits.ALT_TEXT)},
        {
            "image_url": url,
            "slack_file": shape({}, {"id": identifier, "url": url}, exactly_one("id", "url")),
            "title": text(limits.IMAGE_TITLE, PLAIN),
        },
        exactly_one("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": text(limits.INPUT_LABEL, PLAIN), "element": by_type(IN_INPUT, "the element of an input")},
        {"hint": text(limits.INPUT_HINT, PLAIN), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _RICH_TEXT,
    "markdown": _block({"text": string(1, limits.MARKDOWN_TEXT)}, {}),
    "table": _block(
        {"rows": array(array(_CELL, 1, limits.TABLE_COLUMNS), 1, limits.TABLE_ROWS)},
        {"column_settings": array(_COLUMN, 1, limits.TABLE_COLUMNS)},
        _rectangular,
    ),
    "alert": _block(
        {"text": text(limits.ALERT_TEXT)}, {"level": one_of("default", "info", "warning", "error", "success")}
    ),
}

# Blocks that are at home on some surfaces only; the others stand anywhere (§8.2-15).
SURFACES = {"alert": ("modal",), "markdown": ("message",), "table": ("message",)}
