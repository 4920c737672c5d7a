"""Webhooks of Meta: who sent it, whether it is JSON, and what it says. Pure functions over the raw bytes."""

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from wapto.domain.identity import phone_variants
from wapto.meta.payloads import Contact, Element, contacts_by_handle, message_of, receipt_of
from wapto.meta.values import id_of, instant_of, list_of, object_of, parse, text_of

_ACCOUNT = "whatsapp_business_account"


def verify_signature(body: bytes, header: str | None, secrets: tuple[str, ...]) -> bool:
    """Whether `X-Hub-Signature-256` was made over these bytes with one of the secrets (reference §1.2).

    Lower-case hex only, as Meta writes it; compared in constant time.
    """
    given = _octets(header or "")
    return any(hmac.compare_digest(given, _tag(body, secret)) for secret in secrets)


def _tag(body: bytes, secret: str) -> bytes:
    return b"sha256=" + hmac.digest(secret.encode(), body, "sha256").hex().encode()


def _octets(text: str) -> bytes:
    # Headers and queries may hold any character, and compare_digest takes only ASCII text.
    return text.encode("utf-8", "surrogatepass")


def verify_handshake(args: Mapping[str, str], verify_token: str) -> str | None:
    """The challenge to answer with, bare; None when the caller does not know the token (reference §1.1)."""
    known = hmac.compare_digest(_octets(args.get("hub.verify_token", "")), _octets(verify_token))
    if known and args.get("hub.mode") == "subscribe":
        return args.get("hub.challenge") or None
    return None


def is_json(body: bytes) -> bool:
    """Whether it is UTF-8 JSON of any shape that a Python stack can hold; `elements` reads no other.

    msgspec is asked first, which takes a tenth of the time and accepts less: neither lone surrogates nor huge numbers.
    """
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _is_lenient_json(body)
    return True


def _is_lenient_json(body: bytes) -> bool:
    try:
        parse(body)
    except ValueError:
        return False
    return True


def elements(body: bytes) -> Iterator[Element]:
    """Everything that the notification says, in order, each read by itself; never raises.

    What cannot be understood comes as an element with a problem, so that its siblings go on and nothing is lost unseen.
    """
    for position, element in enumerate(_of_body(body)):
        yield replace(element, position=position)


def _of_body(body: bytes) -> Iterator[Element]:
    try:
        notification = parse(body)
    except ValueError:
        yield Element(problem="The body is not JSON.")
        return
    entries = list_of(notification.get("entry")) if isinstance(notification, dict) else []
    if not entries:
        yield Element(problem="The notification has no entries.")
    elif text_of(notification.get("object")) not in (_ACCOUNT, ""):
        yield Element(problem="The notification is not about a WhatsApp account.")
    else:
        for entry in entries:
            yield from _of_entry(object_of(entry))


def _of_entry(entry: dict[str, Any]) -> Iterator[Element]:
    base = Element(waba_id=id_of(entry.get("id")) or "", at=instant_of(entry.get("time")))
    changes = list_of(entry.get("changes"))
    if not changes:
        yield replace(base, problem="The entry has no changes.")
    for change in changes:
        yield from _of_change(base, object_of(change))


def _of_change(base: Element, change: dict[str, Any]) -> Iterator[Element]:
    value = object_of(change.get("value"))
    metadata = object_of(value.get("metadata"))
    base = replace(
        base,
        field=id_of(change.get("field")) or "",
        phone_number_id=id_of(metadata.get("phone_number_id")),
        display_phone=id_of(metadata.get("display_phone_number")),
    )
    if base.field == "messages":
        yield from _of_conversation(base, value)
    else:
        # Meta prints some keys of an event beside its value instead of in it (reference §1.5, rejection_info).
        beside = {key: item for key, item in change.items() if key not in ("field", "value")}
        for part in _parts(value):
            yield replace(base, value=beside | part, problem=None if base.field else "The change names no field.")


def _parts(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An event that lists several things once for each of them, so that each is worked on by itself."""
    for name in ("user_preferences", "message_echoes"):
        if name in value:
            yield from ({**value, name: [item]} for item in list_of(value[name]) or [None])
            return
    if "history" not in value:
        yield value
        return
    for chunk in map(object_of, list_of(value["history"]) or [None]):
        threads = map(object_of, list_of(chunk.get("threads")))
        said = [(thread, message) for thread in threads for message in list_of(thread.get("messages"))]
        for thread, message in said:
            yield {**value, "history": [{"threads": [{**thread, "messages": [message]}]}]}
        if not said:  # how far the transfer has come, or that it was declined
            yield {**value, "history": [chunk]}


def _of_conversation(base: Element, value: dict[str, Any]) -> Iterator[Element]:
    contacts = contacts_by_handle(list_of(value.get("contacts")))
    messages, statuses = list_of(value.get("messages")), list_of(value.get("statuses"))
    errors = list_of(value.get("errors"))
    for message in messages:
        yield _of_message(replace(base, kind="message"), object_of(message), contacts)
    for status in statuses:
        yield _of_status(replace(base, kind="status"), object_of(status), contacts)
    if errors:
        yield replace(base, kind="errors", value={"errors": errors})
    if not (messages or statuses or errors):
        yield replace(base, value=value)


def _of_message(base: Element, fields: dict[str, Any], contacts: dict[str, Contact]) -> Element:
    wamid = id_of(fields.get("id"))
    if wamid is None:
        return replace(base, problem="The message has no id that could be read.")
    message = message_of(wamid, fields)
    contact = _first(contacts, message.from_user_id, *_spellings(message.from_))
    return replace(base, value=message, wamid=wamid, contact=contact)


def _spellings(phone: str | None) -> list[str]:
    """The sender's number as it is, then as the contact may have it: Meta says that the two may differ (§2.1)."""
    return [spelled.removeprefix("+") for spelled in phone_variants(f"+{phone}")] if phone else []


def _of_status(base: Element, fields: dict[str, Any], contacts: dict[str, Contact]) -> Element:
    wamid = id_of(fields.get("id"))
    if wamid is None:
        return replace(base, problem="The status has no message id that could be read.")
    receipt = receipt_of(wamid, fields)
    if not receipt.status:
        return replace(base, wamid=wamid, problem="The status does not say what became of the message.")
    contact = _first(contacts, receipt.recipient_user_id, receipt.recipient_id)
    return replace(base, value=receipt, wamid=wamid, contact=contact)


def _first(contacts: dict[str, Contact], *handles: str | None) -> Contact | None:
    return next((contacts[handle] for handle in handles if handle in contacts), None)
