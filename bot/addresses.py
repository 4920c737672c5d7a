"""Asking for an address, and taking what the customer answered as where the order is shipped."""

from bot import guard
from bot.calls import Call
from bot.slack import Content
from bot.thread_lines import Offer
from wapto.desk.conversations import addresses


def ask(call: Call, order_id: int) -> Content | None:
    """Ask for address: the customer is asked; the thread shows how far that came, and the answer."""
    actor = guard.worker(call)
    addresses.ask(order_id, actor=actor, now=call.now)
    return None


def use(call: Call) -> Content | None:
    """Use as address, under what the customer wrote."""
    actor = guard.worker(call)
    offer = Offer.unpack(call.value)
    addresses.accept(offer.order, offer.inbound, actor=actor, now=call.now)
    return None
