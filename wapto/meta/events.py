"""What a webhook says of templates, numbers, accounts and people, as facts (reference §1.5).

Told apart by the field, and by shape where Meta's own samples print another field's name. Whatever is absent is empty.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from wapto.meta.payloads import Contact, Element, InboundMessage, contacts_by_handle, message_of
from wapto.meta.values import id_of, instant_of, list_of, object_of, text_of


class TemplateEvent(Struct, frozen=True, kw_only=True):
    """News of one template in one language; an empty field has no news."""

    id: str
    name: str
    language: str
    status: str = ""
    reason: str = ""
    advice: str = ""
    quality: str = ""
    category: str = ""
    previous_category: str = ""
    coming_category: str = ""
    is_edited: bool = False


class NumberEvent(Struct, frozen=True, kw_only=True):
    """News of a business phone number, known by its digits: its quality, its limits, its name."""

    display_phone: str
    event: str
    limit_tier: str = ""
    name: str = ""
    reason: str = ""


class AccountEvent(Struct, frozen=True, kw_only=True):
    """News of a WhatsApp Business Account: what happened, and the details in Meta's words."""

    event: str
    details: tuple[str, ...] = ()


class Preference(Struct, frozen=True, kw_only=True):
    """What a customer said about marketing messages: `stop` or `resume`."""

    contact: Contact
    wa_id: str | None
    user_id: str | None
    value: str
    at: datetime | None


class Said(Struct, frozen=True, kw_only=True):
    """A message that did not come through Wapto: sent from the shop's phone, or part of what was said before."""

    message: InboundMessage
    is_from_shop: bool
    customer: str
    source: str


# What stands elsewhere, or concerns people.
_NO_NEWS = {"event", "messaging_product", "metadata", "contacts", "display_phone_number", "phone_number"}

Event = TemplateEvent | NumberEvent | AccountEvent | Preference | Said


def events_of(element: Element) -> list[Event]:
    """The news that an element of the kind `event` brings; empty for fields that nobody here needs or knows."""
    value = element.value if isinstance(element.value, dict) else {}
    read = _reader(element.field, value)
    return list(read(value)) if read else []


def _reader(field: str, value: dict[str, Any]) -> Callable[[dict[str, Any]], Iterator[Event]] | None:
    if field.startswith(("message_template_", "template_")):
        return _template
    return READERS.get(field)


def _template(value: dict[str, Any]) -> Iterator[Event]:
    def word(key: str) -> str:
        return text_of(value.get(key)).strip().upper()

    coming = word("correct_category")
    rejection, other = object_of(value.get("rejection_info")), object_of(value.get("other_info"))
    reasons = (
        text_of(rejection.get("reason")),
        _unless_none(text_of(value.get("reason"))),
        text_of(other.get("title")),
    )
    yield TemplateEvent(
        id=id_of(value.get("message_template_id")) or "",
        name=text_of(value.get("message_template_name")),
        language=text_of(value.get("message_template_language")).replace("-", "_"),
        status=word("event"),
        reason=next(filter(None, reasons), ""),
        advice=text_of(rejection.get("recommendation")) or text_of(other.get("description")),
        quality=word("new_quality_score"),
        # While a change is only announced, `new_category` is still the one in force.
        category="" if coming else word("new_category"),
        previous_category=word("previous_category"),
        coming_category=coming,
        is_edited="message_template_element" in value,
    )


def _unless_none(text: str) -> str:
    return "" if text.upper() == "NONE" else text


def _number(value: dict[str, Any]) -> Iterator[Event]:
    yield NumberEvent(
        display_phone=_digits(value.get("display_phone_number")),
        event=(text_of(value.get("event")) or text_of(value.get("decision"))).upper(),
        limit_tier=text_of(value.get("max_daily_conversations_per_business")) or text_of(value.get("current_limit")),
        name=text_of(value.get("requested_verified_name")),
        reason=_unless_none(text_of(value.get("rejection_reason"))),
    )


def _digits(value: Any) -> str:
    return "".join(letter for letter in text_of(value) if letter.isdecimal())


def _account(value: dict[str, Any]) -> Iterator[Event]:
    inner = object_of(value.get("alert_info")) or value
    named = (text_of(inner.get(key)) for key in ("event", "alert_type", "decision"))
    event, details = next(filter(None, named), "").upper(), tuple(_words(value))
    if event or details:
        yield AccountEvent(event=event or "CHANGED", details=details)


def _words(value: Any) -> Iterator[str]:
    """Every plain fact in it, with its name, whatever it is nested in."""
    for key, item in value.items():
        if key in _NO_NEWS:
            continue
        if isinstance(item, dict):
            yield from _words(item)
        elif isinstance(item, list):
            for one in item:
                yield from _words(object_of(one))
        elif text_of(item):
            yield f"{key.replace('_', ' ')}: {text_of(item)}"


def _preferences(value: dict[str, Any]) -> Iterator[Event]:
    contacts = contacts_by_handle(list_of(value.get("contacts")))
    for one in map(object_of, list_of(value.get("user_preferences"))):
        wa_id, user_id = id_of(one.get("wa_id")), id_of(one.get("user_id"))
        contact = contacts.get(user_id or "") or contacts.get(wa_id or "") or Contact()
        said = text_of(one.get("value")).lower()
        yield Preference(contact=contact, wa_id=wa_id, user_id=user_id, value=said, at=instant_of(one.get("timestamp")))


def _echoes(value: dict[str, Any]) -> Iterator[Event]:
    for one in map(object_of, list_of(value.get("message_echoes"))):
        wamid, customer = id_of(one.get("id")), id_of(one.get("to"))
        if wamid and customer:
            yield Said(message=message_of(wamid, one), is_from_shop=True, customer=customer, source="echo")


def _history(value: dict[str, Any]) -> Iterator[Event]:
    for part in map(object_of, list_of(value.get("history"))):
        for thread in map(object_of, list_of(part.get("threads"))):
            yield from _thread(id_of(thread.get("id")), list_of(thread.get("messages")))


def _thread(customer: str | None, messages: list[Any]) -> Iterator[Event]:
    for one in map(object_of, messages):
        wamid = id_of(one.get("id"))
        if wamid and customer:
            is_from_shop = id_of(one.get("from")) != customer
            yield Said(message=message_of(wamid, one), is_from_shop=is_from_shop, customer=customer, source="history")


# Templates are told apart by what is in the event, whichever of their four fields it came under.
TEMPLATE_FIELDS = (
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
)
READERS: dict[str, Callable[[dict[str, Any]], Iterator[Event]]] = {
    **dict.fromkeys(TEMPLATE_FIELDS, _template),
    "phone_number_quality_update": _number,
    "phone_number_name_update": _number,
    "business_capability_update": _account,
    "account_update": _account,
    "account_alerts": _account,
    "account_review_update": _account,
    "user_preferences": _preferences,
    "smb_message_echoes": _echoes,
    "history": _history,
}
