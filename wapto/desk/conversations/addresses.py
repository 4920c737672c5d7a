"""Where an order is shipped. A cart carries no address: an agent asks for it, and accepts what the customer answers.

Nothing that a customer writes becomes the address by itself.
"""

import json
from datetime import datetime, timedelta

from wapto.desk.conversations import replies
from wapto.desk.conversations.replies import Words
from wapto.desk.notices import languages, openers
from wapto.desk.orders.timeline import Actor, record
from wapto.desk.orders.versions import get
from wapto.domain import asking
from wapto.domain.identity import order_number
from wapto.domain.text import cut
from wapto.errors import NotFound, Refused
from wapto.meta.payloads import InboundMessage
from wapto.meta.values import object_of, text_of
from wapto.store.database import transaction
from wapto.store.models import Inbound, Message, Order

ASKED, ACCEPTED = "ask_address", "address"
OFFERS = "offers"  # in the ids of an entry: the message may be the address
MAX_ADDRESS = 1_000

_DOUBLE_CLICK = timedelta(minutes=1)
_NO_TEMPLATE = (
    "The customer has not written for 24 hours, so WhatsApp takes only approved templates, and none is set that asks "
    "for an address: an admin can run `wapto numbers set {number} address_template=NAME`."
)


def ask(order_id: int, *, actor: Actor, now: datetime) -> Message | None:
    """Asks the customer for the address; None for the second click of a double click.

    A request for text or a location while the window is open, else the number's template for it. Refused, saying what
    to do, where neither can be sent.
    """
    with transaction() as tx:
        order = get(order_id)
        if not order.is_open:
            raise Refused(f"{order_number(order.id)} is closed; nothing is shipped any more.")
        since = now - _DOUBLE_CLICK
        fresh = Order.address_asked_at.is_null() | (Order.address_asked_at < since)
        if not Order.update(address_asked_at=now).where(Order.id == order_id, fresh).execute():
            return None
        return replies.send(tx, order, _request(order, now), ASKED, actor=actor, now=now, key=now.isoformat())


def _request(order: Order, now: datetime) -> Words:
    if not replies.is_open(order.number_id, order.customer_id, now):
        return _by_template(order)
    text = asking.for_address(languages.wanted(order.customer, order.number))
    request = {"type": "location_request_message", "body": {"text": text}, "action": {"name": "send_location"}}
    return Words(text, {"type": "interactive", "interactive": request})


def _by_template(order: Order) -> Words:
    name = order.number.address_template
    if not name:
        raise Refused(_NO_TEMPLATE.format(number=order.number.phone_number_id))
    return openers.words_of(order, name)


def is_offered(order: Order, message: InboundMessage) -> bool:
    """Whether a message may be the address: a place, an address form, or words after it was asked for."""
    if message.type == "location":
        return True
    if message.type == "interactive" and message.reply:
        return _from_form(message.reply.payload) is not None
    return message.type == "text" and order.address_asked_at is not None and order.address is None


def accept(order_id: int, inbound_id: int, *, actor: Actor, now: datetime) -> Order:
    """What the customer wrote is where the order is shipped; the second click of a double click changes nothing."""
    with transaction() as tx:
        order, answer = get(order_id), Inbound.get_or_none(Inbound.id == inbound_id)
        if answer is None or answer.customer_id != order.customer_id:
            raise NotFound("That message is not there any more; ask the customer for the address again.")
        address = address_in(answer)
        if not address:
            raise Refused("That message holds no address; ask the customer for it again.")
        if Order.update(address=address).where(Order.id == order_id, _is_not(address)).execute():
            facts = {"address": address}
            record(order_id, ACCEPTED, actor, now, ids={"wamid": answer.wamid}, facts=facts)
            tx.wake("desk")
    return get(order_id)


def _is_not(address: str) -> object:
    return Order.address.is_null() | (Order.address != address)


def address_in(answer: Inbound) -> str:
    """The address that a message holds, as the customer wrote it."""
    words = (answer.text or "").removeprefix("[location]").strip()
    if answer.kind == "interactive":
        words = _from_form(str(answer.detail.get("payload") or "")) or ""
    return cut(words, MAX_ADDRESS)


def _from_form(payload: str) -> str | None:
    """What an address form answers, in one line a field; None when it is another answer."""
    try:
        answers = object_of(json.loads(payload))
    except (ValueError, RecursionError):
        return None
    values = object_of(answers.get("values"))
    lines = [text_of(value).strip() for value in values.values()] or [text_of(answers.get("address")).strip()]
    return "\n".join(filter(None, lines)) or None
