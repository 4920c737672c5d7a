"""Settings: the only reader of the environment. Parsed once, strictly, and handed down.

A setting is named in CONTRACT's table; `NAME_FILE` may hold the path of a file with the value.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

_MOST_DAYS = 36_500
_ACCOUNT_TOKEN = "META_ACCESS_TOKEN_"  # noqa: S105  the beginning of a name, not a secret


class SettingsError(Exception):
    """One message that names every missing or malformed setting, a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("Wapto cannot start with these settings:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = faults


def _text(value: str) -> str:
    return value


def _secrets(value: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    if not 1 <= len(parts) <= 2:
        raise ValueError("must be one secret, or two separated by a comma during rotation")
    return parts


def _database(value: str) -> str:
    if not re.match(r"(sqlite:///.|postgres(ql)?://.)", value) or not _has_good_port(value):
        raise ValueError("must look like sqlite:///wapto.db or postgresql://user:password@host/name")
    return value


def _redis(value: str) -> str:
    if not re.match(r"(rediss?|unix)://.", value) or not _has_good_port(value):
        raise ValueError("must look like redis://host:6379/0")
    return value


def _has_good_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _http(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_good_port(value):
        raise ValueError("must be an address that starts with https:// or http://")
    return value.rstrip("/")


def _slack_api(value: str) -> str:
    return _http(value) + "/"


def _version(value: str) -> str:
    if not re.fullmatch(r"v\d+\.\d+", value):
        raise ValueError("must look like v25.0")
    return value


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ValueError("must be a port number from 1 to 65535")  # 0 would be one that nobody knows
    return int(value)


def _days(least: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= _MOST_DAYS:
            raise ValueError(f"must be a number of days from {least} to {_MOST_DAYS}")
        return int(value)

    return parse


def _starting(prefix: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not value.startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        return value

    return parse


def _setting(
    parse: Callable[[str], object], default: object = None, *, required: bool = False, secret: bool = False
) -> Any:
    return field(metadata={"parse": parse, "default": default, "required": required}, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says; field `database_url` is the setting `DATABASE_URL`, and so on."""

    database_url: str = _setting(_database, "sqlite:///wapto.db", secret=True)
    redis_url: str | None = _setting(_redis, secret=True)
    meta_app_secret: tuple[str, ...] = _setting(_secrets, required=True, secret=True)
    meta_verify_token: str = _setting(_text, required=True, secret=True)
    meta_access_token: str = _setting(_text, required=True, secret=True)
    meta_app_id: str | None = _setting(_text)
    meta_graph_url: str = _setting(_http, "https://graph.facebook.com")
    meta_graph_version: str = _setting(_version, "v25.0")
    slack_bot_token: str = _setting(_starting("xoxb-"), required=True, secret=True)
    slack_signing_secret: str = _setting(_text, required=True, secret=True)
    slack_app_token: str | None = _setting(_starting("xapp-"), secret=True)
    slack_api_url: str = _setting(_slack_api, "https://slack.com/api/")
    slack_admin_channel: str | None = _setting(_text)
    wapto_public_url: str | None = _setting(_http)
    wapto_secret_key: str = _setting(_text, required=True, secret=True)
    wapto_tracking_days: int = _setting(_days(1), 90)
    wapto_keep_webhooks_days: int = _setting(_days(8), 30)  # Meta repeats a webhook for 7 days
    wapto_keep_conversations_days: int = _setting(_days(8), 730)
    wapto_keep_media_days: int = _setting(_days(8), 365)
    sentry_dsn: str | None = _setting(_http, secret=True)
    port: int = _setting(_port, 8000)
    meta_account_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By WhatsApp account, the token of its own: META_ACCESS_TOKEN_ and the account's id."""


def environment() -> dict[str, str]:
    """The process environment over the `.env` file of the working directory; nothing is written back."""
    return in_file(Path(".env")) | dict(os.environ)


def in_file(path: Path) -> dict[str, str]:
    """The settings that a `.env` file gives a value to; none when there is no such file. SettingsError, naming it."""
    try:
        return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}
    except OSError as fault:
        raise SettingsError([f"{path} cannot be read ({fault.strerror})."]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{path} is not in UTF-8."]) from None


def load(source: Mapping[str, str] | None = None, *, need: frozenset[str] = frozenset()) -> Settings:
    """Settings out of `source` (default: the environment), or SettingsError naming all that is wrong.

    `need` names settings that are optional in general but that this process cannot do without.
    """
    source = environment() if source is None else source
    values: dict[str, Any] = {}
    faults: list[str] = []
    for name, metadata in _one_by_one().items():
        try:
            values[name.lower()] = _value(name, source, metadata, needed=metadata["required"] or name in need)
        except ValueError as fault:
            faults.append(f"{name} {fault}.")
    values["meta_account_tokens"] = _account_tokens(source, faults)
    if faults:
        raise SettingsError(faults)
    return Settings(**values)


def load_one(name: str, source: Mapping[str, str] | None = None) -> Any:
    """The value of one setting, its default if it is not given: for commands that need no more, and no secret."""
    source = environment() if source is None else source
    try:
        return _value(name, source, _one_by_one()[name], needed=False)
    except ValueError as fault:
        raise SettingsError([f"{name} {fault}."]) from None


def is_setting(name: str) -> bool:
    """Whether Wapto reads this variable of the environment."""
    return name.removesuffix("_FILE") in _one_by_one() or name.startswith(_ACCOUNT_TOKEN)


def account_tokens(source: Mapping[str, str]) -> dict[str, str]:
    """Those of the given variables that hold the token of one account, or its file, as they are."""
    file = f"{_ACCOUNT_TOKEN}FILE"  # of the token that all other accounts have
    return {name: value for name, value in source.items() if name.startswith(_ACCOUNT_TOKEN) and name != file}


def _account_tokens(source: Mapping[str, str], faults: list[str]) -> dict[str, str]:
    tokens = {}
    for name in sorted({name.removesuffix("_FILE") for name in account_tokens(source)}):
        account = name.removeprefix(_ACCOUNT_TOKEN)
        try:
            if not (account.isascii() and account.isdigit()):
                raise ValueError("must end in the id of a WhatsApp account, which is a number")
            if token := _raw(name, source).strip():
                tokens[account] = token
        except ValueError as fault:
            faults.append(f"{name} {fault}.")
    return tokens


def _one_by_one() -> dict[str, Mapping[str, Any]]:
    """The settings that have one name each, by that, with how they are read."""
    return {spec.name.upper(): spec.metadata for spec in fields(Settings) if spec.metadata}


def _value(name: str, source: Mapping[str, str], spec: Mapping[str, Any], *, needed: bool) -> object:
    raw = _raw(name, source).strip()
    if not raw:
        if needed:
            raise ValueError("is missing")
        return spec["default"]
    return spec["parse"](raw)


def _raw(name: str, source: Mapping[str, str]) -> str:
    path = source.get(f"{name}_FILE", "").strip()
    if source.get(name, "").strip() or not path:
        return source.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"cannot be read from the file that {name}_FILE names") from None
