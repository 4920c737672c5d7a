"""Creating a template: what Meta refuses at once, whatever the reviewers would say (reference §5, §8).

Not checked here: promotional words (the category is what `World.expect_category` says), pictures as examples.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sandbox.graph.errors import GraphError
from sandbox.graph.templates import MEDIA, PLACE, PLACEHOLDER, Definition, expect_keys

CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
_LIVES = "message_send_ttl_seconds"
_KEYS = ("name", "language", "category", "parameter_format", "components", "allow_category_change", _LIVES)
# Seconds, by category; -1 stands for 30 days.
_LIFETIMES = {"UTILITY": (30, 43_200), "MARKETING": (43_200, 2_592_000), "AUTHENTICATION": (30, 900)}
_TOO_LONG, _HEADER, _BODY, _FOOTER = 2388040, 2388047, 2388072, 2388073
_EXAMPLE_MISSING, _TOO_MANY_VARIABLES, _EDGE = 2388273, 2388293, 2388299
# Meta does not disclose its ratio; this is what developers found: words of one's own, beside each variable.
_WORDS_PER_VARIABLE = 2
_LIMITS = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
_BUTTONS = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "QUICK_REPLY": 10}


def check_definition(body: Any) -> Definition:
    """The definition as the list will show it, or GraphError 100 with the subcode of what is wrong."""
    expect_keys(body, "body", _KEYS)
    if not re.fullmatch(r"[a-z0-9_]{1,512}", str(body.get("name"))):
        raise _refusal("Param name must have lower-case letters, digits and underscores only.")
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", str(body.get("language"))):
        raise _refusal("Param language is not a supported language code.")
    if body.get("category") not in CATEGORIES:
        raise _refusal(f"Param category must be one of {{{', '.join(CATEGORIES)}}}.")
    named = body.get("parameter_format", "POSITIONAL") == "NAMED"
    components = body.get("components")
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise _refusal("Param components must be an array of objects.")
    if [part.get("type") for part in components].count("BODY") != 1:
        raise _refusal("Param components must have one BODY.", _BODY)
    for part in components:
        _check_part(part, named=named)
    lives = body.get(_LIVES, -1)
    shortest, longest = _LIFETIMES[body["category"]]
    if lives != -1 and not (type(lives) is int and shortest <= lives <= longest):
        raise _refusal(f"Param {_LIVES} must be {shortest} to {longest}, or -1.")
    return {
        **({_LIVES: lives} if _LIVES in body else {}),
        "name": body["name"],
        "language": body["language"],
        "status": "PENDING",
        "category": body["category"],
        "parameter_format": "NAMED" if named else "POSITIONAL",
        "quality_score": {"score": "UNKNOWN", "date": 1763000000},
        "components": components,
    }


def _check_part(part: dict[str, Any], *, named: bool) -> None:
    kind = part.get("type")
    if kind == "BUTTONS":
        _check_buttons(part.get("buttons"))
    elif kind == "HEADER" and part.get("format") in MEDIA:
        if not part.get("example", {}).get("header_handle"):
            raise _refusal("A header of this format needs an example.", _EXAMPLE_MISSING)
    elif kind == "HEADER" and part.get("format") == PLACE:
        return
    elif kind in _LIMITS:
        _check_text(str(kind), str(part.get("text") or ""), part.get("example"), named=named)
    else:
        raise _refusal(f"{kind}: this stand-in does not know how to create it")


def _check_text(kind: str, text: str, example: Any, *, named: bool) -> None:
    subcode = {"HEADER": _HEADER, "BODY": _BODY, "FOOTER": _FOOTER}[kind]
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    if not text or len(text) > _LIMITS[kind]:
        raise _refusal(f"{kind} must have 1 to {_LIMITS[kind]} characters.", _TOO_LONG if text else subcode)
    if names and kind == "FOOTER":
        raise _refusal("A footer cannot have variables.", subcode)
    for name in names:
        if not re.fullmatch("[a-z][a-z0-9_]*" if named else "[0-9]+", name):
            raise _refusal(f"{kind}: the variable {name} does not fit the parameter format.", subcode)
    if not named and sorted(map(int, names)) != list(range(1, len(names) + 1)):
        raise _refusal(f"{kind}: the variables must be numbered from 1 without gaps.", subcode)
    if set(_examples(kind, example, named=named)) != set(names):
        raise _refusal(f"{kind}: each variable needs an example.", _EXAMPLE_MISSING if kind == "HEADER" else subcode)
    if kind == "BODY":
        _check_variables(text.strip(), len(PLACEHOLDER.findall(text)))


def _check_variables(text: str, count: int) -> None:
    if re.match(r"\{\{", text) or re.search(r"\}\}$", text):
        raise _refusal("Variables can't be at the start or end of the template.", _EDGE)
    if re.search(r"\}\}\s*\{\{", text):
        raise _refusal("Variables can't stand next to one another.", _BODY)
    if count and len(PLACEHOLDER.sub(" ", text).split()) < _WORDS_PER_VARIABLE * count + 1:
        raise _refusal("This template has too many variables for its length.", _TOO_MANY_VARIABLES)


def _examples(kind: str, example: Any, *, named: bool) -> Iterator[str]:
    """The variables that have an example."""
    place = kind.lower()
    given = example if isinstance(example, dict) else {}
    if named:
        for row in given.get(f"{place}_text_named_params") or ():
            if row.get("example"):
                yield str(row["param_name"])
        return
    rows = given.get(f"{place}_text") or [[]]
    values = rows if kind == "HEADER" else rows[0]
    yield from (str(at) for at, value in enumerate(values, 1) if value)


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise _refusal("Param buttons must be an array of 1 to 10.")
    kinds = [button.get("type") for button in buttons]
    for kind in set(kinds):
        if kinds.count(kind) > _BUTTONS.get(str(kind), 0):
            raise _refusal(f"There are too many buttons of type {kind}.")
    replies = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(left != right for left, right in pairwise(replies)) > 1:
        raise _refusal("Quick replies must stand together.")
    for button in buttons:
        _check_button(button)


def _check_button(button: dict[str, Any]) -> None:
    if not 1 <= len(str(button.get("text") or "")) <= 25:
        raise _refusal("A button's text must have 1 to 25 characters.", _TOO_LONG)
    url = str(button.get("url") or "")
    if button["type"] != "URL":
        return
    if not re.fullmatch(r"https?://[^\s{}]+(\{\{1\}\})?", url) or len(url) > 2000:
        raise _refusal("A URL must have at most 2000 characters, and one variable at its end at most.")
    if url.endswith("{{1}}") and not button.get("example"):
        raise _refusal("A URL with a variable needs an example.")


def _refusal(details: str, subcode: int | None = None) -> GraphError:
    return GraphError(100, details, subcode=subcode)
