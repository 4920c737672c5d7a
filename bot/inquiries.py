"""What the buttons of an inquiry's card do: each reads the click and calls one verb."""

from typing import Any

from bot import guard, inquiry_cards, replies, work_forms
from bot.calls import Call
from bot.inquiry_cards import ITEMS, NOTE, Ticket
from bot.modals import BadField
from bot.slack import Content
from wapto.desk.conversations import inquiries
from wapto.desk.orders.timeline import Subject
from wapto.errors import InvalidInput


def reply(call: Call) -> Content | None:
    """Reply: asks what to write."""
    guard.worker(call)
    return replies.ask(call, Subject(inquiry=Ticket.unpack(call.value).inquiry))


def ask_items(call: Call) -> Content | None:
    """Create order: asks what is ordered."""
    guard.worker(call)
    view = inquiries.view_of(Ticket.unpack(call.value).inquiry)
    call.slack.open_form(call.trigger_id, inquiry_cards.order_form(view, call.channel))
    return None


def create_order(call: Call) -> Content | None:
    """The form of Create order was submitted."""
    actor = guard.worker(call)
    ticket = Ticket.unpack(call.view["private_metadata"])
    picked = [f"{sku}={quantity}" for sku, quantity in work_forms.picked(call.view).items()]
    lines = [*picked, *_entered(call.view, ITEMS).splitlines()]
    try:
        inquiries.create_order(ticket.inquiry, lines, _entered(call.view, NOTE), actor=actor, now=call.now)
    except InvalidInput as fault:
        raise BadField(ITEMS, str(fault)) from None
    return None


def close(call: Call) -> Content | None:
    """Close: nothing is to be done about it."""
    actor = guard.worker(call)
    inquiries.close(Ticket.unpack(call.value).inquiry, actor=actor, now=call.now)
    return None


def _entered(view: dict[str, Any], block: str) -> str:
    return str(view["state"]["values"].get(block, {}).get(block, {}).get("value") or "")
