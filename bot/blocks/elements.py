"""Text objects, options and the elements that people click, choose and type in (reference §3.2, §8.2-17 to 21)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.blocks import limits
from bot.blocks.checks import (
    HOUSE_RULE,
    Check,
    Fields,
    Problem,
    anything,
    array,
    boolean,
    by_type,
    exactly_one,
    identifier,
    matching,
    one_of,
    ordered,
    shape,
    string,
    url,
    whole,
)

PLAIN, MRKDWN = "plain_text", "mrkdwn"
_NUMBER = matching(r"-?\d+(\.\d+)?", '"10" or "9.5"')


def text(most: int, *kinds: str) -> Check:
    """A text object of 1 to `most` characters; without `kinds` both plain_text and mrkdwn fit the slot."""
    shapes = {
        PLAIN: shape({"type": anything, "text": string(1, most)}, {"emoji": boolean}),
        MRKDWN: shape({"type": anything, "text": string(1, most)}, {"verbatim": boolean}),
    }
    return by_type({kind: shapes[kind] for kind in kinds or shapes}, "this text")


_CONFIRM = shape(
    {
        "title": text(limits.CONFIRM_TITLE, PLAIN),
        "text": text(limits.CONFIRM_TEXT),
        "confirm": text(limits.CONFIRM_BUTTON, PLAIN),
        "deny": text(limits.CONFIRM_BUTTON, PLAIN),
    },
    {"style": one_of("primary", "danger")},
)


def _option(*kinds: str, **extra: Check) -> Check:
    return shape(
        {"text": text(limits.OPTION_TEXT, *kinds), "value": string(1, limits.OPTION_VALUE)},
        {"description": text(limits.OPTION_DESCRIPTION, *kinds), **extra},
    )


_MENU_OPTION = _option(PLAIN)
_OVERFLOW_OPTION = _option(PLAIN, url=url)
_CHOICE = _option()
_OPTIONS = array(_MENU_OPTION, 1, limits.OPTIONS)
_OPTION_GROUP = shape({"label": text(limits.OPTION_GROUP_LABEL, PLAIN), "options": _OPTIONS}, {})
_OPTION_LISTS: Fields = {"options": _OPTIONS, "option_groups": array(_OPTION_GROUP, 1, limits.OPTIONS)}


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """All options of a menu, those in groups included."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


_SUGGESTIONS = shape(
    {},
    {"options": array(_MENU_OPTION, 0, limits.OPTIONS), "option_groups": array(_OPTION_GROUP, 0, limits.OPTIONS)},
    exactly_one(*_OPTION_LISTS),
)


def problems_of_suggestions(answer: object) -> list[Problem]:
    """All that is wrong with an answer to block_suggestion; Slack itself only says “No results” (reference §3.2)."""
    return list(_SUGGESTIONS(answer, ""))


def _initial_is_an_option(element: dict[str, Any], at: str) -> Iterator[Problem]:
    options = options_of(element)
    if "initial_option" in element and element["initial_option"] not in options:
        yield Problem(f"{at}/initial_option", "must equal one of the options, text and value")
    for index, initial in enumerate(element.get("initial_options", [])):
        if initial not in options:
            yield Problem(f"{at}/initial_options/{index}", "must equal one of the options, text and value")


def _values_differ(element: dict[str, Any], at: str) -> Iterator[Problem]:
    counts = Counter(option["value"] for option in options_of(element))
    for value, count in counts.items():
        if count > 1:
            yield Problem(at, f"{count} options have the value {value}", HOUSE_RULE)


def _element(required: Fields, optional: Fields, *rules: Check) -> Check:
    known = {"type": anything, "confirm": _CONFIRM, "focus_on_load": boolean}
    return shape({"action_id": identifier, **required}, {**known, **optional}, *rules)


def _menu(required: Fields, optional: Fields, *rules: Check) -> Check:
    return _element(required, {"placeholder": text(limits.PLACEHOLDER, PLAIN), **optional}, *rules)


def _typed(**optional: Check) -> Check:
    known = {
        "placeholder": text(limits.PLACEHOLDER, PLAIN),
        "initial_value": string(1, limits.INPUT_TEXT),
        "focus_on_load": boolean,
        "dispatch_action_config": _DISPATCH,
        "type": anything,
    }
    return shape({"action_id": identifier}, {**known, **optional}, ordered("min_length", "max_length"))


