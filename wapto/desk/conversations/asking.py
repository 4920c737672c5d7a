"""Customers ask for themselves: where their order is, for a person, to cancel. Answered at once where that is wanted.

Everything that is not understood for certain is left to the team, which sees it in the thread in any case.
"""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.conversations import replies
from wapto.desk.conversations.calling import call_for
from wapto.desk.notices import drafts
from wapto.desk.notices.drafts import trigger_of
from wapto.desk.notices.languages import wanted
from wapto.desk.orders import orders, timeline, tracking
from wapto.desk.orders.timeline import CUSTOMER, Subject
from wapto.domain import lifecycle
from wapto.domain.identity import locale_of, order_number
from wapto.domain.locales import instant, suiting
from wapto.domain.questions import asks
from wapto.domain.status_labels import STATUS_LABELS
from wapto.errors import Conflict, Refused
from wapto.meta.payloads import InboundMessage
from wapto.store.database import transaction
from wapto.store.models import Customer, Number, Order

PERSON, CANCEL = "person", "cancel"
WISHES = {PERSON: "person_wish", CANCEL: "cancel_wish"}  # the kinds of their entries in the timeline
_WANTED = {PERSON: "to talk to a person", CANCEL: "to cancel it"}

_FILE = Path(__file__).with_name("asking.toml")
_FALLBACK = "en"
_TAP = re.compile(rf"wapto:({PERSON}|{CANCEL}):(\d{{1,18}})", re.ASCII)
_CLOSED_FOR = timedelta(days=30)  # so long after an order ended "my order" still means it
_ASKED_BY = ("text", "button", "interactive")

Json = dict[str, Any]


@dataclass(frozen=True)
class _Question:
    """What a customer wrote or tapped in message `id`, about which order."""

    id: str
    order: Order
    now: datetime

    @property
    def words(self) -> Mapping[str, Any]:
        """In the customer's language."""
        return _words()[self._suiting[1]]

    @property
    def language(self) -> str:
        """How dates and statuses are written for them."""
        return self._suiting[0]

    @property
    def _suiting(self) -> tuple[str, str]:
        return suiting(wanted(self.order.customer, self.order.number), _words(), _FALLBACK)

    def reply(self, text: str, content: Json | None = None) -> None:
        """Says it in the chat, and in the thread that it was said; not where nothing can be sent to the customer."""
        said, key = content or drafts.text_content(text), f"{self.order.id}.{self.id}"
        with suppress(Refused):
            replies.answer(Subject(self.order.id), text, said, actor=WAPTO, now=self.now, key=key)


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def asks_where(said: str) -> bool:
    """Whether somebody asks where their order is, in any of the languages that are known."""
    return any(asks(said, words["where"]) for words in _words().values())


def answer(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> None:
    """Answers what can be answered of a message that is new, in the caller's transaction.

    Where the store has no answer, it is left to the team; outside the customer service window nothing is said.
    """
    if not number.where_is_it or message.group_id or message.type not in _ASKED_BY:
        return
    tap = _TAP.fullmatch(message.reply.payload) if message.reply else None
    order = _tapped(number, customer, int(tap[2])) if tap else _meant(number, customer, message, now)
    if order is None:
        return
    question = _Question(message.id, order, now)
    with transaction():
        (_DOES[tap[1]] if tap else _tell_where)(question)


def _tapped(number: Number, customer: Customer, order_id: int) -> Order | None:
    """A button tells its order, but only whose order it is may use it."""
    theirs = (Order.customer == customer) & (Order.number == number)
    order: Order | None = Order.get_or_none(theirs, Order.id == order_id)
    return order


def _meant(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> Order | None:
    """Their newest open order, or the last one that ended, if that is what they ask for."""
    said = message.reply.title if message.reply else message.text
    if not asks_where(said):
        return None
    recent = Order.is_open | (Order.updated_at > now - _CLOSED_FOR)
    theirs = Order.select().where(Order.customer == customer, Order.number == number, recent)
    order: Order | None = theirs.order_by(Order.is_open.desc(), Order.id.desc()).first()
    return order


def _tell_where(question: _Question) -> None:
    text = _where(question)
    question.reply(text, _with_buttons(text, question.order.id, _buttons(question)))


def _where(question: _Question) -> str:
    order, words, language = question.order, question.words, question.language
    label = STATUS_LABELS.get(locale_of(language).language, STATUS_LABELS[_FALLBACK])[order.status]
    latest = timeline.latest(order.id, ("received", "status"))
    when = instant(latest.at if latest else order.created_at, order.number.timezone, language)
    lines = [words["status"].format(number=order_number(order.id), status=label, when=when)]
    if order.eta and order.is_open:
        day = format_date(date.fromisoformat(order.eta), "medium", locale=locale_of(language))
        lines.append(words["expected"].format(date=day))
    if url := tracking.address_of(order.id) or order.tracking_url:
        lines.append(words["follow"].format(url=url))
    return "\n".join(lines)


def _buttons(question: _Question) -> list[tuple[str, str]]:
    """Kind and words."""
    order, words = question.order, question.words
    can_wish = order.is_open and order.number.cancel_until is not None
    return [(PERSON, words["person_button"]), *([(CANCEL, words["cancel_button"])] if can_wish else [])]


def _with_buttons(text: str, order_id: int, buttons: list[tuple[str, str]]) -> Json:
    rows = [{"type": "reply", "reply": {"id": f"wapto:{kind}:{order_id}", "title": title}} for kind, title in buttons]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": text}, "action": {"buttons": rows}},
    }


def _call_person(question: _Question) -> None:
    _wish(question, PERSON)
    question.reply(question.words["person"].format(shop=question.order.number.name))


def _cancel(question: _Question) -> None:
    """Done at once while that is still allowed; afterwards it is for the agent to decide."""
    order, number = question.order, order_number(question.order.id)
    if not order.is_open:
        _tell_where(question)
    elif not _is_cancelled(question):
        _wish(question, CANCEL)
        question.reply(question.words["too_late"].format(number=number))
    elif not _is_told(order):
        question.reply(question.words["cancelled"].format(number=number))


def _is_cancelled(question: _Question) -> bool:
    order, until = question.order, question.order.number.cancel_until
    if until is None or not lifecycle.is_up_to(order.status, until):
        return False
    try:
        # The number's own notice may tell the reason, so it is in the customer's language.
        reason = question.words["reason"]
        orders.change_status(order.id, lifecycle.CANCELLED, actor=CUSTOMER, now=question.now, reason=reason)
    except (Refused, Conflict):
        return False
    return True


def _is_told(order: Order) -> bool:
    """Whether the number's own notice about the cancellation goes out."""
    trigger = trigger_of(order.number_id, lifecycle.CANCELLED)
    return trigger is not None and trigger.is_on


def _wish(question: _Question, kind: str) -> None:
    """An entry in the thread, and a direct message to the agent of the order, or to the admins where it has none."""
    order, now = question.order, question.now
    seq = timeline.record(order.id, WISHES[kind], CUSTOMER, now)
    words = f"The customer of {order_number(order.id)} wants {_WANTED[kind]}, and the order belongs to nobody."
    call_for(order, f"{WISHES[kind]}:{order.id}:{seq}", WISHES[kind], words, now)


_DOES = {PERSON: _call_person, CANCEL: _cancel}
