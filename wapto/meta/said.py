"""What a customer's message says, in words for people, whatever its kind (reference §2.1 to §2.5).

Words of ours stand in brackets, so that they are not taken for the customer's.
"""

from collections.abc import Callable, Iterator
from typing import Any

from wapto.meta.payloads import InboundMessage, message_of
from wapto.meta.values import as_given, id_of, list_of, object_of, text_of

EDIT, REVOKE = "edit", "revoke"

_MEDIA = {"image": "photo", "video": "video", "audio": "audio", "document": "document", "sticker": "sticker"}


def words_of(message: InboundMessage) -> str:
    """The message in words, as it came and not cleaned; empty for a cart, whose note belongs to its order."""
    words = _WORDS.get(message.type, _other)(message)
    return " ".join(part for part in (words, *_origins(message)) if part)


def refers_to(message: InboundMessage) -> str | None:
    """The id of the message that this one answers, reacts to, edits or deletes."""
    raw = message.raw or {}
    for kind, key in (("reaction", "message_id"), (EDIT, "original_message_id"), (REVOKE, "original_message_id")):
        if message.type == kind:
            return id_of(object_of(raw.get(kind)).get(key))
    return message.context_id


def detail_of(message: InboundMessage) -> dict[str, str]:
    """What is worth keeping apart from the words: the product asked about, a reaction, a place, a tap."""
    raw = message.raw or {}
    product = object_of(object_of(raw.get("context")).get("referred_product"))
    place = object_of(raw.get("location"))
    facts = {
        "catalog": text_of(product.get("catalog_id")),
        "sku": text_of(product.get("product_retailer_id")),
        "emoji": text_of(object_of(raw.get("reaction")).get("emoji")),
        "latitude": as_given(place.get("latitude")),
        "longitude": as_given(place.get("longitude")),
        "payload": message.reply.payload if message.reply else "",
        "media": (message.media.id or "") if message.media else "",
        "group": message.group_id or "",
    }
    return {name: fact for name, fact in facts.items() if fact}


def _text(message: InboundMessage) -> str:
    return message.text


def _media(message: InboundMessage) -> str:
    media = message.media
    name = "voice message" if media and media.voice else _MEDIA[message.type]
    file = f": {media.filename}" if media and media.filename else ""
    return f"[{name}{file}] {media.caption if media else ''}".strip()


def _location(message: InboundMessage) -> str:
    place = object_of((message.raw or {}).get("location"))
    where = ", ".join(filter(None, (text_of(place.get("name")), text_of(place.get("address")))))
    point = ", ".join(filter(None, (as_given(place.get("latitude")), as_given(place.get("longitude")))))
    return f"[location] {where} {f'({point})' if point else ''}".strip()


def _contacts(message: InboundMessage) -> str:
    cards = (object_of(card) for card in list_of((message.raw or {}).get("contacts")))
    return f"[contacts] {'; '.join(filter(None, map(_card, cards)))}".strip()


def _card(card: dict[str, Any]) -> str:
    phones = (text_of(object_of(phone).get("phone")) for phone in list_of(card.get("phones")))
    return " ".join(filter(None, (text_of(object_of(card.get("name")).get("formatted_name")), *phones)))


def _reaction(message: InboundMessage) -> str:
    emoji = detail_of(message).get("emoji")
    return f"[reacted with {emoji}]" if emoji else "[took a reaction back]"


def _tap(message: InboundMessage) -> str:
    return message.reply.title or message.reply.payload if message.reply else "[an answer that could not be read]"


def _system(message: InboundMessage) -> str:
    told = object_of((message.raw or {}).get("system"))
    return f"[WhatsApp says: {text_of(told.get('body')) or text_of(told.get('type')) or 'something changed'}]"


def _unsupported(message: InboundMessage) -> str:
    kind = text_of(object_of((message.raw or {}).get("unsupported")).get("type"))
    return f"[something that WhatsApp does not pass on{f': {kind}' if kind else ''}]"


def _edit(message: InboundMessage) -> str:
    edited = object_of(object_of((message.raw or {}).get(EDIT)).get("message"))
    inner = message_of(message.id, edited)
    return f"[edited] {words_of(inner)}" if inner.type not in (EDIT, REVOKE) else "[edited]"


def _revoke(_message: InboundMessage) -> str:
    return "[deleted a message]"


def _welcome(_message: InboundMessage) -> str:
    return "[opened the chat]"


def _nothing(_message: InboundMessage) -> str:
    return ""


def _other(message: InboundMessage) -> str:
    return message.text or f"[{message.type}]"


def _origins(message: InboundMessage) -> Iterator[str]:
    """What the customer was looking at when they wrote."""
    if sku := detail_of(message).get("sku"):
        yield f"[about the product {sku}]"
    referral = object_of((message.raw or {}).get("referral"))
    if seen := text_of(referral.get("headline")) or text_of(referral.get("source_url")):
        yield f"[came from an ad: {seen}]"


_WORDS: dict[str, Callable[[InboundMessage], str]] = {
    "text": _text,
    **dict.fromkeys(_MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _tap,
    "interactive": _tap,
    "order": _nothing,
    "system": _system,
    "unsupported": _unsupported,
    "unknown": _unsupported,
    EDIT: _edit,
    REVOKE: _revoke,
    "request_welcome": _welcome,
}
