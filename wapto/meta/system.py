"""What WhatsApp itself says of a customer: a new number, a new user id, new keys (reference §2.5)."""

from msgspec import Struct

from wapto.meta.payloads import InboundMessage
from wapto.meta.values import id_of, object_of, text_of

NUMBER, USER_ID, IDENTITY = "number", "user_id", "identity"

_KINDS = {
    "user_changed_number": NUMBER,
    "customer_changed_number": NUMBER,
    "user_changed_user_id": USER_ID,
    "customer_identity_changed": IDENTITY,
    "user_identity_changed": IDENTITY,
}


class News(Struct, frozen=True, kw_only=True):
    """What changed; phones as digits without "+", what WhatsApp does not tell is None."""

    kind: str
    old_phone: str | None = None
    new_phone: str | None = None
    old_user_id: str | None = None
    new_user_id: str | None = None


def news_of(message: InboundMessage) -> News | None:
    """The news in a system message; None in any other, and in one of a kind that nobody has heard of.

    The sender is the customer as they were before, but for user ids, where it may be either.
    """
    told = object_of((message.raw or {}).get("system"))
    kind = _KINDS.get(text_of(told.get("type")).strip().lower()) if message.type == "system" else None
    if kind is None:
        return None
    if kind == IDENTITY:
        return News(kind=kind, old_phone=message.from_, old_user_id=message.from_user_id)
    new_phone = (id_of(told.get("wa_id")) or id_of(told.get("new_wa_id"))) if kind == NUMBER else None
    new_user_id = id_of(told.get("user_id"))
    return News(
        kind=kind,
        old_phone=_other_than(new_phone, id_of(told.get("customer")), message.from_),
        new_phone=new_phone,
        old_user_id=_other_than(new_user_id, id_of(told.get("previous_user_id")), message.from_user_id),
        new_user_id=new_user_id,
    )


def _other_than(new: str | None, *candidates: str | None) -> str | None:
    return next((one for one in candidates if one and one != new), None)
