"""Webhook bodies exactly as Meta writes and signs them (reference §1.2–1.4, §2, §3)."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Price = int | float | str | Decimal
Item = tuple[str, int, Price, str]


@dataclass(frozen=True)
class Update:
    """One change that a webhook tells: about which message, of which WABA. `kind` is order, text, sent, read…

    `wamid` is the template's id where the field is about templates.
    """

    waba_id: str
    wamid: str
    kind: str
    value: dict[str, Any]
    field: str = "messages"


def encode(updates: Iterable[Update]) -> bytes:
    """The body of one POST: compact, non-ASCII as \\uXXXX, `/` and `@` escaped too (§1.2)."""
    changes: dict[str, list[dict[str, Any]]] = {}
    for update in updates:
        changes.setdefault(update.waba_id, []).append({"field": update.field, "value": update.value})
    entries = [{"id": waba_id, "changes": of_waba} for waba_id, of_waba in changes.items()]
    text = json.dumps({"object": "whatsapp_business_account", "entry": entries}, separators=(",", ":"))
    return text.replace("/", "\\/").replace("@", "\\u0040").encode("ascii")


def signature(app_secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def order(items: Iterable[Item], note: str, catalog_id: str) -> dict[str, Any]:
    """The `order` object of a cart; prices in major units, decimals as JSON numbers (§2.2)."""
    lines = [
        {"product_retailer_id": sku, "quantity": quantity, "item_price": _number(price), "currency": currency}
        for sku, quantity, price, currency in items
    ]
    return {"catalog_id": catalog_id, "text": note, "product_items": lines}


def inbound(
    wamid: str, kind: str, content: dict[str, Any], *, at: datetime, name: str, wa_id: str | None, user_id: str | None
) -> dict[str, Any]:
    """`contacts` and `messages` for one message; a phone that is withheld is left out, not replaced (§2.1)."""
    message = {
        "from": wa_id,
        "from_user_id": user_id,
        "id": wamid,
        "timestamp": _stamp(at),
        "type": kind,
        kind: content,
    }
    contact = {"profile": {"name": name}, "wa_id": wa_id, "user_id": user_id}
    return {"contacts": [_known(contact)], "messages": [_known(message)]}


def system(wamid: str, told: dict[str, Any], *, at: datetime, wa_id: str | None, user_id: str | None) -> dict[str, Any]:
    """`messages` for one thing that WhatsApp says of a customer: there are no contacts beside it (§2.5)."""
    message = {"from": wa_id, "from_user_id": user_id, "id": wamid, "timestamp": _stamp(at), "type": "system"}
    return {"messages": [_known({**message, "system": _known(told)})]}


def status(
    wamid: str,
    kind: str,
    *,
    at: datetime,
    wa_id: str | None,
    user_id: str | None,
    callback: str | None,
    category: str,
    errors: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """`statuses` for one step of one message; contacts on all but `failed`, pricing on `sent` and `delivered` (§3)."""
    step = {
        "id": wamid,
        "status": kind,
        "timestamp": _stamp(at),
        "recipient_id": wa_id,
        "recipient_user_id": user_id,
        "biz_opaque_callback_data": callback,
        "pricing": _pricing(category) if kind in ("sent", "delivered") else None,
        "errors": errors,
    }
    contacts = {} if errors else {"contacts": [_known({"wa_id": wa_id, "user_id": user_id})]}
    return {**contacts, "statuses": [_known(step)]}


def _pricing(category: str) -> dict[str, Any]:
    return {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _stamp(at: datetime) -> str:
    return str(int(at.timestamp()))


def _number(price: Price) -> int | float | str:
    if isinstance(price, Decimal):
        return int(price) if price == price.to_integral_value() else float(price)
    return price
