"""The small words that the tables of elements and blocks are written in: each makes a check of one value."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.blocks import limits

INVALID_BLOCKS = "invalid_blocks"
HOUSE_RULE = "house_rule"


@dataclass(frozen=True)
class Problem:
    """What is wrong at a JSON pointer; `code` is Slack's own, or HOUSE_RULE for what Slack takes and Wapto does not."""

    pointer: str
    message: str
    code: str = INVALID_BLOCKS

    @property
    def slack_refuses(self) -> bool:
        """False for house rules: such a payload is ugly or risky, but Slack would show it."""
        return self.code != HOUSE_RULE


Check = Callable[[Any, str], Iterable[Problem]]
Fields = Mapping[str, Check]


def anything(_value: object, _at: str) -> Iterator[Problem]:
    """For keys that the caller has looked at already."""
    return iter(())


def boolean(value: object, at: str) -> Iterator[Problem]:
    """A JSON true or false."""
    if not isinstance(value, bool):
        yield Problem(at, "must be true or false")


def whole(least: int, most: int) -> Check:
    """A JSON integer in a range."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield Problem(at, f"must be a whole number from {least} to {most}")

    return check


def string(least: int, most: int) -> Check:
    """A string whose length is in a range; a minimum of 1 refuses the empty one."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(at, "must be a string")
        elif not least <= len(value) <= most:
            yield Problem(at, f"must be {least} to {most} characters long, not {len(value)}")

    return check


identifier = string(1, limits.ID)


def matching(pattern: str, example: str) -> Check:
    """A string of a fixed form, such as a date."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield Problem(at, f"must look like {example}")

    return check


def one_of(*words: str) -> Check:
    """One word of an enumeration."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if value not in words:
            yield Problem(at, f"must be one of {', '.join(words)}")

    return check


def url(value: object, at: str) -> Iterator[Problem]:
    """An absolute web address (§8.2-21)."""
    found = list(string(1, limits.URL)(value, at))
    yield from found
    if not found and not _is_web_address(str(value)):
        yield Problem(at, "must be an absolute http or https address")


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)


def array(item: Check, least: int, most: int) -> Check:
    """A list of alike items, so many at least and at most."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(at, "must be a list")
            return
        if not least <= len(value) <= most:
            yield Problem(at, f"must have {least} to {most} items, not {len(value)}")
        for index, each in enumerate(value):
            yield from item(each, f"{at}/{index}")

    return check


def shape(required: Fields, optional: Fields, *rules: Check) -> Check:
    """An object with these keys and no others, none of them null; `rules` compare keys once each is right by itself."""
    known = {**required, **optional}

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must be an object")
            return
        found = [*_keys(value, at, required, known), *_values(value, at, known)]
        yield from found
        if not found:
            for rule in rules:
                yield from rule(value, at)

    return check


def _keys(value: dict[str, Any], at: str, required: Fields, known: Fields) -> Iterator[Problem]:
    for key in required:
        if key not in value:
            yield Problem(at, f"missing required field: {key}")
    for key in value:
        if key not in known:
            yield Problem(f"{at}/{key}", f"invalid additional property: {key}")


def _values(value: dict[str, Any], at: str, known: Fields) -> Iterator[Problem]:
    for key, part in value.items():
        if part is None:
            yield Problem(f"{at}/{key}", "must not be null; leave the key out")
        elif key in known:
            yield from known[key](part, f"{at}/{key}")


def by_type(table: Fields, what: str) -> Check:
    """An object checked by the row of `table` that its `type` names."""

    def check(value: object, at: str) -> Iterable[Problem]:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in table:
            return table[kind](value, at)
        return [Problem(at, f"unsupported type: {kind}; {what} can be {', '.join(table)}")]

    return check


def exactly_one(*keys: str) -> Check:
    """A rule: one of these keys, not both and not none (§8.2-18)."""

    def rule(value: dict[str, Any], at: str) -> Iterator[Problem]:
        if sum(key in value for key in keys) != 1:
            yield Problem(at, f"needs exactly one of {', '.join(keys)}")

    return rule


def at_least_one(*keys: str) -> Check:
    """A rule: at least one of these keys."""

    def rule(value: dict[str, Any], at: str) -> Iterator[Problem]:
        if not any(key in value for key in keys):
            yield Problem(at, f"needs {' or '.join(keys)}")

    return rule


def ordered(low: str, high: str) -> Check:
    """A rule: where both are given, the first is not above the second."""

    def rule(value: dict[str, Any], at: str) -> Iterator[Problem]:
        if low in value and high in value and float(value[low]) > float(value[high]):
            yield Problem(f"{at}/{low}", f"must not be above {high}")

    return rule


def walk(value: object, at: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object inside a payload with its pointer, however malformed the payload is."""
    if isinstance(value, dict):
        yield value, at
        for key, part in value.items():
            yield from walk(part, f"{at}/{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from walk(part, f"{at}/{index}")
