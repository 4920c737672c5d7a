"""Replying to a customer: the form, and the three ways to it. Thread text alone never leaves Slack."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot import carried, guard, kit, wording
from bot.blocks import limits
from bot.calls import Call, Form
from bot.carried import RowId
from bot.kit import Block
from bot.modals import BadField
from bot.slack import Content
from bot.typed import meant
from wapto.desk.conversations import inquiries, quick_replies, replies, threads
from wapto.desk.conversations.replies import Words
from wapto.desk.notices import openers
from wapto.desk.orders import orders, views
from wapto.desk.orders.timeline import Subject
from wapto.domain.text import cut
from wapto.errors import InvalidInput, NotFound
from wapto.store.models import QuickReply

FORM, TEXT, TEMPLATE, QUICK = "reply", "text", "template", "quick_reply"
SHORTCUT = "send_to_customer"

_MOST = 3_000  # Slack's own limit of an input
_NAME = 80
_ACTS = {"callback_id": FORM, "submit": kit.plain(wording.SEND), "close": kit.plain("Not now")}


@dataclass(frozen=True)
class Ticket:
    """What the form remembers; `source` names the message in Slack that it was opened from."""

    channel: str
    order: RowId | None = None
    inquiry: RowId | None = None
    source: str | None = None

    def pack(self) -> str:
        """As private_metadata."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @property
    def subject(self) -> Subject:
        """Whose customer is written to."""
        return Subject(self.order, self.inquiry)


def ask(call: Call, subject: Subject) -> Content | None:
    """Reply to customer…: asks what to write, or says why nothing can be written."""
    guard.worker(call)
    ticket = Ticket(call.channel, subject.order, subject.inquiry)
    call.slack.open_form(call.trigger_id, _form(ticket, call))
    return None


def offer(call: Call) -> Content | None:
    """The shortcut “Send to customer” on a message in a thread: the form with its words, to be sent once."""
    actor = guard.worker(call)
    message = call.body["message"]
    if message.get("bot_id"):
        raise InvalidInput(wording.NOT_YOURS)
    subject = threads.under(call.channel, str(message.get("thread_ts") or ""))
    if subject is None:
        raise NotFound(wording.NO_THREAD)
    if subject.order is not None:
        guard.may(actor, subject.order)
    ticket = Ticket(call.channel, subject.order, subject.inquiry, source_of(call.channel, str(message["ts"])))
    words = cut(meant(str(message.get("text") or "")), _MOST)
    call.slack.open_form(call.trigger_id, _form(ticket, call, words))
    return None


def source_of(channel: str, ts: str) -> str:
    """The key of what was sent by the shortcut on this message."""
    return f"{channel}.{ts}"


def send(call: Call) -> Content | None:
    """The form was submitted: the customer gets the words, once for each form or message."""
    actor = guard.worker(call)
    ticket = carried.read(call.view["private_metadata"], Ticket)
    how: Any = {"actor": actor, "now": call.now, "key": ticket.source or str(call.view["id"])}
    if chosen := _state(call, TEMPLATE).get("selected_option"):
        openers.say(ticket.subject, str(chosen["value"]), **how)
        return None
    try:
        replies.say(ticket.subject, str(_state(call, _typed_in(call.view)).get("value") or ""), **how)
    except InvalidInput as fault:
        raise BadField(_typed_in(call.view), str(fault)) from None
    return None


def use_quick(call: Call) -> Content | Form | None:
    """A quick reply was chosen: its words follow what is typed already."""
    guard.worker(call)
    ticket = carried.read(call.view["private_metadata"], Ticket)
    chosen = quick_replies.words(ticket.subject, int(call.value) if call.value.isdecimal() else 0)
    typed = str(_state(call, _typed_in(call.view)).get("value") or "")
    return Form(_form(ticket, call, cut("\n".join(filter(None, [typed, chosen])), _MOST)), "")


def _typed_in(view: dict[str, Any]) -> str:
    """The input of the words, whose id is another once a quick reply has filled it."""
    return next((block for block in view["state"]["values"] if block.partition(":")[0] == TEXT), TEXT)


def _state(call: Call, block: str) -> dict[str, Any]:
    return dict(call.view["state"]["values"].get(block, {}).get(block.partition(":")[0], {}))


def command(call: Call, number: str, words: str) -> Content:
    """/wapto reply N TEXT."""
    actor = guard.worker(call)
    order = orders.find(number)
    replies.say(Subject(order.id), meant(words), actor=actor, now=call.now, key=call.trigger_id)
    return Content(wording.on_its_way(views.of_order(order.id).number))


def template_form(ticket: Ticket, about: str, choices: Sequence[Words]) -> Block:
    """Once the window is closed: asks which template to send, or says what to do where there is none."""
    name, why = kit.paragraph([kit.words(about, bold=True)]), kit.section(f"⚠️ {wording.WINDOW_CLOSED}")
    options = [_option(words) for words in choices if len(str(words.template)) <= limits.OPTION_VALUE]
    if not options:
        return {**_head(ticket), "close": kit.plain("Close"), "blocks": [name, kit.section(f"⚠️ {replies.CLOSED}")]}
    menu = {"type": "static_select", "action_id": TEMPLATE, "options": options}
    entry = {"type": "input", "block_id": TEMPLATE, "label": kit.plain(wording.TEMPLATE), "element": menu}
    return {**_head(ticket), **_ACTS, "blocks": [name, why, entry]}


def _option(words: Words) -> Block:
    return kit.option(f"{words.template}: {kit.foreign(words.text, limits.OPTION_TEXT)}", str(words.template))


def _head(ticket: Ticket) -> Block:
    return {"type": "modal", "title": kit.plain(wording.REPLY), "private_metadata": ticket.pack()}


def form(ticket: Ticket, about: str, until: datetime, words: str = "", quick: Sequence[QuickReply] = ()) -> Block:
    """Asks what to write while the window is open."""
    name = kit.paragraph([kit.words(about, bold=True)])
    clock = kit.context(wording.window(kit.moment_mrkdwn(until)))
    field = {"type": "plain_text_input", "action_id": TEXT, "multiline": True, "max_length": _MOST}
    # Slack keeps what was typed in an input whose id stays (reference §5).
    block_id = f"{TEXT}:{zlib.crc32(words.encode())}" if words else TEXT
    entry = {"type": "input", "block_id": block_id, "label": kit.plain(wording.REPLY_TEXT)}
    entry["element"] = {**field, **({"initial_value": words} if words else {})}
    return {**_head(ticket), **_ACTS, "blocks": [name, *_quick(quick), entry, clock]}


def _quick(rows: Sequence[QuickReply]) -> list[Block]:
    options = [kit.option(f"{row.name}: {kit.foreign(row.text, limits.OPTION_TEXT)}", str(row.id)) for row in rows]
    menu = {"type": "static_select", "action_id": QUICK, "placeholder": kit.plain(wording.QUICK), "options": options}
    return [kit.actions([menu])] if options else []


def _form(ticket: Ticket, call: Call, words: str = "") -> Block:
    about, until = _about(ticket.subject), replies.window_of(ticket.subject)
    if until is None or until <= call.now:
        return template_form(ticket, about, openers.choices(ticket.subject))
    return form(ticket, about, until, words, quick_replies.choices(ticket.subject))


def _about(subject: Subject) -> str:
    if subject.order is None:
        name = inquiries.view_of(int(subject.inquiry or 0)).customer_name
        return kit.foreign(name or "", _NAME) or wording.NO_NAME
    view = views.of_order(subject.order)
    return f"{view.number} · {kit.foreign(view.customer_name or '', _NAME) or wording.NO_NAME}"
