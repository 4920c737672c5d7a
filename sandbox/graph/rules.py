"""The rules for POST /{phone_number_id}/messages: a draft, or Meta's refusal (reference §4)."""

import re
from dataclasses import replace
from typing import Any

from sandbox.graph import interactive
from sandbox.graph.errors import GraphError
from sandbox.graph.templates import Filled, expect_keys, fill
from sandbox.graph.world import Draft, Number, World

BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ENVELOPE = ("messaging_product", "recipient_type", "to", "recipient", "type", "context", "biz_opaque_callback_data")
_UNSENDABLE = {"PAUSED": 132015, "DISABLED": 132016}


def check_message(world: World, number: Number, body: Any) -> Draft:
    """The message as the customer will read it, or GraphError."""
    kind = _envelope(body)
    to = _recipient(world, number, body)
    callback = body.get("biz_opaque_callback_data")
    if callback is not None and not (isinstance(callback, str) and 1 <= len(callback) <= 512):
        raise GraphError(100, "Param biz_opaque_callback_data must be a string of at most 512 characters.")
    lost = bool(body.get("to")) and is_bsuid(to)
    draft = Draft(phone_number_id=number.id, to=to, kind=kind, text="", callback=callback, lost=lost)
    if kind == "text":
        return replace(draft, text=_text(world, number, to, body["text"]))
    if kind == "interactive":
        return interactive.check(draft, body["interactive"], is_open=world.window_open(number.id, to))
    definition, filled = _template(world, number, body["template"])
    return replace(
        draft,
        text=filled.text,
        buttons=filled.buttons,
        template=definition["name"],
        language=definition["language"],
        category=definition["category"].lower(),
    )


def is_bsuid(handle: str) -> bool:
    """Whether this is a business-scoped user id and no phone number."""
    return BSUID.fullmatch(handle) is not None


def _envelope(body: Any) -> str:
    """The message's type, once the keys around its content are in order (§4.1)."""
    if not isinstance(body, dict):
        raise GraphError(100, "The body must be a JSON object.")
    if _required(body, "messaging_product") != "whatsapp":
        raise GraphError(100, "Param messaging_product must be one of {WHATSAPP}.")
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "Param recipient_type must be one of {individual}.")
    kind = str(_required(body, "type"))
    if kind not in ("template", "text", "interactive"):
        raise GraphError(131051, f"Message type {kind} is not supported.")
    expect_keys(body, "message", (*_ENVELOPE, kind))
    _required(body, kind)
    if "context" in body:
        quoted = expect_keys(body["context"], "context", ("message_id",)).get("message_id")
        if not isinstance(quoted, str) or not quoted.startswith("wamid."):
            raise GraphError(100, "Param context['message_id'] must be the id of a message.")
    return kind


def _recipient(world: World, number: Number, body: dict[str, Any]) -> str:
    """Who it goes to: `to` wins over `recipient`, which must be an id of this portfolio (§2.1)."""
    to = body.get("to")
    if not to:
        recipient = body.get("recipient")
        if recipient is None:
            raise GraphError(100, "The parameter to is required.")
        if not isinstance(recipient, str) or not is_bsuid(recipient) or not world.phone(recipient):
            raise GraphError(131009, "Param recipient must be a business-scoped user id of a customer.")
        return recipient
    if not isinstance(to, str) or not (_E164.fullmatch(to) or is_bsuid(to)):
        raise GraphError(131009, "Param to must be a phone number in E.164 form, with its +.")
    if to.removeprefix("+") == number.digits:
        raise GraphError(131021, "Recipient phone number is the sender's.")
    return to


def _text(world: World, number: Number, to: str, text: Any) -> str:
    """Free text, only while the customer's window is open (§4.3, §4.6)."""
    body = expect_keys(text, "text", ("body", "preview_url")).get("body")
    if not isinstance(body, str) or not body.strip():
        raise GraphError(100, "The parameter text['body'] is required.")
    if len(body) > 4096:
        raise GraphError(100, "Param text['body'] must be at most 4096 characters long.")
    if not isinstance(text.get("preview_url", False), bool):
        raise GraphError(100, "Param text['preview_url'] must be a boolean.")
    if not world.window_open(number.id, to):
        raise interactive.closed()
    return body


def _template(world: World, number: Number, template: Any) -> tuple[dict[str, Any], Filled]:
    """The definition that is meant and how it reads once filled (§4.2)."""
    expect_keys(template, "template", ("name", "language", "components"))
    name, language = _required(template, "name"), _required(template, "language")
    expect_keys(language, "template['language']", ("code", "policy"))
    code = _required(language, "code")
    if language.get("policy", "deterministic") != "deterministic":
        raise GraphError(100, "Param template['language']['policy'] must be one of {deterministic}.")
    definition = world.template(world.waba_of(number.id).id, name, code)
    if definition is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {code}")
    if definition["status"] != "APPROVED":
        refusal = _UNSENDABLE.get(definition["status"], 132001)
        raise GraphError(refusal, f"template name ({name}) in {code} is {definition['status']}")
    return definition, fill(definition, template.get("components", []))


def _required(thing: dict[str, Any], name: str) -> Any:
    if not thing.get(name):
        raise GraphError(100, f"The parameter {name} is required.")
    return thing[name]
