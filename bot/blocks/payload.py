"""Whole messages and views: what only shows when all blocks are seen together (reference §3.4, §8.2-10 to 26)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.blocks import limits
from bot.blocks.checks import (
    HOUSE_RULE,
    Check,
    Fields,
    Problem,
    anything,
    array,
    boolean,
    by_type,
    identifier,
    shape,
    string,
    walk,
)
from bot.blocks.elements import INTERACTIVE, PLAIN, text
from bot.blocks.layout import BLOCKS, SURFACES
from bot.blocks.markup import problems_of_markup

_CONTENTS = ("text", "blocks", "attachments", "markdown_text")


def problems_of_message(payload: dict[str, Any], *, broadcast: bool = False) -> list[Problem]:
    """All that is wrong with a message's `text` and `blocks`, pointers from the payload's root.

    Its other keys are not looked at; `broadcast` lets it call a whole channel.
    """
    return [
        *_problems_of_content(payload),
        *_problems_of_blocks(payload, "", "message", limits.BLOCKS_PER_MESSAGE),
        *_sums(payload),
        *problems_of_markup(payload, "", broadcast=broadcast),
    ]


def problems_of_view(view: dict[str, Any]) -> list[Problem]:
    """All that is wrong with a modal or a Home view, pointers under /view."""
    found = [
        *by_type(_VIEWS, "a view")(view, "/view"),
        *_problems_of_blocks(view, "/view", str(view.get("type")), limits.BLOCKS_PER_VIEW),
        *_submit(view),
        *problems_of_markup({"blocks": view.get("blocks")}, "/view", broadcast=False),
    ]
    in_views = [replace(problem, code="invalid_arguments") if problem.slack_refuses else problem for problem in found]
    return [*in_views, *_size(view)]


def _problems_of_content(payload: dict[str, Any]) -> Iterator[Problem]:
    if not any(payload.get(key) for key in _CONTENTS):
        yield Problem("", "needs text or blocks", "no_text")
    if "markdown_text" in payload:
        yield from _markdown_text(payload)
    words = payload.get("text", "")
    if not isinstance(words, str):
        yield Problem("/text", "must be a string", "invalid_arguments")
    elif len(words) > limits.MESSAGE_TEXT:
        yield Problem("/text", f"must be at most {limits.MESSAGE_TEXT} characters long", "msg_too_long")
    if payload.get("blocks") and not payload.get("text"):
        yield Problem("", "blocks need a text beside them for notifications and screen readers", HOUSE_RULE)


def _markdown_text(payload: dict[str, Any]) -> Iterator[Problem]:
    if "text" in payload or "blocks" in payload:
        yield Problem("/markdown_text", "excludes text and blocks", "markdown_text_conflict")
    if len(str(payload["markdown_text"])) > limits.MARKDOWN_TEXT:
        yield Problem("/markdown_text", f"must be at most {limits.MARKDOWN_TEXT} characters long", "msg_too_long")


def _problems_of_blocks(payload: dict[str, Any], at: str, surface: str, most: int) -> Iterator[Problem]:
    if "blocks" not in payload:
        return
    yield from array(by_type(BLOCKS, "a block"), 1, most)(payload["blocks"], f"{at}/blocks")
    blocks = payload["blocks"] if isinstance(payload["blocks"], list) else []
    placed = [(block, f"{at}/blocks/{index}") for index, block in enumerate(blocks) if isinstance(block, dict)]
    yield from _surface(placed, surface)
    yield from _repeated("block_id", placed)
    yield from _action_ids(placed)


def _surface(placed: list[tuple[dict[str, Any], str]], surface: str) -> Iterator[Problem]:
    for block, pointer in placed:
        kind = str(block.get("type"))
        if surface not in SURFACES.get(kind, (surface,)):
            yield Problem(pointer, f"{kind} is not allowed in a {surface}")
        if kind == "input" and surface == "message":
            yield Problem(pointer, "an input in a message is new to Slack and untried here", HOUSE_RULE)


def _repeated(key: str, objects: list[tuple[dict[str, Any], str]], code: str = "invalid_blocks") -> Iterator[Problem]:
    counts = Counter(str(part[key]) for part, _ in objects if key in part)
    for part, pointer in objects:
        if key in part and counts[str(part[key])] > 1:
            yield Problem(f"{pointer}/{key}", f"{key} {part[key]} is used {counts[str(part[key])]} times", code)


def _action_ids(placed: list[tuple[dict[str, Any], str]]) -> Iterator[Problem]:
    everywhere = []
    for block, pointer in placed:
        elements = [(part, where) for part, where in walk(block, pointer) if str(part.get("type")) in INTERACTIVE]
        everywhere += elements
        if block.get("type") == "actions":
            yield from _repeated("action_id", elements)
            yield from _primaries(elements, pointer)
    yield from _repeated("action_id", everywhere, HOUSE_RULE)


def _primaries(elements: list[tuple[dict[str, Any], str]], pointer: str) -> Iterator[Problem]:
    if sum(element.get("style") == "primary" for element, _ in elements) > 1:
        yield Problem(pointer, "one primary button at a time tells people what comes next", HOUSE_RULE)


def _sums(payload: dict[str, Any]) -> Iterator[Problem]:
    blocks = payload.get("blocks")
    total = sum(_words(part) for part, _ in walk(blocks, ""))
    if total > limits.TOTAL_TEXT:
        yield Problem("/blocks", f"all text must be {limits.TOTAL_TEXT} characters, not {total}", "msg_blocks_too_long")
    elif total > limits.TOTAL_TEXT_SAFE:
        yield Problem("/blocks", f"all text should be {limits.TOTAL_TEXT_SAFE} characters, not {total}", HOUSE_RULE)
    for kind, most in (("markdown", limits.MARKDOWN_TEXT), ("table", limits.TABLE_TEXT)):
        alike = [part for part, _ in walk(blocks, "") if part.get("type") == kind]
        if sum(_words(part) for block in alike for part, _ in walk(block, "")) > most:
            yield Problem("/blocks", f"all {kind} blocks together must be at most {most} characters")


def _words(part: dict[str, Any]) -> int:
    words = part.get("text")
    return len(words) if isinstance(words, str) else 0


def _submit(view: dict[str, Any]) -> Iterator[Problem]:
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if view.get("type") == "modal" and inputs and "submit" not in view:
        yield Problem("/view", "a modal with an input needs submit")


def _size(view: dict[str, Any]) -> Iterator[Problem]:
    if len(json.dumps(view, ensure_ascii=False).encode()) >= limits.VIEW_BYTES:
        yield Problem("/view", f"must be under {limits.VIEW_BYTES} bytes of JSON", "view_too_large")


def _view(required: Fields, optional: Fields) -> Check:
    common: Fields = {
        "private_metadata": string(0, limits.PRIVATE_METADATA),
        "callback_id": identifier,
        "external_id": identifier,
    }
    return shape({"type": anything, "blocks": anything, **required}, {**common, **optional})


_TITLE = text(limits.VIEW_TITLE, PLAIN)
_VIEWS: Fields = {
    "modal": _view(
        {"title": _TITLE},
        {"submit": _TITLE, "close": _TITLE, "clear_on_close": boolean, "notify_on_close": boolean},
    ),
    "home": _view({}, {}),
}
