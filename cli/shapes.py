"""The JSON shapes that other people's scripts rely on (CONTRACT, JSON shapes)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from wapto.domain import money
from wapto.domain.identity import order_number
from wapto.store.models import Handle, InboxElement, InboxEntry, Merge, Message, Order

if TYPE_CHECKING:
    from wapto.desk.conversations.conversations import Said
    from wapto.desk.customers.directory import Card
    from wapto.desk.orders.replay import Then
    from wapto.desk.orders.summaries import Summary
    from wapto.desk.orders.timeline import Entry
    from wapto.desk.orders.views import OrderView, SecondCart
    from wapto.domain.lines import LineItem


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return value.isoformat().replace("+00:00", "Z") if value else None


def order(view: OrderView | Summary) -> dict[str, Any]:
    """An order."""
    total = view.total
    return {
        "number": view.number,
        "number_id": view.number_id,
        "status": view.status,
        "customer": {
            "name": view.customer_name,
            "phone": view.customer_phone,
            "user_id": view.customer_user_id,
        },
        "items": [_item(line) for line in view.lines],
        "adjustments": [
            {"kind": each.kind, "amount": money.to_decimal(each.minor, each.currency), "currency": each.currency}
            for each in view.adjusted
        ],
        "currency": _currency(view),
        "total": money.to_decimal(total.minor, total.currency) if total else None,
        "totals": [
            {"currency": sum_.currency, "amount": money.to_decimal(sum_.minor, sum_.currency)} for sum_ in view.totals
        ],
        "flags": list(view.flags),
        "note": view.note,
        "agent": view.agent.name if view.agent else None,
        "fulfillment": view.fulfillment,
        "tracking": {
            "carrier": view.carrier,
            "number": view.tracking_number,
            "url": view.tracking_url,
            "eta": view.eta,
        },
        "address": view.address,
        "payment_status": view.payment_status,
        "lateness": view.promised.state if view.promised else None,
        "due_at": instant(view.promised.due_at) if view.promised else None,
        "created_at": instant(view.created_at),
        "updated_at": instant(view.updated_at),
        "version": view.version,
    }


def _currency(view: OrderView | Summary) -> str | None:
    """The currency of all lines, if there is one."""
    currencies = {line.currency for line in view.lines if line.currency}
    return currencies.pop() if len(currencies) == 1 else None


def _item(line: LineItem) -> dict[str, Any]:
    def amount(minor: int | None) -> str | None:
        return None if minor is None or line.currency is None else money.to_decimal(minor, line.currency)

    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": amount(line.unit_minor),
        "line_total": amount(line.total_minor),
        "currency": line.currency,
        "flags": list(line.flags),
    }


def second_cart(second: SecondCart) -> dict[str, Any]:
    """Which earlier order a cart may belong to, what was decided, and how the two differ."""
    return {
        "of": second.earlier,
        "choice": second.choice,
        "differences": [
            {"before": _item(row.before) if row.before else None, "after": _item(row.after) if row.after else None}
            for row in second.differences
            if not row.is_same
        ],
    }


def then(order: Then) -> dict[str, Any]:
    """An order as its timeline tells it, after the entry `seq`."""
    state, facts = order.state, order.state.facts
    return {
        "number": order.number,
        "seq": state.seq,
        "at": instant(state.at),
        "status": state.status,
        "agent": state.agent,
        "items": order.items,
        "shipping": state.shipping,
        "discount": state.discount,
        "fulfillment": state.fulfillment,
        "payment_status": state.payment_status,
        "tracking": {
            "carrier": facts.get("carrier"),
            "number": facts.get("tracking_number"),
            "url": facts.get("tracking_url"),
            "eta": facts.get("eta"),
        },
        "address": facts.get("address"),
        "second_cart": state.second_cart,
    }


def entry(item: Entry) -> dict[str, Any]:
    """A timeline entry."""
    return {
        "seq": item.seq,
        "at": instant(item.at),
        "kind": item.kind,
        "actor": item.actor,
        "door": item.door,
        "from": item.before,
        "to": item.after,
        "text": item.text,
    }


def message(row: Message) -> dict[str, Any]:
    """A message to a customer."""
    return {
        "id": row.id,
        "order": order_number(row.order_id) if row.order_id else None,
        "trigger": row.trigger,
        "to": row.to_phone or row.to_user_id,
        "template": row.template,
        "language": row.language,
        "text": row.text,
        "state": row.state,
        "reason": row.reason,
        "attempts": row.attempts,
        "wamid": row.wamid,
        "error": {"code": row.error_code, "text": row.error_text} if row.error_code or row.error_text else None,
        "created_at": instant(row.created_at),
        "sent_at": instant(row.sent_at),
        "delivered_at": instant(row.delivered_at),
        "read_at": instant(row.read_at),
    }


def inbox_entry(row: InboxEntry, elements: list[InboxElement]) -> dict[str, Any]:
    """A stored webhook, without its body."""
    return {
        "id": row.id,
        "received_at": instant(row.received_at),
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error,
        "elements": [
            {"wamid": element.wamid, "outcome": element.outcome, "reason": element.reason} for element in elements
        ],
    }


def said(one: Said) -> dict[str, Any]:
    """One message of a conversation."""
    return {
        "at": instant(one.at),
        "direction": one.direction,
        "kind": one.kind,
        "text": one.text,
        "state": one.state,
    }


def customer(card: Card) -> dict[str, Any]:
    """A customer."""
    return {
        "id": card.id,
        "name": card.name,
        "phone": card.phone,
        "phone_confirmed": card.phone_confirmed,
        "user_id": card.user_id,
        "username": card.username,
        "language": card.language,
        "tags": list(card.tags),
    }


def handle(row: Handle) -> dict[str, Any]:
    """One way to recognize a customer."""
    return {
        "kind": row.kind,
        "value": row.value,
        "state": "gone" if row.gone_at else "doubted" if row.doubted_at else "trusted",
        "since": instant(row.created_at),
        "gone_at": instant(row.gone_at),
        "confirmed_by": row.confirmed_by,
    }


def order_of_customer(row: Order) -> dict[str, Any]:
    """An order in the list of its customer's."""
    return {"number": order_number(row.id), "status": row.status, "created_at": instant(row.created_at)}


def merge(trace: Merge) -> dict[str, Any]:
    """That two customers became one, and perhaps two again."""
    return {
        "kept": trace.kept_id,
        "merged": trace.merged_id,
        "at": instant(trace.at),
        "actor": trace.actor,
        "door": trace.door,
        "reason": trace.reason,
        "moved": {name.partition(".")[0]: len(ids) for name, ids in trace.moved.items() if ids},
        "undone_at": instant(trace.undone_at),
        "undone_by": trace.undone_by,
    }
