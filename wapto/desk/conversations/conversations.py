"""What a customer and the shop said to each other, inbound and outbound in one line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    return _between(order.customer_id, order.number_id)


def of_customer(customer_id: int) -> list[Said]:
    """Everything between the customer and all numbers, oldest first."""
    return _between(customer_id, None)


def _between(customer_id: int, number_id: int | None) -> list[Said]:
    heard, told, elsewhere = (_of(model, customer_id, number_id) for model in (Inbound, Message, Echo))
    said = [Said(row.sent_at, "in", row.kind, row.text, _state(row)) for row in heard]
    said += [Said(row.sent_at or row.created_at, "out", _kind(row), row.text, row.state) for row in told]
    said += [Said(row.sent_at, row.direction, row.kind, row.text, _ELSEWHERE[row.direction]) for row in elsewhere]
    return sorted(said, key=lambda one: one.at)


def _of(model: type[Inbound | Message | Echo], customer_id: int, number_id: int | None) -> list[Any]:
    theirs = model.select().where(model.customer == customer_id)
    return list(theirs if number_id is None else theirs.where(model.number == number_id))


def _kind(row: Message) -> str:
    return str(row.content["type"]) if row.content else "text" if row.said_seq else "template"


def _state(row: Inbound) -> str:
    return "deleted" if row.revoked_at else "edited" if row.edited_at else "received"
