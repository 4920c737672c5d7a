"""Templates: writing a definition, and filling one as strictly as Meta does (reference §4.2, §5).

Known here: text, image, video, document and location headers, body, footer, URL, phone and quick-reply
buttons. Templates with anything else are listed but refused at sending.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.graph.errors import GraphError

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
MEDIA = ("IMAGE", "VIDEO", "DOCUMENT")
PLACE = "LOCATION"
BODY_LIMIT = 1024
_UNTIDY = re.compile(r"[\n\r\t]| {5,}")
_SUFFIX = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?#%]+")

Definition = dict[str, Any]


@dataclass(frozen=True)
class Button:
    """A button below a message: what it says, and where it leads or what it sends back."""

    text: str
    url: str | None = None
    payload: str | None = None


@dataclass(frozen=True)
class Filled:
    """A template as the customer reads it: header text, body and footer in lines of their own."""

    text: str
    buttons: tuple[Button, ...]


def template(
    name: str,
    language: str,
    body: str,
    *,
    header: str | None = None,
    footer: str | None = None,
    buttons: Iterable[dict[str, Any]] = (),
    category: str = "UTILITY",
    status: str = "APPROVED",
    samples: Mapping[str, str] | None = None,
) -> Definition:
    """A definition as §5's list has it; NAMED if a placeholder of header or body is a word.

    `header` is a text, or one of IMAGE, VIDEO, DOCUMENT, LOCATION; `samples`: what the body's placeholders look like.
    """
    example = {"example": _example(body, samples)} if samples else {}
    components: list[dict[str, Any]] = [{"type": "BODY", "text": body, **example}]
    if header is not None:
        media = header in (*MEDIA, PLACE)
        first = {"type": "HEADER", "format": header} if media else {"type": "HEADER", "format": "TEXT", "text": header}
        components.insert(0, first)
    if footer is not None:
        components.append({"type": "FOOTER", "text": footer})
    if buttons := list(buttons):
        components.append({"type": "BUTTONS", "buttons": buttons})
    placeholders = PLACEHOLDER.findall(f"{header} {body}")
    return {
        "name": name,
        "language": language,
        "status": status,
        "category": category,
        "parameter_format": "POSITIONAL" if all(p.isdigit() for p in placeholders) else "NAMED",
        "quality_score": {"score": "UNKNOWN", "date": 1763000000},
        "components": components,
    }


def _example(body: str, samples: Mapping[str, str]) -> dict[str, Any]:
    names = list(dict.fromkeys(PLACEHOLDER.findall(body)))
    if all(name.isdigit() for name in names):
        return {"body_text": [[samples[name] for name in sorted(names, key=int)]]}
    return {"body_text_named_params": [{"param_name": name, "example": samples[name]} for name in names]}


def fill(definition: Definition, components: Any) -> Filled:
    """What the customer reads, or GraphError with Meta's code for what is wrong with `components`."""
    given = dict(_places(components))
    named = definition.get("parameter_format") == "NAMED"
    lines: list[str] = []
    buttons: tuple[Button, ...] = ()
    for part in definition["components"]:
        kind = part["type"]
        if kind == "HEADER" and part.get("format") in MEDIA:
            _check_media(part["format"], given.pop("header", None))
        elif kind == "HEADER" and part.get("format") == PLACE:
            _check_place(given.pop("header", None))
        elif kind in ("HEADER", "BODY") and "text" in part:
            lines.append(_fill_text(kind.lower(), part["text"], given.pop(kind.lower(), None), named=named))
        elif kind == "FOOTER":
            lines.append(part["text"])
        elif kind == "BUTTONS":
            buttons = tuple(
                _fill_button(at, b, given.pop(f"button {at}", None)) for at, b in enumerate(part["buttons"])
            )
        else:
            raise GraphError(131009, f"{kind}: this stand-in does not know how to send it")
    for place in given:
        raise _mismatch(place, 1, 0)
    return Filled("\n".join(lines), buttons)


def expect_keys(thing: Any, where: str, allowed: Iterable[str]) -> dict[str, Any]:
    """`thing` if it is an object with no other keys; GraphError 100 otherwise, in Graph's words."""
    if not isinstance(thing, dict):
        raise GraphError(100, f"Param {where} must be a JSON object.")
    for key in thing.keys() - set(allowed):
        raise GraphError(100, f'Unexpected key "{key}" on param "{where}".')
    return thing


