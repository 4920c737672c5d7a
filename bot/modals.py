"""The forms that ask what a change of status needs, and how they are read. Pure: nothing is sent or stored here.

A form carries the version of the order that it was drawn from, and is refused if the order has changed since.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from bot import carried, kit, wording
from bot.blocks import limits
from bot.carried import RowId
from bot.kit import Block
from wapto.desk.orders.orders import MAX_DETAIL, MAX_NOTE, Tracking
from wapto.desk.orders.views import OrderView
from wapto.domain import lifecycle
from wapto.domain.text import cut
from wapto.errors import InvalidInput

SHIP, MOVE, TELL_AGAIN = "ship", "move", "tell_again"
CARRIER, NUMBER, URL, ETA, TARGET, REASON = "carrier", "number", "url", "eta", "target", "reason"

_NAME = 100


class BadField(InvalidInput):
    """One field of a form has to be mended; `block` says which."""

    def __init__(self, block: str, message: str) -> None:
        super().__init__(message)
        self.block = block


@dataclass(frozen=True)
class Ticket:
    """What a form remembers from its opening to its submission; the person's client can read it, so nothing secret."""

    order: RowId
    version: RowId
    channel: str
    target: str | None = None
    message: RowId | None = None

    def pack(self) -> str:
        """As private_metadata."""
        return json.dumps(asdict(self), separators=(",", ":"))


def ship(view: OrderView, target: str, channel: str) -> Block:
    """Asks how the parcel can be followed; everything may stay empty."""
    ticket = Ticket(view.id, view.version, channel, target)
    return form(SHIP, lifecycle.status_of(target).verb, [about(view), *parcel(view)], ticket)


def parcel(view: OrderView) -> list[Block]:
    """The fields of how a parcel can be followed, with what is known."""
    return [
        field(CARRIER, "Carrier", _text(view.carrier)),
        field(NUMBER, "Tracking number", _text(view.tracking_number)),
        field(URL, "Tracking link", _initial({"type": "url_text_input"}, "initial_value", view.tracking_url)),
        field(ETA, "Expected delivery", _initial({"type": "datepicker"}, "initial_date", view.eta)),
    ]


def shelf(view: OrderView, target: str, channel: str) -> Block:
    """Asks where the order waits to be fetched, which may stay empty."""
    typed = {"type": "plain_text_input", "max_length": MAX_DETAIL}
    blocks = [about(view), field(REASON, wording.SHELF, typed, hint=wording.NOTE_HINT)]
    return form(MOVE, lifecycle.status_of(target).verb, blocks, Ticket(view.id, view.version, channel, target))


def reason(view: OrderView, target: str, channel: str) -> Block:
    """Asks why the order changes to `target`."""
    verb = lifecycle.status_of(target).verb
    blocks = [about(view), field(REASON, "Reason", _words(), optional=False)]
    return form(MOVE, verb, blocks, Ticket(view.id, view.version, channel, target))


def move(view: OrderView, channel: str) -> Block:
    """Asks which of the possible statuses the order changes to, and why where that is needed."""
    menu = {"type": "static_select", "options": [_choice(each) for each in view.moves]}
    needy = ", ".join(lifecycle.label(each.target) for each in view.moves if each.needs_reason)
    blocks = [
        about(view),
        field(TARGET, "New status", menu, optional=False),
        field(REASON, "Reason", _words(), hint=f"Needed for: {needy}." if needy else None),
    ]
    return form(MOVE, "Change status", blocks, Ticket(view.id, view.version, channel))


def tell_again(view: OrderView, message: int, channel: str) -> Block:
    """Asks why the customer is told again."""
    blocks = [about(view), field(REASON, "Reason", _words(), optional=False)]
    return form(TELL_AGAIN, "Tell again", blocks, Ticket(view.id, view.version, channel, message=message))


def refusal(title: str, sentence: str) -> Block:
    """Takes the place of a form that came to nothing, and says why."""
    section = {"type": "section", "text": kit.plain(cut(sentence, limits.SECTION_TEXT))}
    return {"type": "modal", "title": kit.plain(title), "close": kit.plain("Close"), "blocks": [section]}


def ticket(view: dict[str, Any]) -> Ticket:
    """What the form remembers; InvalidInput when it is none of ours."""
    return carried.read(view["private_metadata"], Ticket)


def tracking(view: dict[str, Any]) -> Tracking:
    """What was entered about the parcel; BadField when the link is none."""
    eta = entered(view, ETA)
    try:
        return Tracking(
            carrier=entered(view, CARRIER),
            number=entered(view, NUMBER),
            url=entered(view, URL),
            eta=date.fromisoformat(eta) if eta else None,
        )
    except InvalidInput as fault:
        raise BadField(URL, str(fault)) from None


def chosen(view: dict[str, Any]) -> tuple[str, str | None]:
    """The status to change to, fixed or chosen, and the reason given."""
    return ticket(view).target or str(entered(view, TARGET)), entered(view, REASON)


def reason_given(view: dict[str, Any]) -> str:
    """The reason given, or nothing."""
    return entered(view, REASON) or ""


def about(view: OrderView) -> Block:
    """The line on top of a form: which order it is about."""
    name = kit.foreign(view.customer_name or "", _NAME)
    facts = [kit.words(view.number, bold=True), kit.words(f" · {lifecycle.label(view.status)}")]
    return kit.paragraph([*facts, *([kit.words(f" · {name}")] if name else [])])


def form(callback: str, title: str, blocks: Sequence[Block], remembered: Ticket) -> Block:
    """A modal that is sent with a button of its own title."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": kit.plain(title),
        "submit": kit.plain(title),
        "close": kit.plain("Not now"),
        "private_metadata": remembered.pack(),
        "blocks": list(blocks),
    }


def field(block: str, label: str, element: Block, *, optional: bool = True, hint: str | None = None) -> Block:
    """An input with its label; `block` names it, and what was entered in it."""
    field = {"type": "input", "block_id": block, "label": kit.plain(label), "element": {"action_id": block} | element}
    return field | {"optional": optional} | ({"hint": kit.plain(hint)} if hint else {})


def _text(value: str | None) -> Block:
    return _initial({"type": "plain_text_input", "max_length": MAX_DETAIL}, "initial_value", value)


def _words() -> Block:
    return {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}


def _initial(element: Block, key: str, value: str | None) -> Block:
    return element | ({key: value} if value else {})


def _choice(each: lifecycle.Move) -> Block:
    return kit.option(lifecycle.label(each.target), each.target)


def entered(view: dict[str, Any], block: str) -> str | None:
    """What stands in an input, whatever its kind; None when it is empty or not part of the form."""
    state = view["state"]["values"].get(block, {}).get(block, {})
    option = (state.get("selected_option") or {}).get("value")
    value = state.get("value") or state.get("selected_date") or state.get("selected_user") or option
    return str(value).strip() or None if value else None
