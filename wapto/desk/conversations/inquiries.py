"""Inquiries: what customers without an open order want. One is open for each customer and number at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wapto.desk.board import DUE
from wapto.desk.catalog import catalog
from wapto.desk.conversations import replies
from wapto.desk.customers import customers, doubts
from wapto.desk.customers.doubts import Doubt
from wapto.desk.orders import items, orders
from wapto.desk.orders.timeline import CUSTOMER, Actor, Subject, record, record_of
from wapto.domain.identity import order_number
from wapto.errors import Conflict, NotFound
from wapto.store.batches import Prepared
from wapto.store.database import Transaction, reading, transaction
from wapto.store.models import Customer, Inbound, Inquiry, Number, Order, SlackPost

CLOSED, TIED = "closed", "became_order"


def of_customer(number: Number, customer: Customer) -> Inquiry | None:
    """The customer's open inquiry with this number."""
    theirs = (Inquiry.number == number) & (Inquiry.customer == customer) & Inquiry.is_open
    inquiry: Inquiry | None = Inquiry.get_or_none(theirs)
    return inquiry


def open_for(number: Number, customer: Customer, *, sku: str | None, now: datetime) -> Inquiry:
    """The same, or a new one with a card to post. The unique index decides, whatever else runs at the same time."""
    new = {"number": number, "customer": customer, "sku": sku, "created_at": now}
    while True:
        added = list(Inquiry.insert(new).on_conflict_ignore().returning(Inquiry.id).tuples().execute())
        if added:
            card = {"inquiry": added[0][0], "first_seq": 0, "last_seq": 0, "state": DUE}
            SlackPost.insert(**card, due_at=now, created_at=now).execute()
            return Inquiry(id=added[0][0], **new)
        if known := of_customer(number, customer):  # else it was closed between the two statements
            return known


_open = Prepared(
    lambda numbers, people: Inquiry.select().where(
        Inquiry.number.in_(numbers), Inquiry.customer.in_(people), Inquiry.is_open
    )
)


def tie(tx: Transaction, new: Sequence[Order], now: datetime) -> None:
    """A customer's cart answers their open inquiry, which ends; runs in the transaction that took the carts in."""
    theirs = {(order.number_id, order.customer_id): order for order in reversed(new)}
    numbers, people = sorted({number for number, _ in theirs}), sorted({customer for _, customer in theirs})
    for inquiry in _open.models(Inquiry, numbers, people) if new else ():
        order = theirs.get((inquiry.number_id, inquiry.customer_id))
        if order and _end(inquiry.id, order):
            _say_tied(inquiry.id, order, CUSTOMER, now)
            tx.wake("desk")


def close(inquiry_id: int, *, actor: Actor, now: datetime) -> None:
    """Nothing is to be done about it any more; the customer's next message opens a new one. Once for a double click."""
    with transaction() as tx:
        _get(inquiry_id)
        if _end(inquiry_id, None):
            record_of(Subject(inquiry=inquiry_id), CLOSED, actor, now)
            tx.wake("desk")


def join(merged: Customer, kept: Customer, actor: Actor, now: datetime) -> None:
    """Before two customers become one: where both have an open inquiry with a number, the kept one's goes on."""
    going_on = Inquiry.select(Inquiry.number).where(Inquiry.customer == kept, Inquiry.is_open)
    doubled = (Inquiry.customer == merged) & Inquiry.is_open & Inquiry.number.in_(going_on)
    for inquiry in Inquiry.select().where(doubled):
        if _end(inquiry.id, None):
            record_of(Subject(inquiry=inquiry.id), CLOSED, actor, now)


def create_order(inquiry_id: int, lines: Sequence[str], note: str, *, actor: Actor, now: datetime) -> Order:
    """An agent makes an order of it, which ends the inquiry; the second click of a double click makes no other.

    Each line is SKU=QUANTITY@PRICE in the number's currency; the price may be missing. Conflict when the inquiry has
    ended in another way meanwhile.
    """
    with transaction():
        inquiry = _get(inquiry_id)
        bought = items.read(lines, note, inquiry.number.currency, items.prices(inquiry.number, now))
        key = f"inquiry.{inquiry_id}"
        order = orders.create(inquiry.number, inquiry.customer, bought, actor=actor, now=now, key=key)
        if _end(inquiry_id, order):
            _say_tied(inquiry_id, order, actor, now)
        elif _get(inquiry_id).order_id != order.id:
            raise _ended(_get(inquiry_id))
    return order


def _get(inquiry_id: int) -> Inquiry:
    inquiry = Inquiry.get_or_none(Inquiry.id == inquiry_id)
    if inquiry is None:
        raise NotFound("That inquiry does not exist.")
    return inquiry


def _end(inquiry_id: int, order: Order | None) -> bool:
    """Whether it was still open."""
    ended = Inquiry.update(is_open=False, order=order.id if order else None)
    return bool(ended.where(Inquiry.id == inquiry_id, Inquiry.is_open).execute())


def _say_tied(inquiry_id: int, order: Order, actor: Actor, now: datetime) -> None:
    ids = {"order": order.id}
    record_of(Subject(inquiry=inquiry_id), TIED, actor, now, after=order_number(order.id), ids=ids)
    record(order.id, "from_inquiry", actor, now, ids={"inquiry": inquiry_id})


def _ended(inquiry: Inquiry) -> Conflict:
    became = f"became {order_number(inquiry.order_id)}" if inquiry.order_id else "was closed"
    return Conflict(f"This inquiry {became} a moment ago; no order was made of it.")


def _product(inquiry: Inquiry) -> str | None:
    item = catalog.known(inquiry.number, inquiry.sku) if inquiry.sku else None
    return catalog.title(item) if item else None


@dataclass(frozen=True)
class InquiryView:
    """An inquiry with all that its card shows."""

    id: int
    shop: str
    is_open: bool
    order: str | None
    customer_name: str | None
    customer_phone: str | None
    doubt: Doubt | None
    sku: str | None
    product: str | None
    currency: str
    words: str
    messages: int
    window_until: datetime | None
    created_at: datetime


def view_of(inquiry_id: int) -> InquiryView:
    """Everything about one inquiry, of one and the same moment."""
    with reading():
        inquiry = _get(inquiry_id)
        heard = Inbound.select().where(Inbound.inquiry == inquiry_id).order_by(Inbound.id)
        newest = heard.order_by(Inbound.id.desc()).first()
        return InquiryView(
            id=inquiry.id,
            shop=inquiry.number.name,
            is_open=inquiry.is_open,
            order=order_number(inquiry.order_id) if inquiry.order_id else None,
            customer_name=inquiry.customer.name,
            customer_phone=customers.shown_phone(inquiry.customer_id),
            doubt=doubts.of_customer(inquiry.customer_id),
            sku=inquiry.sku,
            product=_product(inquiry),
            currency=inquiry.number.currency,
            words=newest.text or "" if newest else "",
            messages=heard.count(),
            window_until=replies.window_until(inquiry.number_id, inquiry.customer_id),
            created_at=inquiry.created_at,
        )
