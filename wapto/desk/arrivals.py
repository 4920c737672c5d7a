"""What the desk makes of what arrives: of a cart an order, of words a part of what was said, of a status a receipt."""

from datetime import datetime

from wapto.desk import asking, carts, events, inbound, inquiries, notices, orders, people
from wapto.desk.routing import number_of, sender
from wapto.errors import InvalidInput
from wapto.meta.payloads import Contact, Element, InboundMessage, Receipt
from wapto.store.database import Transaction
from wapto.store.models import Number

DONE = "done"
SEEN = "seen"  # it had been taken in before


def handle(tx: Transaction, element: Element, now: datetime) -> str:
    """Does what an element of a webhook asks for, in the caller's transaction; returns its outcome.

    Kept when nothing is to be done, WaptoError when it cannot be understood.
    """
    if element.problem:
        raise InvalidInput(element.problem)
    match element.value:
        case Receipt() as receipt:
            return notices.apply_receipt(receipt, now)
        case InboundMessage() as message:
            return _message(tx, number_of(element), message, element.contact, now)
    events.handle(tx, element, now)
    return DONE


def _message(tx: Transaction, number: Number, message: InboundMessage, contact: Contact | None, now: datetime) -> str:
    customer = sender(number, message, contact, now)
    if message.type == "order":
        reading = carts.read(message.order or carts.NOTHING, number.currency)
        order = orders.create_from_cart(
            tx, number=number, customer=customer, wamid=message.id, reading=reading, now=now
        )
        if order is None:
            return SEEN
        inquiries.tie(tx, [order], now)
        inbound.keep(number, customer, message, order, now)
        inbound.follow_up(message, now)
        return DONE
    if not inbound.hear(number, customer, message, now):
        return SEEN
    people.follow(number, customer, message, now)
    asking.answer(number, customer, message, now)
    tx.wake("desk")
    if message.media:
        tx.wake("slow")
    return DONE
