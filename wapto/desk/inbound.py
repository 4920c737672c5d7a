"""Keeping what customers say: every kind of message, and that one was edited or deleted later."""

from datetime import datetime

from wapto.desk.timeline import CUSTOMER, record
from wapto.domain.text import clean
from wapto.meta.payloads import InboundMessage
from wapto.meta.said import EDIT, REVOKE, detail_of, refers_to, words_of
from wapto.store.database import spelled
from wapto.store.models import Customer, Inbound, Number, Order

_STAMPS = {EDIT: "edited_at", REVOKE: "revoked_at"}
_ENTRIES = {EDIT: "edited", REVOKE: "revoked"}


def keep(number: Number, customer: Customer, message: InboundMessage, order: Order | None, now: datetime) -> bool:
    """Whether this message is new. The unique wamid decides, whatever else runs at the same time."""
    new = {
        "wamid": message.id,
        "number": number,
        "customer": customer,
        "order": order,
        "kind": message.type,
        "text": clean(words_of(message)) or None,
        "sent_at": message.timestamp or now,
        "received_at": now,
        "context_wamid": refers_to(message),
        "detail": {name: clean(fact) for name, fact in detail_of(message).items()},
    }
    return bool(list(Inbound.insert(new).on_conflict_ignore().returning(Inbound.id).tuples().execute()))


def hear(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> bool:
    """Keeps words to the shop with the customer's newest open order, if there is one; False if they were kept before.

    What is said in a group is nobody's order.
    """
    about = None if message.group_id else _open_order(number, customer)
    if not keep(number, customer, message, about, now):
        return False
    if about and message.type not in _STAMPS:
        record(about.id, "wrote", CUSTOMER, now, after=message.type, ids={"wamid": message.id})
    follow_up(message, now)
    return True


def follow_up(message: InboundMessage, now: datetime) -> None:
    """Marks what a new message edits or deletes, and what edits or deletes it: deliveries are unordered."""
    changes = (Inbound.context_wamid == message.id) & Inbound.kind.in_(spelled(EDIT, REVOKE))
    if message.type in _STAMPS:
        changes = Inbound.wamid == message.id
    for change in Inbound.select().where(changes).order_by(Inbound.id):
        _mark(change, now)


def _open_order(number: Number, customer: Customer) -> Order | None:
    theirs = Order.select().where(Order.customer == customer, Order.number == number, Order.is_open)
    order: Order | None = theirs.order_by(Order.id.desc()).first()
    return order


def _mark(change: Inbound, now: datetime) -> None:
    """Only whoever said something can edit or delete it."""
    same = (Inbound.wamid == change.context_wamid) & (Inbound.customer == change.customer_id)
    original = Inbound.get_or_none(same, Inbound.kind.not_in(list(_STAMPS)))
    if original is None:
        return
    Inbound.update({_STAMPS[change.kind]: change.sent_at}).where(Inbound.id == original.id).execute()
    if original.order_id:
        record(original.order_id, _ENTRIES[change.kind], CUSTOMER, now, ids={"wamid": original.wamid})
