"""A WhatsApp template: from its definition to its placeholders, and from their values to what Meta is sent.

Definitions are the component JSON of Meta's list call (reference §5), payloads the shapes of reference §4.2.
Placeholders are named as in the contract: `1` or `first_name` (body), `header` (its variable, the link of its image,
video or document, or its place; `header.1` is the same), `button.0` (the end of a URL button's address, or what a
quick reply sends back, which may be left to Meta).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wapto.domain.location import location_of
from wapto.domain.text import cut, flatten, percent_encoded, quoted
from wapto.domain.variables import VARIABLES, check_variable, fixed_text, is_fixed
from wapto.errors import InvalidInput

Component = dict[str, Any]
Components = Sequence[Component]

_BODY_LIMIT, _HEADER_LIMIT = 1024, 60
_COUNTED = re.compile(r"\{\{\s*(\d+)\s*\}\}", re.ASCII)
_NAMED = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}", re.ASCII)
_LINK = re.compile(r"https?://[^\s/]\S*")
_HEADER = "header"

_KINDS = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_MEDIA, _PLACE = ("IMAGE", "VIDEO", "DOCUMENT"), "LOCATION"
# These need nothing at sending, except the variable of a URL.
_BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "REQUEST_CONTACT_INFO", "VOICE_CALL")


@dataclass(frozen=True)
class Filled:
    """What the customer reads, with and without the buttons, and `template.components` of the Graph payload."""

    text: str
    words: str
    components: list[Component]


def placeholders(components: Components, parameter_format: str) -> tuple[str, ...]:
    """The names of all that must be given a value: header, then body, then URL buttons."""
    header = [_HEADER] if _header_needs_value(components, parameter_format) else []
    buttons = [_button_name(index) for index, _ in _open_buttons(components)]
    return (*header, *_variables(_text(components, "BODY"), parameter_format), *buttons)


def replies(components: Components) -> tuple[str, ...]:
    """The names of the quick replies, whose payload may be given: without, Meta sends back the button's words."""
    return tuple(reply_labels(components))


def reply_labels(components: Components) -> dict[str, str]:
    """What stands on the quick replies, by their names."""
    buttons = enumerate(_buttons(components))
    return {_button_name(at): str(each.get("text") or "") for at, each in buttons if _kind(each) == "QUICK_REPLY"}


def addresses(components: Components) -> dict[str, str]:
    """By placeholder, the addresses of the URL buttons that end in a variable, without it."""
    return {_button_name(at): str(button["url"]).partition("{{")[0] for at, button in _open_buttons(components)}


def links(components: Components, payload: Components) -> tuple[str, ...]:
    """Where each URL button leads, once the template is filled with this payload."""
    ends = {part["index"]: str(part["parameters"][0].get("text") or "") for part in payload if part["type"] == "button"}
    return tuple(
        str(button.get("url") or "").partition("{{")[0] + ends.get(str(at), "")
        for at, button in enumerate(_buttons(components))
        if _kind(button) == "URL"
    )


def unsupported(components: Components) -> str | None:
    """Why this template cannot be sent by Wapto, as a sentence; None when it can."""
    header = _find(components, "HEADER")
    faults = [f"a component of type {kind}" for kind in map(_kind, components) if kind not in _KINDS]
    faults += [f"a button of type {kind}" for kind in map(_kind, _buttons(components)) if kind not in _BUTTONS]
    if header and _format(header) not in ("TEXT", *_MEDIA, _PLACE):
        faults.append(f"a header of type {_format(header)}")
    if faults:
        return f"The template has {faults[0]}, which Wapto cannot send."
    if not _text(components, "BODY"):
        return "The template has no body text, so Wapto cannot send it."
    if header and _HEADER in _variables(_text(components, "BODY"), "NAMED"):
        return "The template has a header and a variable named “header” in its body, which Wapto cannot tell apart."
    return None


