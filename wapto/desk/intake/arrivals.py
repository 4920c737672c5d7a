"""What the desk makes of what arrives: of a cart an order, of words a part of what was said, of a status a receipt."""

from collections.abc import Sequence
from datetime import datetime

from wapto.desk.catalog import drift
from wapto.desk.conversations import asking, inbound, inquiries
from wapto.desk.customers import customers, people
from wapto.desk.intake import events
from wapto.desk.intake.routing import number_of, sender, sighting_of
from wapto.desk.notices import notices
from wapto.desk.orders import carts
from wapto.desk.orders.creation import NewCart, create_from_carts
from wapto.domain.intake import DONE, SEEN
from wapto.errors import InvalidInput
from wapto.meta.payloads import Contact, Element, InboundMessage, Receipt
from wapto.store.database import Transaction
from wapto.store.models import Number


def handle(tx: Transaction, element: Element, now: datetime) -> str:
    """Does what an element of a webhook asks for, in the caller's transaction; returns its outcome.

    Kept when nothing is to be done, WaptoError when it cannot be understood.
    """
    if element.problem:
        raise InvalidInput(element.problem)
    match element.value:
        case Receipt() as receipt:
            return notices.apply_receipt(receipt, now)
        case InboundMessage(type="order"):
            return take_carts(tx, [element], now)[0]
        case InboundMessage() as message:
            return _message(tx, number_of(element), message, element.contact, now)
    events.handle(tx, element, now)
    return DONE


def is_cart(element: Element) -> bool:
    """Whether it can be taken together with other carts of its number."""
    return isinstance(element.value, InboundMessage) and element.value.type == "order" and not element.problem


def take_carts(tx: Transaction, elements: Sequence[Element], now: datetime) -> list[str]:
    """Makes orders of carts that came to one number, all or none of them; returns the outcome of each."""
    number = number_of(elements[0])
    messages: list[InboundMessage] = [
        element.value for element in elements if isinstance(element.value, InboundMessage)
    ]
    sighted = [
        sighting_of(number, message, element.contact) for message, element in zip(messages, elements, strict=True)
    ]
    given = [
        NewCart(
            customer, message.id, carts.read(message.order or carts.NOTHING, number.currency), message.timestamp or now
        )
        for message, customer in zip(messages, customers.find_or_create_all(sighted, now), strict=True)
    ]
    made = create_from_carts(tx, number, given, now)
    new = [(message, order) for message, order in zip(messages, made, strict=True) if order]
    inquiries.tie(tx, [order for _, order in new], now)
    inbound.keep_carts(new, now)
    return [DONE if order else SEEN for order in made]


def _message(tx: Transaction, number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> str:
    customer = sender(number, message, contact, now)
    if not inbound.hear(number, customer, message, now):
        return SEEN
    people.follow(number, customer, message, now)
    drift.answer(number, customer, message, now)
    asking.answer(number, customer, message, now)
    tx.wake("desk")
    if message.media:
        tx.wake("slow")
    return DONE
