"""The customer's link to an order: signed, so that nobody guesses one, and dead some time after the order is."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from wapto.domain.identity import locale_of, order_number
from wapto.domain.status_labels import STATUS_LABELS
from wapto.store.models import Order

KEPT = timedelta(days=90)

_SIGNATURE_BYTES = 12
_LONGEST_TOKEN = 40
_key: bytes | None = None


@dataclass(frozen=True)
class Tracked:
    """What the holder of a link may know; nothing of it concerns the person."""

    language: str
    shop: str
    number: str
    status: str
    carrier: str
    tracking_number: str
    tracking_url: str | None


def sign_with(key: str | None) -> None:
    """Lets this process make and read links; without a key there are none. Called by the composition root."""
    global _key
    _key = key.encode() if key else None


def token_of(order_id: int) -> str | None:
    """The end of the link's address; None where links cannot be made."""
    if _key is None:
        return None
    id_bytes = order_id.to_bytes((order_id.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(id_bytes + _signature(_key, id_bytes)).rstrip(b"=").decode()


def find(token: str, now: datetime) -> Tracked | None:
    """The order that a link leads to; None for one that was never made or has ended."""
    order_id = _order_id(token)
    order = Order.get_or_none(Order.id == order_id) if order_id else None
    if order is None or order.updated_at < now - KEPT:
        return None
    language = order.customer.language or order.number.language
    labels = STATUS_LABELS.get(locale_of(language).language, STATUS_LABELS["en"])
    url = order.tracking_url or ""
    return Tracked(
        language=language,
        shop=order.number.name,
        number=order_number(order.id),
        status=labels[order.status],
        carrier=order.carrier or "",
        tracking_number=order.tracking_number or "",
        tracking_url=url if url.startswith(("https://", "http://")) else None,
    )


def _order_id(token: str) -> int | None:
    if _key is None or len(token) > _LONGEST_TOKEN:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    id_bytes, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    is_ours = 0 < len(id_bytes) <= 8 and hmac.compare_digest(signature, _signature(_key, id_bytes))
    return int.from_bytes(id_bytes) if is_ours else None


def _signature(key: bytes, id_bytes: bytes) -> bytes:
    return hmac.digest(key, b"tracking:" + id_bytes, hashlib.sha256)[:_SIGNATURE_BYTES]