def check_bindings(
    components: Components, parameter_format: str, bindings: Mapping[str, str], defaults: Mapping[str, str]
) -> None:
    """InvalidInput that names the first placeholder that is missing, not there, or bound to nothing known."""
    _check_supported(components)
    needed, optional = placeholders(components, parameter_format), replies(components)
    bound = {_canonical(name): variable for name, variable in bindings.items()}
    fallback = {_canonical(name): flatten(text) for name, text in defaults.items()}
    for name in (*bound, *fallback):
        if name not in (*needed, *optional):
            raise InvalidInput(f"There is no placeholder {quoted(name)}. {_listing(needed, parameter_format)}")
    names = (*needed, *(name for name in optional if name in bound))
    for name in names:
        if name not in bound:
            raise InvalidInput(f"Placeholder {name} is not bound; bind it to a variable or a fixed text.")
        _check_binding(name, bound[name])
        if name in fallback and not fallback[name]:
            raise InvalidInput(f"The default of placeholder {name} is empty; give it words or leave it out.")
    _check_header_binding(_format(_find(components, "HEADER")), bound.get(_HEADER, ""))
    samples = {name: _sample(bound[name]) for name in names}
    for values in (samples, samples | fallback):
        _check_length(components, parameter_format, values)


def fill(components: Components, parameter_format: str, values: Mapping[str, str]) -> Filled:
    """The message with `values` by placeholder; a value that makes header or body too long for Meta is cut.

    InvalidInput when a value is missing or empty, a media header's is no link, or no cut is enough.
    """
    _check_supported(components)
    given = {_canonical(name): flatten(value) for name, value in values.items()}
    for name in placeholders(components, parameter_format):
        if not given.get(name):
            raise InvalidInput(f"Placeholder {name} has no value for this order; give it a default.")
    header, header_payload = _fill_header(_find(components, "HEADER"), parameter_format, given)
    body, parameters = _fill_text(_text(components, "BODY"), parameter_format, given, _BODY_LIMIT)
    body_payload = [{"type": "body", "parameters": parameters}] if parameters else []
    labels = [f"[{button.get('text', '')}]" for button in _buttons(components)]
    lines = [line for line in (header, body, _text(components, "FOOTER")) if line]
    return Filled(
        text="\n".join([*lines, *labels]),
        words="\n".join(lines),
        components=[*header_payload, *body_payload, *_button_payloads(components, given)],
    )


def send_payload(name: str, language: str, components: list[Component]) -> Component:
    """The `template` object of a send (reference §4.2)."""
    return {"name": name, "language": {"policy": "deterministic", "code": language}, "components": components}


def _fill_header(header: Component, parameter_format: str, given: Mapping[str, str]) -> tuple[str, list[Component]]:
    kind = _format(header)
    if kind in _MEDIA:
        link = given[_HEADER]
        if not _LINK.fullmatch(link):
            raise InvalidInput(f"The header needs a link that starts with https://, not {quoted(link)}.")
        media = {"type": kind.lower(), kind.lower(): {"link": link}}
        return link, [{"type": "header", "parameters": [media]}]
    if kind == _PLACE:
        place = location_of(given[_HEADER])
        pin = {"type": "location", "location": place}
        return f"{place['name']}, {place['address']}", [{"type": "header", "parameters": [pin]}]
    text = str(header.get("text") or "")
    by_own_name = dict.fromkeys(_variables(text, parameter_format), given.get(_HEADER, ""))
    filled, parameters = _fill_text(text, parameter_format, by_own_name, _HEADER_LIMIT)
    return filled, [{"type": "header", "parameters": parameters}] if parameters else []


def _fill_text(text: str, parameter_format: str, given: Mapping[str, str], limit: int) -> tuple[str, list[Component]]:
    """The text with its variables replaced, and the parameters that make Meta do the same."""
    names = _variables(text, parameter_format)
    fitted = _fitted(text, parameter_format, {name: given[name] for name in names}, limit)
    parameters = [_parameter(name, fitted[name], parameter_format) for name in names]
    return _rendered(text, parameter_format, fitted), parameters


def _fitted(text: str, parameter_format: str, values: dict[str, str], limit: int) -> dict[str, str]:
    """The values, the longest of them cut until the rendered text is within the limit."""
    while (excess := len(_rendered(text, parameter_format, values)) - limit) > 0:
        longest = max(values, key=lambda name: len(values[name]), default="")
        length = len(values.get(longest, ""))
        if length <= 1:
            raise InvalidInput(f"The template's own words are longer than the {limit} characters that Meta allows.")
        values = {**values, longest: cut(values[longest], max(1, length - excess))}
    return values


def _rendered(text: str, parameter_format: str, values: Mapping[str, str]) -> str:
    return _pattern(parameter_format).sub(lambda found: values[found[1]], text)


