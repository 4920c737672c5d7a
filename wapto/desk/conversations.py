"""What a customer and the shop said to each other, inbound and outbound in one line."""

from dataclasses import dataclass
from datetime import datetime

from wapto.store.models import Echo, Inbound, Message, Order

_ELSEWHERE = {"in": "received", "out": "sent"}  # in the WhatsApp Business app, whose receipts do not reach us


@dataclass(frozen=True)
class Said:
    """One message; an inbound one is received, and the customer may have edited or deleted it."""

    at: datetime
    direction: str  # in | out
    kind: str
    text: str | None
    state: str


def of_order(order: Order) -> list[Said]:
    """Everything between the order's customer and its number, oldest first."""
    heard = Inbound.select().where(Inbound.customer == order.customer_id, Inbound.number == order.number_id)
    told = Message.select().where(Message.customer == order.customer_id, Message.number == order.number_id)
    elsewhere = Echo.select().where(Echo.customer == order.customer_id, Echo.number == order.number_id)
    said = [Said(row.sent_at, "in", row.kind, row.text, _state(row)) for row in heard]
    said += [Said(row.sent_at or row.created_at, "out", _kind(row), row.text, row.state) for row in told]
    said += [Said(row.sent_at, row.direction, row.kind, row.text, _ELSEWHERE[row.direction]) for row in elsewhere]
    return sorted(said, key=lambda one: one.at)


def _kind(row: Message) -> str:
    return str(row.content["type"]) if row.content else "text" if row.said_seq else "template"


def _state(row: Inbound) -> str:
    return "deleted" if row.revoked_at else "edited" if row.edited_at else "received"
