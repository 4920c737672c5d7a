"""What a webhook carries, as facts: nothing is judged here, and what is absent is None.

Shapes after reference §2 and §3. `raw` and the dict of an event keep Meta's own keys; fractions in them are Decimal.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from wapto.meta.values import as_given, id_of, instant_of, integer_of, list_of, number_of, object_of, text_of

_CONSTANT = re.compile(r"[a-z0-9_-]{1,60}")
_MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")


class Contact(Struct, frozen=True):
    """A person as the webhook names them; the name is chosen by that person and not cleaned."""

    name: str | None = None
    wa_id: str | None = None
    user_id: str | None = None
    username: str | None = None


class OrderItem(Struct, frozen=True):
    """One line of a cart, price in major units; each number also as the text that stood there, for people to judge."""

    product_retailer_id: str
    quantity: Decimal | None
    quantity_text: str
    item_price: Decimal | None
    item_price_text: str
    currency: str | None


class Order(Struct, frozen=True):
    """A cart as Meta sends it (reference §2.2): `text` is the customer's note or empty; `items` may be empty too."""

    catalog_id: str | None
    text: str
    items: tuple[OrderItem, ...]


class Reply(Struct, frozen=True):
    """A tap: `payload` is what we set when sending (a flow's answers as JSON), `title` what the customer saw."""

    payload: str
    title: str


class Media(Struct, frozen=True):
    """A file to fetch by its id within 7 days (reference §2.4); `voice` tells a voice note from other audio."""

    id: str | None
    mime_type: str
    caption: str
    filename: str
    voice: bool


class InboundMessage(Struct, frozen=True):
    """A customer's message; `from_` has digits without "+", and either it or `from_user_id` may be absent.

    A message without a type counts as `unknown`, Meta's own word for what cannot be shown (reference §2.5).
    """

    id: str
    type: str = "unknown"
    from_: str | None = None
    from_user_id: str | None = None
    timestamp: datetime | None = None
    text: str = ""
    order: Order | None = None
    reply: Reply | None = None
    media: Media | None = None
    context_id: str | None = None
    group_id: str | None = None
    raw: dict[str, Any] | None = None


class Fault(NamedTuple):
    """One of Meta's errors; the code is one of `wapto.meta.errors.CODES` or news."""

    code: int | None
    title: str
    details: str


class Receipt(Struct, frozen=True):
    """A status of a message that we sent; `callback` is the string that was given along (reference §3).

    What it costs, by category and type, stands in some of the receipts only, in words that Meta adds to.
    """

    wamid: str
    status: str
    at: datetime | None = None
    recipient_id: str | None = None
    recipient_user_id: str | None = None
    callback: str | None = None
    errors: tuple[Fault, ...] = ()
    price_category: str | None = None
    price_type: str | None = None


class Element(Struct, frozen=True):
    """One thing that a notification says; with a `problem` it could not be understood, and that sentence says why.

    `value` of an event is the change's own object, of errors `{"errors": […]}`. `at` is the entry's own time.
    """

    position: int = 0
    waba_id: str = ""
    field: str = ""
    phone_number_id: str | None = None
    display_phone: str | None = None
    kind: Literal["message", "status", "event", "errors"] = "event"
    value: InboundMessage | Receipt | dict[str, Any] | None = None
    contact: Contact | None = None
    problem: str | None = None
    wamid: str | None = None
    at: datetime | None = None


def message_of(id: str, message: dict[str, Any]) -> InboundMessage:
    """The message that bears this id, with as much of the rest as can be read."""
    kind = text_of(message.get("type")) or "unknown"
    order = object_of(message.get("order"))
    return InboundMessage(
        id=id,
        type=kind,
        from_=id_of(message.get("from")),
        from_user_id=id_of(message.get("from_user_id")),
        timestamp=instant_of(message.get("timestamp")),
        text=text_of(object_of(message.get("text")).get("body")),
        order=_order(order) if order else None,
        reply=_reply(message),
        media=_media(object_of(message.get(kind))) if kind in _MEDIA_TYPES else None,
        context_id=id_of(object_of(message.get("context")).get("id")),
        group_id=id_of(message.get("group_id")),
        raw=message,
    )


def receipt_of(wamid: str, status: dict[str, Any]) -> Receipt:
    """The receipt for this message; its status is empty when it names none."""
    pricing = object_of(status.get("pricing"))
    return Receipt(
        wamid=wamid,
        status=text_of(status.get("status")).lower(),
        at=instant_of(status.get("timestamp")),
        recipient_id=id_of(status.get("recipient_id")),
        recipient_user_id=id_of(status.get("recipient_user_id")),
        callback=id_of(status.get("biz_opaque_callback_data")),
        errors=tuple(fault_of(object_of(error)) for error in list_of(status.get("errors"))),
        price_category=_word(pricing.get("category")),
        price_type=_word(pricing.get("type")),
    )


def _word(value: Any) -> str | None:
    """One of Meta's constants, which is nobody's text."""
    word = text_of(value).strip().lower()
    return word if _CONSTANT.fullmatch(word) else None


def fault_of(error: dict[str, Any]) -> Fault:
    """An entry of an `errors` list; its `error_data` may be an object or plain text (reference §8)."""
    data = error.get("error_data")
    details = text_of(object_of(data).get("details")) or text_of(data)
    title = text_of(error.get("title")) or text_of(error.get("message"))
    return Fault(integer_of(error.get("code")), title, details)


def contacts_by_handle(contacts: Iterable[Any]) -> dict[str, Contact]:
    """Contacts under their wa_id and their user_id: the two ways to join them to messages (reference §2.1)."""
    found = [_contact(object_of(contact)) for contact in contacts]
    return {handle: contact for contact in found for handle in (contact.wa_id, contact.user_id) if handle}


def _contact(contact: dict[str, Any]) -> Contact:
    profile = object_of(contact.get("profile"))
    return Contact(
        name=text_of(profile.get("name")) or None,
        wa_id=id_of(contact.get("wa_id")),
        user_id=id_of(contact.get("user_id")),
        username=id_of(profile.get("username")),
    )


def _order(order: dict[str, Any]) -> Order:
    items = tuple(_item(object_of(item)) for item in list_of(order.get("product_items")))
    return Order(catalog_id=id_of(order.get("catalog_id")), text=text_of(order.get("text")), items=items)


def _item(item: dict[str, Any]) -> OrderItem:
    quantity, price = item.get("quantity"), item.get("item_price")
    return OrderItem(
        product_retailer_id=text_of(item.get("product_retailer_id")),
        quantity=number_of(quantity),
        quantity_text=as_given(quantity),
        item_price=number_of(price),
        item_price_text=as_given(price),
        currency=text_of(item.get("currency")).strip().upper() or None,
    )


def _reply(message: dict[str, Any]) -> Reply | None:
    if button := object_of(message.get("button")):
        return Reply(payload=text_of(button.get("payload")), title=text_of(button.get("text")))
    interactive = object_of(message.get("interactive"))
    for kind, payload, title in (
        ("button_reply", "id", "title"),
        ("list_reply", "id", "title"),
        ("nfm_reply", "response_json", "body"),
    ):
        if reply := object_of(interactive.get(kind)):
            return Reply(payload=text_of(reply.get(payload)), title=text_of(reply.get(title)))
    return None


def _media(media: dict[str, Any]) -> Media | None:
    if not media:
        return None
    return Media(
        id=id_of(media.get("id")),
        mime_type=text_of(media.get("mime_type")),
        caption=text_of(media.get("caption")),
        filename=text_of(media.get("filename")),
        voice=media.get("voice") is True,
    )
