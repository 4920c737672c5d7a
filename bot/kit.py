"""The pieces that cards, modals and answers are built of.

Words of the outside world (a customer's, an agent's, Meta's) only ever stand in plain text or rich text, where
nothing can become a mention, a link or markup; ours may be mrkdwn (reference §3.3).
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.blocks import escape, limits
from wapto.domain.text import cut, flatten

Block = dict[str, Any]
Part = dict[str, Any]
Line = list[Part]

_WHEN = "{date_short_pretty} at {time}"
_RIGHT_TO_LEFT = ("R", "AL")


def foreign(text: str, limit: int) -> str:
    """One line of somebody else's words, at most about `limit` characters, that cannot turn our words around."""
    words = cut(flatten(text), limit)
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in words):
        return f"\u2068{words}\u2069"  # an isolate: what follows keeps its direction
    return words


def mention(user: str) -> str:
    """In mrkdwn: a person, by their Slack user id."""
    return f"<@{user}>"


def link_to(url: str, words: str) -> str:
    """In mrkdwn: our words as a link."""
    return f"<{url}|{escape(words)}>"


def plain(text: str) -> Block:
    """A text object without markup; what looks like an emoji's name stays as typed."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    """A text object of ours with markup, in which nothing turns into a link by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    """The line on top."""
    return {"type": "header", "text": plain(cut(text, limits.HEADER_TEXT))}


def section(text: str) -> Block:
    """A paragraph of ours."""
    return {"type": "section", "text": mrkdwn(cut(text, limits.SECTION_TEXT))}


def context(text: str) -> Block:
    """A small gray line of ours."""
    return {"type": "context", "elements": [mrkdwn(cut(text, limits.CONTEXT_TEXT))]}


def actions(elements: Sequence[Block]) -> Block:
    """A row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def button(action_id: str, words: str, value: str, *, style: str | None = None, confirm: Block | None = None) -> Block:
    """A button; `style` is primary or danger."""
    look = {key: given for key, given in (("style", style), ("confirm", confirm)) if given}
    return {"type": "button", "action_id": action_id, "text": plain(words), "value": value, **look}


def confirm(verb: str, question: str) -> Block:
    """Asks before a button does what its verb says."""
    return {
        "title": plain(verb),
        "text": plain(cut(question, limits.CONFIRM_TEXT)),
        "confirm": plain(verb),
        "deny": plain("No"),
    }


def option(words: str, value: str) -> Block:
    """One choice of a menu."""
    return {"text": plain(cut(words, limits.OPTION_TEXT)), "value": value}


def words(text: str, *, bold: bool = False, italic: bool = False) -> Part:
    """In rich text: words as they are."""
    style = {name: True for name, given in (("bold", bold), ("italic", italic)) if given}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def moment(at: datetime) -> Part:
    """In rich text: an instant, shown in each reader's own time zone."""
    return {"type": "date", "timestamp": int(at.timestamp()), "format": _WHEN, "fallback": f"{at:%Y-%m-%d %H:%M} UTC"}


def moment_mrkdwn(at: datetime) -> str:
    """The same in mrkdwn."""
    return f"<!date^{int(at.timestamp())}^{_WHEN}|{at:%Y-%m-%d %H:%M} UTC>"


def link(url: str, label: str | None = None) -> Part:
    """In rich text: a link; what is no web address stays words."""
    if not _is_address(url):
        return words(foreign(url, 200))
    return {"type": "link", "url": url, "text": label or cut(url, 60)}


def _is_address(url: str) -> bool:
    if len(url) > limits.URL or re.search(r"\s", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def paragraph(*lines: Line) -> Block:
    """A block of rich text, a line each."""
    parts = [part for each in lines for part in (words("\n"), *each)][1:]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}


def quote(text: str) -> Block:
    """A block of rich text: somebody's own words, set apart."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [words(text)]}]}


def length(part: object) -> int:
    """How many characters of text there are in blocks or parts of them, as Slack adds them up (reference §7.2, 7)."""
    if isinstance(part, dict):
        return sum(len(each) if key == "text" and isinstance(each, str) else length(each) for key, each in part.items())
    return sum(length(each) for each in part) if isinstance(part, list) else 0
