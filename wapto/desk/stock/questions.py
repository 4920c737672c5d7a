"""Asking customers by buttons what becomes of an item of which there is too little, and reading what they answer."""

import re
from dataclasses import dataclass
from datetime import datetime

from wapto.desk.catalog import price_questions
from wapto.desk.catalog.price_questions import ACCEPT, DECLINE
from wapto.desk.conversations import replies
from wapto.desk.orders import line_items
from wapto.desk.orders.timeline import Actor, Subject
from wapto.domain.lines import LineItem
from wapto.meta.payloads import InboundMessage
from wapto.store.models import Customer, Number, Order

_TAP = re.compile(rf"wapto:stock:(\d{{1,18}}):(\d{{1,4}}):(\d{{1,18}}):(\d{{1,18}}):({ACCEPT}|{DECLINE})", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """What a customer tapped about the line at a place, of which `left` pieces were there when they were asked."""

    order: Order
    place: int
    left: int
    kind: str


def ask(order: Order, place: int, line: LineItem, left: int, actor: Actor, now: datetime) -> None:
    """Queues the question; Refused while the customer service window is closed."""
    words, facts = price_questions.said(order, line)
    about = "few" if left else "none"
    text = words[f"{about}_question"].format(**facts, left=left, wanted=line.quantity)
    tapped = f"wapto:stock:{order.id}:{place}:{line.quantity}:{left}"
    buttons = [(f"{tapped}:{ACCEPT}", words[f"{about}_button"]), (f"{tapped}:{DECLINE}", words["decline_button"])]
    content = price_questions.with_buttons(text, buttons)
    key = f"stock.{place}.{line.quantity}.{left}"
    replies.answer(Subject(order.id), text, content, actor=actor, now=now, key=key)


def answer_of(number: Number, customer: Customer, message: InboundMessage) -> Answer | None:
    """What a tap means; None if it is none of these, or the line is not as it was asked about."""
    tap = _TAP.fullmatch(message.reply.payload) if message.reply else None
    if tap is None:
        return None
    theirs = (Order.customer == customer) & (Order.number == number)
    order: Order | None = Order.get_or_none(theirs, Order.id == int(tap[1]))
    lines, place = line_items.of_order(order.id) if order else (), int(tap[2])
    if order is None or not 1 <= place <= len(lines) or lines[place - 1].quantity != int(tap[3]):
        return None
    return Answer(order, place, int(tap[4]), tap[5])


def thank(order: Order, line: LineItem, answer: Answer, message: InboundMessage, actor: Actor, now: datetime) -> None:
    """Says what came of the answer; nothing where no total can be trusted, which is for the team to tell."""
    accepted = "few_accepted" if answer.left else "none_accepted"
    words = accepted if answer.kind == ACCEPT else "declined"
    price_questions.tell(order, line, words, message, actor, now, left=answer.left)