def _places(components: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each component with its place in the template: header, body, button 0."""
    if not isinstance(components, list):
        raise GraphError(100, "Param template['components'] must be an array.")
    seen = set()
    for at, component in enumerate(components):
        where = f"template['components'][{at}]"
        place = _place(expect_keys(component, where, ("type", "sub_type", "index", "parameters")), where)
        if place in seen:
            raise GraphError(100, f"{where}: there is a second {place}.")
        if not isinstance(component.get("parameters"), list):
            raise GraphError(100, f"{where}['parameters'] must be an array.")
        seen.add(place)
        yield place, component


def _place(component: dict[str, Any], where: str) -> str:
    kind, index = component.get("type"), component.get("index")
    if kind in ("header", "body"):
        expect_keys(component, where, ("type", "parameters"))
        return str(kind)
    if kind != "button":
        raise GraphError(100, f"{where}['type'] must be one of {{header, body, button}}.")
    if not re.fullmatch("[0-9]", str(index)):
        raise GraphError(100, f"{where}['index'] must be the position of a button.")
    return f"button {index}"


def _fill_text(place: str, text: str, component: dict[str, Any] | None, *, named: bool) -> str:
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    parameters = component["parameters"] if component else []
    if len(parameters) != len(names) or (component and not names):
        raise _mismatch(place, len(parameters), len(names))
    if named:
        values = dict(_named_value(place, parameter, names) for parameter in parameters)
    else:
        numbers = sorted(names, key=int)
        values = {name: _value(place, p, ("type", "text")) for name, p in zip(numbers, parameters, strict=True)}
    if values.keys() != set(names):
        raise GraphError(100, f"{place}: a parameter name is given twice.")
    filled = PLACEHOLDER.sub(lambda found: values[found[1]], text)
    if place == "body" and len(filled) > BODY_LIMIT:
        raise GraphError(132005, f"{place}: {len(filled)} characters, at most {BODY_LIMIT}")
    return filled


def _named_value(place: str, parameter: Any, names: list[str]) -> tuple[str, str]:
    value = _value(place, parameter, ("type", "text", "parameter_name"))
    name = parameter.get("parameter_name")
    if not name:
        raise GraphError(100, "Parameter name is missing or empty")
    if name not in names:
        raise GraphError(100, f"{place}: the template has no parameter named {name}")
    return name, value


def _value(place: str, parameter: Any, allowed: Iterable[str]) -> str:
    if isinstance(parameter, dict) and parameter.get("type") != "text":
        raise GraphError(132012, f"{place}: Format mismatch, expected TEXT, received {parameter.get('type')}")
    text = expect_keys(parameter, place, allowed).get("text")
    if not isinstance(text, str) or not text.strip():
        raise GraphError(131008, f"{place}: Parameter of type text is missing text value")
    if _UNTIDY.search(text):
        raise GraphError(100, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return text


def _check_media(kind: str, component: dict[str, Any] | None) -> None:
    parameters = component["parameters"] if component else []
    received = parameters[0].get("type") if len(parameters) == 1 and isinstance(parameters[0], dict) else None
    if received != kind.lower():
        raise GraphError(132012, f"header: Format mismatch, expected {kind}, received {received or 'UNKNOWN'}")
    allowed = ("id", "link", "filename") if kind == "DOCUMENT" else ("id", "link")
    media = expect_keys(expect_keys(parameters[0], "header", ("type", received)).get(received), "header", allowed)
    if bool(media.get("id")) == bool(media.get("link")):
        raise GraphError(131008, f"header: {received} needs either an id or a link")
    if "link" in media and not re.match(r"https?://\S+$", str(media["link"])):
        raise GraphError(100, f"header: {received} link is not a valid URL")


def _check_place(component: dict[str, Any] | None) -> None:
    parameters = component["parameters"] if component else []
    if len(parameters) != 1 or not isinstance(parameters[0], dict) or parameters[0].get("type") != "location":
        raise GraphError(132012, "header: Format mismatch, expected LOCATION")
    keys = ("latitude", "longitude", "name", "address")
    place = expect_keys(expect_keys(parameters[0], "header", ("type", "location")).get("location"), "header", keys)
    if any(not place.get(key) for key in keys):
        raise GraphError(131008, f"header: location needs {', '.join(keys)}")


def _fill_button(at: int, definition: dict[str, Any], component: dict[str, Any] | None) -> Button:
    kind, text = definition["type"], definition["text"]
    if kind not in ("URL", "QUICK_REPLY", "PHONE_NUMBER"):
        raise GraphError(131009, f"{kind}: this stand-in does not know how to send it")
    variable = kind == "QUICK_REPLY" or (kind == "URL" and bool(PLACEHOLDER.search(definition["url"])))
    if component and not variable:
        raise _mismatch(f"button {at}", len(component["parameters"]), 0)
    if component and component.get("sub_type") != kind.lower():
        raise GraphError(132012, f"button {at}: sub_type is {component.get('sub_type')}, the template has {kind}")
    if kind == "URL":
        return Button(text, url=_fill_url(at, definition["url"], component) if variable else definition["url"])
    if kind == "QUICK_REPLY":
        return Button(text, payload=_payload(at, component) if component else text)
    return Button(text)


def _fill_url(at: int, url: str, component: dict[str, Any] | None) -> str:
    place = f"button {at}"
    if component is None:
        raise GraphError(131008, f"buttons: Button at index {at} of type Url requires a parameter")
    if len(component["parameters"]) != 1:
        raise _mismatch(place, len(component["parameters"]), 1)
    suffix = _value(place, component["parameters"][0], ("type", "text"))
    if "://" in suffix or not _SUFFIX.fullmatch(suffix):
        raise GraphError(100, f"{place}: the parameter is the percent-encoded end of the URL only")
    return PLACEHOLDER.sub(lambda _: suffix, url)


def _payload(at: int, component: dict[str, Any]) -> str:
    if len(component["parameters"]) != 1:
        raise _mismatch(f"button {at}", len(component["parameters"]), 1)
    parameter = expect_keys(component["parameters"][0], f"button {at}", ("type", "payload"))
    payload = parameter.get("payload")
    if parameter.get("type") != "payload" or not isinstance(payload, str) or not payload:
        raise GraphError(131008, f"button {at}: a quick reply takes a payload")
    return payload


def _mismatch(place: str, given: int, expected: int) -> GraphError:
    details = (
        f"{place}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
    )
    return GraphError(132000, details)
