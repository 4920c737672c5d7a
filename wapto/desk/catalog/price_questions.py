"""Asking customers by buttons whether they take an item at another price, and doing what they answer."""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from wapto.desk.conversations import replies
from wapto.desk.notices.drafts import text_content
from wapto.desk.notices.languages import wanted
from wapto.desk.orders import line_items
from wapto.desk.orders.timeline import Actor, Subject
from wapto.domain import money
from wapto.domain.identity import order_number
from wapto.domain.lines import LineItem
from wapto.domain.locales import suiting
from wapto.errors import Refused
from wapto.meta.payloads import InboundMessage
from wapto.store.models import Customer, Number, Order

_FILE = Path(__file__).with_name("drift.toml")
_FALLBACK = "en"
ACCEPT, DECLINE = "accept", "decline"
_TAP = re.compile(rf"wapto:price:(\d{{1,18}}):(\d{{1,4}}):(\d{{1,18}}):(\d{{1,18}}):({ACCEPT}|{DECLINE})", re.ASCII)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def ask(order: Order, place: int, line: LineItem, actor: Actor, now: datetime) -> None:
    """Queues the question about the line at this place; Refused while the customer service window is closed."""
    words, facts = said(order, line)
    text = words["question"].format(**facts)
    tapped = f"wapto:price:{order.id}:{place}:{line.unit_minor}:{line.catalog_minor}"
    content = with_buttons(text, [(f"{tapped}:{kind}", words[f"{kind}_button"]) for kind in (ACCEPT, DECLINE)])
    key = f"price.{place}.{line.unit_minor}.{line.catalog_minor}"
    replies.answer(Subject(order.id), text, content, actor=actor, now=now, key=key)


def with_buttons(text: str, buttons: list[tuple[str, str]]) -> dict[str, Any]:
    """A message with reply buttons, each an id and its words; WhatsApp takes three at most."""
    rows = [{"type": "reply", "reply": {"id": id, "title": title}} for id, title in buttons]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": text}, "action": {"buttons": rows}},
    }


def answer_of(number: Number, customer: Customer, message: InboundMessage) -> tuple[Order, int, str] | None:
    """The order, place and answer that a tap means; None if it is none, or the line is not as it was asked about."""
    tap = _TAP.fullmatch(message.reply.payload) if message.reply else None
    if tap is None:
        return None
    theirs = (Order.customer == customer) & (Order.number == number)
    order: Order | None = Order.get_or_none(theirs, Order.id == int(tap[1]))
    place, asked = int(tap[2]), (int(tap[3]), int(tap[4]))
    lines = line_items.of_order(order.id) if order else ()
    if order is None or not 1 <= place <= len(lines):
        return None
    line = lines[place - 1]
    return (order, place, tap[5]) if (line.unit_minor, line.catalog_minor) == asked else None


def thank(order: Order, line: LineItem, kind: str, message: InboundMessage, actor: Actor, now: datetime) -> None:
    """Says what came of the answer; nothing where no total can be trusted, which is for the team to tell."""
    tell(order, line, "accepted" if kind == ACCEPT else "declined", message, actor, now)


def tell(
    order: Order, line: LineItem, which: str, message: InboundMessage, actor: Actor, now: datetime, **more: object
) -> None:
    """Answers a customer's tap with these words of drift.toml; nothing where no total can be trusted."""
    words, facts = said(order, line)
    if facts["total"]:
        text = words[which].format(**facts, **more)
        with suppress(Refused):
            replies.answer(Subject(order.id), text, text_content(text), actor=actor, now=now, key=message.id)


def said(order: Order, line: LineItem) -> tuple[Mapping[str, str], dict[str, str]]:
    """The words in the customer's language, and what is filled in."""
    language, table = suiting(wanted(order.customer, order.number), _words(), _FALLBACK)

    def written(minor: int | None, currency: str | None) -> str:
        return money.display(minor, currency, language) if minor is not None and currency else ""

    return _words()[table], {
        "number": order_number(order.id),
        "name": line.name[:80],
        "old": written(line.unit_minor, line.currency),
        "new": written(line.catalog_minor, line.currency),
        "total": written(order.total_minor, order.currency),
    }
