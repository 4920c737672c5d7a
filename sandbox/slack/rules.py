"""The rules of a call: its arguments, its scopes, and refusing with Slack's own codes (reference §8.2-1 to 5)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.blocks import INVALID_BLOCKS, Problem

# §6.2, without the optional ones; and §6.3, for an app whose manifest is not given.
SCOPES = (
    "chat:write",
    "commands",
    "channels:history",
    "groups:history",
    "channels:read",
    "groups:read",
    "users:read",
    "usergroups:read",
    "files:read",
    "files:write",
    "im:write",
)
EVENTS = ("app_home_opened", "message.channels", "message.groups")
_EVERYWHERE = {"team_id": str}  # Bolt's clients send it along with every call
FLAGS = {"1": True, "true": True, "0": False, "false": False}


class Refused(Exception):
    """Slack's no: an error code and what else the answer holds."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer, sent with status 200."""
        return {"ok": False, "error": self.code, **self.details}


class RateLimited(Refused):
    """Too fast: answered with status 429 and Retry-After (§4)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


@dataclass(frozen=True)
class App:
    """What an app may do and is told, as its manifest says.

    `commands` maps each to its should_escape, `shortcuts` the words of each (on messages) to its callback_id.
    """

    scopes: frozenset[str] = frozenset(SCOPES)
    commands: Mapping[str, bool] | None = None
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    events: frozenset[str] = frozenset(EVENTS)
    home: bool = True
    interactive: bool = True

    @classmethod
    def from_manifest(cls, manifest: dict[str, Any]) -> "App":
        """The same, read from an app manifest (§6.1)."""
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        return cls(
            scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
            commands={each["command"]: each.get("should_escape", False) for each in features.get("slash_commands", [])},
            shortcuts={each["name"]: each["callback_id"] for each in features.get("shortcuts", [])},
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            home=features.get("app_home", {}).get("home_tab_enabled", False),
            interactive=settings.get("interactivity", {}).get("is_enabled", False),
        )

    def need(self, *scopes: str) -> None:
        """Refuse unless the token has one of these scopes (§8.2-4)."""
        if scopes and not self.scopes.intersection(scopes):
            raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))


@dataclass(frozen=True)
class Method:
    """One method of the Web API: its arguments by type (str, bool, int, list, dict); any one of the scopes will do."""

    run: Callable[[Any, dict[str, Any]], dict[str, Any]]
    needs: Mapping[str, type]
    takes: Mapping[str, type]
    scopes: tuple[str, ...] = ()
    per_minute: int = 100

    def arguments(self, given: dict[str, Any], *, as_form: bool) -> dict[str, Any]:
        """The arguments in their types; unknown, missing, null and mistyped ones are refused (§8.2-5)."""
        known = {**_EVERYWHERE, **self.needs, **self.takes}
        missing = [f"missing required field: {name}" for name in self.needs if name not in given]
        unknown = [f"unknown argument: {name}" for name in given if name not in known]
        if missing or unknown:
            raise invalid_arguments(*missing, *unknown)
        read = _from_form if as_form else _from_json
        return {name: read(name, value, known[name]) for name, value in given.items()}


def _from_json(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid_arguments(f"{name} must be of type {kind.__name__}")
    return value


def _from_form(name: str, value: str, kind: type) -> Any:
    """Forms hold strings: flags as 0 or 1, lists and objects as JSON (§1.8)."""
    if kind is str:
        return value
    if kind is bool:
        return _from_json(name, FLAGS.get(value), bool)
    try:
        return _from_json(name, json.loads(value), kind)
    except ValueError:
        raise invalid_arguments(f"{name} must be JSON of type {kind.__name__}") from None


def invalid_arguments(*messages: str) -> Refused:
    """The refusal that names what is wrong in `response_metadata.messages`."""
    return Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {text}" for text in messages]})


def refuse(problems: Iterable[Problem]) -> None:
    """Raise what Slack would answer to these problems; house rules count too, since the stand-in is strict."""
    found = sorted(problems, key=lambda problem: not problem.slack_refuses)
    if not found:
        return
    first = found[0]
    code = first.code if first.slack_refuses else _code_of_house_rule(first)
    lines = [f"{problem.message} [json-pointer:{problem.pointer}]" for problem in found]
    metadata = {"messages": [f"[ERROR] {line}" for line in lines]}
    raise Refused(code, errors=lines, response_metadata=metadata)


def _code_of_house_rule(problem: Problem) -> str:
    return INVALID_BLOCKS if problem.pointer.startswith("/blocks") else "invalid_arguments"
