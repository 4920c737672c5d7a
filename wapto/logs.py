"""Logs: one line per event on stderr, JSON unless a person is watching, without anybody's number or token."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

_HIDDEN_KEYS = {"authorization", "body", "password", "payload", "secret", "signature", "token"}
_TOKENS = (
    (re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+|\bEAA\w{8,}|\bsha256=\w+|\b(?<=Bearer )\S+"), "[token]"),
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@"), "[password]@"),
)
# A message id of Meta is base64 over the customer's number (reference §3): its end still tells two apart.
_WAMID = re.compile(r"\bwamid\.[\w+/=-]*?(?=[\w+/=-]{6}(?![\w+/=-]))")
# Written with "+", or as bare digits the way Meta writes them; dates and ids of ours are shorter or have dashes.
_PHONE = re.compile(r"\+\d[\d ().-]{3,}(?=\d{4}\b)|(?<![\w.-])\d{4,11}(?=\d{4}(?![\w-]))")
_LONG_NUMBER = re.compile(r"\+?\d(?:[ ().-]{0,3}\d){6,}")
# What a terminal would obey, or show the other way around; a log may be read in one.
_OBEYED = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {code: "�" for code in _OBEYED if chr(code) not in "\t\n"}
_QUIET = {"rq.worker": logging.WARNING, "rq.job": logging.WARNING, "werkzeug": logging.WARNING}


def configure() -> None:
    """Sends what structlog and the standard logging say to stderr, masked; calling it again changes nothing."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=shared, processors=_last_processors()))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def _last_processors() -> list[Any]:
    # Tracebacks become text before the masking, and never show the values of variables.
    return [
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask_event,
        _renderer(),
    ]


def _renderer() -> Any:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hides secrets by name, tokens and phone numbers by their looks."""
    for key, value in event.items():
        event[key] = "[hidden]" if key in _HIDDEN_KEYS else value if key == "timestamp" else _masked(value)
    return event


def _masked(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): "[hidden]" if key in _HIDDEN_KEYS else _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked(item) for item in value]
    return mask(value if isinstance(value, str) else repr(value))


def mask(text: str) -> str:
    """The text with the last four digits of each phone number, nothing of any token, and no command to a terminal."""
    text = text.translate(_SHOWN)
    for pattern, instead in _TOKENS:
        text = pattern.sub(instead, text)
    text = _WAMID.sub("wamid.…", text)
    return _PHONE.sub("…", text)


def mask_numbers(text: str) -> str:
    """Like `mask`, and of every number of seven digits or more, whatever stands around it, only the last four."""
    return _LONG_NUMBER.sub(lambda found: f"…{re.sub(r'[^0-9]', '', found[0])[-4:]}", mask(text))