_DISPATCH = shape(
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)},
    {},
)
_MANY = {"max_selected_items": whole(1, limits.OPTIONS)}
_SEVERAL = array(_MENU_OPTION, 1, limits.OPTIONS)
_IDS = array(identifier, 1, limits.OPTIONS)
_CONVERSATIONS = {
    "default_to_current_conversation": boolean,
    "filter": shape(
        {},
        {
            "include": array(one_of("im", "mpim", "private", "public"), 1, 4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        },
    ),
}

IMAGE = shape(
    {"alt_text": string(1, limits.ALT_TEXT)},
    {
        "type": anything,
        "image_url": url,
        "slack_file": shape({}, {"id": identifier, "url": url}, exactly_one("id", "url")),
    },
    exactly_one("image_url", "slack_file"),
)

_CLICKED: Fields = {
    "button": shape(
        {"action_id": identifier, "text": text(limits.BUTTON_TEXT, PLAIN)},
        {
            "type": anything,
            "value": string(1, limits.BUTTON_VALUE),
            "url": url,
            "style": one_of("primary", "danger"),
            "accessibility_label": string(1, limits.BUTTON_TEXT),
            "confirm": _CONFIRM,
        },
    ),
    "overflow": shape(
        {"action_id": identifier, "options": array(_OVERFLOW_OPTION, 1, limits.OVERFLOW_OPTIONS)},
        {"type": anything, "confirm": _CONFIRM},
        _values_differ,
    ),
}
_CHOSEN: Fields = {
    "static_select": _menu(
        {},
        {**_OPTION_LISTS, "initial_option": _MENU_OPTION},
        exactly_one(*_OPTION_LISTS),
        _initial_is_an_option,
        _values_differ,
    ),
    "external_select": _menu({}, {"initial_option": _MENU_OPTION, "min_query_length": whole(0, 100)}),
    "users_select": _menu({}, {"initial_user": identifier}),
    "channels_select": _menu({}, {"initial_channel": identifier, "response_url_enabled": boolean}),
    "conversations_select": _menu(
        {}, {"initial_conversation": identifier, "response_url_enabled": boolean, **_CONVERSATIONS}
    ),
    "radio_buttons": _element(
        {"options": array(_CHOICE, 1, limits.CHOICES)},
        {"initial_option": _CHOICE},
        _initial_is_an_option,
        _values_differ,
    ),
    "checkboxes": _element(
        {"options": array(_CHOICE, 1, limits.CHOICES)},
        {"initial_options": array(_CHOICE, 1, limits.CHOICES)},
        _initial_is_an_option,
        _values_differ,
    ),
    "datepicker": _menu({}, {"initial_date": matching(r"\d{4}-\d{2}-\d{2}", "2026-11-24")}),
    "timepicker": _menu({}, {"initial_time": matching(r"([01]\d|2[0-3]):[0-5]\d", "09:30"), "timezone": identifier}),
    "datetimepicker": _element({}, {"initial_date_time": whole(10**9, 10**10 - 1)}),
}
_CHOSEN_MANY: Fields = {
    "multi_static_select": _menu(
        {},
        {**_OPTION_LISTS, "initial_options": _SEVERAL, **_MANY},
        exactly_one(*_OPTION_LISTS),
        _initial_is_an_option,
        _values_differ,
    ),
    "multi_external_select": _menu({}, {"initial_options": _SEVERAL, "min_query_length": whole(0, 100), **_MANY}),
    "multi_users_select": _menu({}, {"initial_users": _IDS, **_MANY}),
    "multi_channels_select": _menu({}, {"initial_channels": _IDS, **_MANY}),
    "multi_conversations_select": _menu({}, {"initial_conversations": _IDS, **_MANY, **_CONVERSATIONS}),
}
_TYPED: Fields = {
    "plain_text_input": _typed(
        multiline=boolean, min_length=whole(0, limits.INPUT_TEXT), max_length=whole(1, limits.INPUT_TEXT)
    ),
    "email_text_input": _typed(),
    "url_text_input": _typed(),
    "number_input": shape(
        {"action_id": identifier, "is_decimal_allowed": boolean},
        {
            "type": anything,
            "placeholder": text(limits.PLACEHOLDER, PLAIN),
            "initial_value": _NUMBER,
            "min_value": _NUMBER,
            "max_value": _NUMBER,
            "focus_on_load": boolean,
            "dispatch_action_config": _DISPATCH,
        },
        ordered("min_value", "max_value"),
    ),
}

# What may stand where (§8.2-19). Several-choice menus are left out of `actions`: Slack has refused them there (§3.2).
IN_ACTIONS: Fields = {**_CLICKED, **_CHOSEN}
IN_SECTION: Fields = {**_CLICKED, **_CHOSEN, **_CHOSEN_MANY, "image": IMAGE}
IN_INPUT: Fields = {**_CHOSEN, **_CHOSEN_MANY, **_TYPED}
INTERACTIVE = frozenset({**IN_SECTION, **IN_INPUT}) - {"image"}
