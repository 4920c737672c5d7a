"""Free-form messages with reply buttons, and requests for a location: the rules for sending them (reference §4.3)."""

from dataclasses import replace
from typing import Any

from sandbox.graph.errors import GraphError
from sandbox.graph.templates import Button, expect_keys
from sandbox.graph.world import Draft

_BODY, _TITLE, _ID, _BUTTONS = 1024, 20, 256, 3


def check(draft: Draft, interactive: Any, *, is_open: bool) -> Draft:
    """The message as the customer will read it, or GraphError; the kinds are reply buttons and requests for a place."""
    given = expect_keys(interactive, "interactive", ("type", "body", "action"))
    if given.get("type") not in _ACTIONS:
        raise GraphError(100, f"Param interactive['type'] must be one of {{{', '.join(_ACTIONS)}}}.")
    text = _text(expect_keys(given.get("body"), "interactive['body']", ("text",)).get("text"), "body", _BODY)
    buttons = _ACTIONS[given["type"]](given.get("action"))
    if not is_open:
        raise closed()
    return replace(draft, text=text, buttons=buttons)


def _buttons(action: Any) -> tuple[Button, ...]:
    rows = expect_keys(action, "interactive['action']", ("buttons",)).get("buttons")
    if not isinstance(rows, list) or not 1 <= len(rows) <= _BUTTONS:
        raise GraphError(131009, f"Param action['buttons'] must have 1 to {_BUTTONS} buttons.")
    buttons = tuple(map(_button, rows))
    if len({button.payload for button in buttons}) < len(buttons):
        raise GraphError(131009, "The ids of the buttons must differ.")
    return buttons


def _location(action: Any) -> tuple[Button, ...]:
    if expect_keys(action, "interactive['action']", ("name",)).get("name") != "send_location":
        raise GraphError(131009, "Param action['name'] must be one of {send_location}.")
    return ()


_ACTIONS = {"button": _buttons, "location_request_message": _location}


def closed() -> GraphError:
    """What Meta says outside the customer service window."""
    details = "Message failed to send because more than 24 hours have passed since the customer last replied."
    return GraphError(131047, details)


def _button(row: Any) -> Button:
    row = expect_keys(row, "button", ("type", "reply"))
    if row.get("type") != "reply":
        raise GraphError(100, "Param button['type'] must be one of {reply}.")
    reply = expect_keys(row.get("reply"), "button['reply']", ("id", "title"))
    title, payload = _text(reply.get("title"), "title", _TITLE), _text(reply.get("id"), "id", _ID)
    return Button(title, payload=payload)


def _text(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise GraphError(100, f"The parameter {name} is required.")
    if len(value) > limit:
        raise GraphError(131009, f"Param {name} must be at most {limit} characters long.")
    return value
