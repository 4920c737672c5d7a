"""What people enter: values of inputs as Slack writes them, and what the client itself would not let pass (§8.2-29)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.blocks import INTERACTIVE, options_of

Element = dict[str, Any]
State = dict[str, Any]

# type → (key of the value in the state, key of the initial value in the element)
SLOTS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_FORMS = {
    "number_input": re.compile(r"-?\d+(\.\d+)?"),
    "email_text_input": re.compile(r"[^@\s]+@[^@\s]+"),
    "url_text_input": re.compile(r"https?://[^/\s]+\S*"),
    "datepicker": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "timepicker": re.compile(r"\d{2}:\d{2}"),
}


class NotPossible(Exception):
    """A person could not do this in the client: no such button, a required field left empty …"""


@dataclass(frozen=True)
class Found:
    """An element and the block that it stands in."""

    block: dict[str, Any]
    element: Element

    @property
    def key(self) -> tuple[str, str]:
        """What Slack knows it by: (block_id, action_id)."""
        return self.block["block_id"], self.element["action_id"]

    @property
    def words(self) -> str:
        """What a person sees on it: its label, its text or its placeholder."""
        seen = self.block.get("label") or self.element.get("text") or self.element.get("placeholder") or {}
        return str(seen.get("text", ""))

    def is_called(self, name: str) -> bool:
        """Whether a person or a test means this one: by its words, action_id or block_id."""
        return name in (self.words, *self.key)


def elements_of(blocks: list[dict[str, Any]]) -> Iterator[Found]:
    """Everything in these blocks that a person can click, choose or type in."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *block.get("elements", [])]
        for element in inside:
            if isinstance(element, dict) and element.get("type") in INTERACTIVE:
                yield Found(block, element)


def find(blocks: list[dict[str, Any]], name: str, value: str | None = None) -> Found:
    """The element called `name`, of several the one with this `value`; NotPossible when it is not shown."""
    called = [each for each in elements_of(blocks) if each.is_called(name)]
    fitting = [each for each in called if value is None or each.element.get("value") == value]
    if not fitting:
        shown = ", ".join(each.words or each.key[1] for each in elements_of(blocks)) or "nothing"
        raise NotPossible(f"There is no “{name}” to use here; there is: {shown}.")
    return fitting[0]


def state_of(blocks: list[dict[str, Any]], typed: dict[tuple[str, str], State]) -> dict[str, dict[str, State]]:
    """`state.values` of a view or message: what was entered, else what the app filled in."""
    values: dict[str, dict[str, State]] = {}
    for found in elements_of(blocks):
        if found.element["type"] in SLOTS:
            block_id, action_id = found.key
            values.setdefault(block_id, {})[action_id] = typed.get(found.key) or initial(found.element)
    return values


def initial(element: Element) -> State:
    """The value before anybody touched it."""
    key, start = SLOTS[element["type"]]
    return {"type": element["type"], key: element.get(start, [] if key == "selected_options" else None)}


def entered(element: Element, given: Any, suggest: Callable[[str], list[State]]) -> State:
    """The value after a person entered `given`: words, an id, an option's text or value, or a list of those."""
    kind = element["type"]
    key, _ = SLOTS[kind]
    several = key.endswith("s") and isinstance(given, list)
    values = [_one(element, each, suggest) for each in (given if several else [given])]
    return {"type": kind, key: values if key.endswith("s") else values[0]}


def _one(element: Element, given: Any, suggest: Callable[[str], list[State]]) -> Any:
    kind = element["type"]
    if "options" in element or "option_groups" in element:
        return pick(options_of(element), given)
    if kind.endswith("external_select"):
        return pick(suggest(str(given)), given)
    if kind in _FORMS and given is not None and not _FORMS[kind].fullmatch(given):
        raise NotPossible(f"“{given}” does not fit a {kind}.")
    return given


def pick(options: list[State], given: Any) -> State:
    """The option of these with this value or text."""
    for option in options:
        if given in (option["value"], option["text"]["text"]):
            return option
    raise NotPossible(
        f"“{given}” is not among: {', '.join(option['text']['text'] for option in options) or 'nothing'}."
    )


def check_inputs(blocks: list[dict[str, Any]], values: dict[str, dict[str, State]]) -> None:
    """Raise what the client would say before it lets a modal be submitted."""
    for found in elements_of(blocks):
        if found.block["type"] == "input":
            block_id, action_id = found.key
            _check_input(found, values[block_id][action_id])


def _check_input(found: Found, state: State) -> None:
    value = state[SLOTS[found.element["type"]][0]]
    if value in (None, "", []):
        if not found.block.get("optional"):
            raise NotPossible(f"“{found.words}” is required.")
        return
    _check_length(found, value)
    _check_number(found, value)


def _check_length(found: Found, value: Any) -> None:
    least, most = found.element.get("min_length", 0), found.element.get("max_length", 3000)
    if isinstance(value, str) and not least <= len(value) <= most:
        raise NotPossible(f"“{found.words}” must have {least} to {most} characters.")


def _check_number(found: Found, value: Any) -> None:
    if found.element["type"] != "number_input":
        return
    if not found.element["is_decimal_allowed"] and "." in value:
        raise NotPossible(f"“{found.words}” must be a whole number.")
    least, most = found.element.get("min_value", value), found.element.get("max_value", value)
    if not float(least) <= float(value) <= float(most):
        raise NotPossible(f"“{found.words}” must be from {least} to {most}.")