def _parameter(name: str, value: str, parameter_format: str) -> Component:
    named = {"parameter_name": name} if _is_named(parameter_format) else {}
    return {"type": "text", **named, "text": value}


def _button_payloads(components: Components, given: Mapping[str, str]) -> list[Component]:
    ends = {_button_name(index): index for index, _ in _open_buttons(components)}
    return [
        *(
            _button_payload(index, "url", {"type": "text", "text": percent_encoded(given[name])})
            for name, index in ends.items()
        ),
        *(
            _button_payload(
                int(name.removeprefix("button.")), "quick_reply", {"type": "payload", "payload": given[name]}
            )
            for name in replies(components)
            if given.get(name)
        ),
    ]


def _button_payload(index: int, sub_type: str, parameter: Component) -> Component:
    return {"type": "button", "sub_type": sub_type, "index": str(index), "parameters": [parameter]}


def _check_supported(components: Components) -> None:
    if reason := unsupported(components):
        raise InvalidInput(reason)


def _check_binding(name: str, variable: str) -> None:
    try:
        check_variable(variable)
    except InvalidInput as fault:
        raise InvalidInput(f"Placeholder {name}: {fault}") from None


def _sample(variable: str) -> str:
    return fixed_text(variable) if is_fixed(variable) else VARIABLES[variable].sample


def _check_length(components: Components, parameter_format: str, values: Mapping[str, str]) -> None:
    """What is too long with samples already would be cut for every customer."""
    for kind, limit in (("HEADER", _HEADER_LIMIT), ("BODY", _BODY_LIMIT)):
        text = _text(components, kind)
        names = {name: name if kind == "BODY" else _HEADER for name in _variables(text, parameter_format)}
        length = len(_rendered(text, parameter_format, {name: values[place] for name, place in names.items()}))
        if names and length > limit:
            longest = max(names.values(), key=lambda place: len(values[place]))
            raise InvalidInput(
                f"Placeholder {longest}: with {quoted(values[longest])} the {kind.lower()} has {length} characters; "
                f"Meta allows {limit}."
            )


def _check_header_binding(kind: str, variable: str) -> None:
    if kind == _PLACE:
        location_of(_sample(variable))
    elif kind in _MEDIA and not _LINK.fullmatch(_sample(variable)):
        raise InvalidInput(
            "The header is a picture, video or document; bind it to a link in quotes, or to tracking.url."
        )


def _listing(names: Sequence[str], parameter_format: str) -> str:
    if not names:
        return "This template has none."
    verb = "names" if _is_named(parameter_format) else "numbers"
    return f"This template {verb} its variables; its placeholders are: {', '.join(names)}."


def _canonical(name: str) -> str:
    return _HEADER if name == "header.1" else name


def _button_name(index: int) -> str:
    return f"button.{index}"


def _header_needs_value(components: Components, parameter_format: str) -> bool:
    header = _find(components, "HEADER")
    return _format(header) in (*_MEDIA, _PLACE) or bool(_variables(str(header.get("text") or ""), parameter_format))


def _open_buttons(components: Components) -> Iterator[tuple[int, Component]]:
    """The URL buttons whose address ends in a variable, with their places among all buttons."""
    for index, button in enumerate(_buttons(components)):
        if _kind(button) == "URL" and "{{" in str(button.get("url") or ""):
            yield index, button


def _variables(text: str, parameter_format: str) -> tuple[str, ...]:
    """Each variable once: counted ones by their number, named ones as they appear."""
    names = dict.fromkeys(_pattern(parameter_format).findall(text))
    return tuple(names) if _is_named(parameter_format) else tuple(sorted(names, key=int))


def _pattern(parameter_format: str) -> re.Pattern[str]:
    return _NAMED if _is_named(parameter_format) else _COUNTED


def _is_named(parameter_format: str) -> bool:
    return parameter_format.upper() == "NAMED"


def _find(components: Components, kind: str) -> Component:
    return next((component for component in components if _kind(component) == kind), {})


def _text(components: Components, kind: str) -> str:
    return str(_find(components, kind).get("text") or "")


def _buttons(components: Components) -> list[Component]:
    return list(_find(components, "BUTTONS").get("buttons") or [])


def _kind(part: Component) -> str:
    return str(part.get("type") or "UNKNOWN").upper()


def _format(header: Component) -> str:
    return str(header.get("format") or "TEXT").upper() if header else ""
