"""The card of an inquiry, and the form that makes an order of it: pure functions of what the store knows."""

import json
from dataclasses import asdict, dataclass

from bot import carried, doubt_blocks, kit, wording, work_forms
from bot.blocks import escape
from bot.carried import RowId
from bot.kit import Block, foreign
from bot.slack import Content
from wapto.desk.conversations.inquiries import InquiryView
from wapto.desk.orders.timeline import Subject
from wapto.domain.text import clean, cut

REPLY, ORDER, CLOSE = "inquiry_reply", "inquiry_order", "inquiry_close"
FORM, ITEMS, NOTE = "inquiry_order", "items", "note"

_NAME, _SHOP, _SKU, _WORDS, _SUMMARY = 80, 80, 60, 1_000, 150


@dataclass(frozen=True)
class Ticket:
    """What buttons and forms of an inquiry carry."""

    inquiry: RowId
    channel: str = ""

    def pack(self) -> str:
        """As the value of a button, or as private_metadata."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Ticket":
        """Read from what Slack sends; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def card(view: InquiryView) -> Content:
    """The inquiry as its channel sees it; without buttons once it has ended."""
    blocks = [
        kit.header(wording.inquiry_of(foreign(view.shop, _SHOP))),
        kit.paragraph([kit.words(_name(view), bold=True), kit.words(f" · {wording.phone(view.customer_phone)}")]),
        *([kit.paragraph([kit.words(wording.ASKS_ABOUT), kit.words(_product(view))])] if view.sku else []),
        *_newest(view),
        *doubt_blocks.news(view.doubt),
        kit.context(_state(view)),
    ]
    if view.is_open:
        blocks += doubt_blocks.buttons(view.doubt, Subject(inquiry=view.id), view.customer_name)
        blocks.append(kit.actions(_buttons(view)))
    return Content(plain(view).text, blocks)


def plain(view: InquiryView) -> Content:
    """One line, for notifications and for when Slack refuses the blocks."""
    words = cut(" ".join(view.words.split()), _SUMMARY)
    facts = (wording.inquiry_of(foreign(view.shop, _SHOP)), _name(view), foreign(words, _SUMMARY))
    return Content(escape(" · ".join(fact for fact in facts if fact)))


def order_form(view: InquiryView, channel: str) -> Block:
    """Asks what is ordered, a line for each item."""
    items = {"type": "plain_text_input", "action_id": ITEMS, "multiline": True, "max_length": 3_000}
    start = {"initial_value": f"{cut(view.sku, _SKU)}=1"} if view.sku else {}
    note = {"type": "plain_text_input", "action_id": NOTE, "multiline": True, "max_length": 3_000}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": kit.plain(wording.CREATE_ORDER),
        "submit": kit.plain(wording.CREATE_ORDER),
        "close": kit.plain("Not now"),
        "private_metadata": Ticket(view.id, channel).pack(),
        "blocks": [
            kit.paragraph([kit.words(_name(view), bold=True), kit.words(f" · {view.currency}")]),
            *work_forms.picking(),
            {"type": "input", "block_id": ITEMS, "label": kit.plain(wording.ITEMS), "element": {**items, **start}}
            | {"hint": kit.plain(wording.ITEMS_HINT), "optional": True},
            {"type": "input", "block_id": NOTE, "label": kit.plain(wording.NOTE), "element": note, "optional": True},
        ],
    }


def _product(view: InquiryView) -> str:
    sku = foreign(view.sku or "", _SKU)
    return f"{foreign(view.product, _NAME)} ({sku})" if view.product else sku


def _name(view: InquiryView) -> str:
    return foreign(view.customer_name or "", _NAME) or wording.NO_NAME


def _newest(view: InquiryView) -> list[Block]:
    words = cut(clean(view.words).strip(), _WORDS)
    return [kit.quote(words)] if words else []


def _state(view: InquiryView) -> str:
    if view.order:
        return wording.became(view.order)
    if not view.is_open:
        return wording.INQUIRY_CLOSED
    until = [wording.window(kit.moment_mrkdwn(view.window_until))] if view.window_until else []
    return " · ".join([wording.since(kit.moment_mrkdwn(view.created_at), view.messages), *until])


def _buttons(view: InquiryView) -> list[Block]:
    value = Ticket(view.id).pack()
    return [
        kit.button(REPLY, wording.REPLY_BUTTON, value, style="primary"),
        kit.button(ORDER, wording.CREATE_ORDER, value),
        kit.button(CLOSE, wording.CLOSE_INQUIRY, value),
    ]
