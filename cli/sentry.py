"""Errors to Sentry, where SENTRY_DSN names one: what our logs call an error, as little and as masked as there."""

import logging
import sys
from types import ModuleType
from typing import Any

from wapto import __version__
from wapto.config import Settings
from wapto.errors import Misconfigured
from wapto.logs import mask


def watch(settings: Settings) -> None:
    """Tells Sentry of every error that is logged from here on; does nothing without SENTRY_DSN."""
    if settings.sentry_dsn is None:
        return
    try:
        import sentry_sdk
    except ImportError:
        raise Misconfigured("SENTRY_DSN is set, but its package is missing: pip install 'wapto[sentry]'.") from None
    sentry_sdk.init(
        settings.sentry_dsn,
        release=__version__,
        default_integrations=False,  # they would add requests, arguments and the breadcrumbs of all that was logged
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        send_default_pii=False,
        before_send=lambda event, _hint: _masked(event),
    )
    logging.getLogger().addHandler(_Teller(sentry_sdk))


class _Teller(logging.Handler):
    """Sends what is logged as an error; structlog has its words and its exception in a dictionary of its own."""

    def __init__(self, sdk: ModuleType) -> None:
        super().__init__(logging.ERROR)
        self._sdk = sdk

    def emit(self, record: logging.LogRecord) -> None:
        said: dict[str, Any] = record.msg if isinstance(record.msg, dict) else {}
        event: dict[str, Any] = {"level": "error", "logger": record.name}
        if fault := _fault_of(said.get("exc_info") or record.exc_info):
            event, _ = self._sdk.utils.event_from_exception(fault, client_options=self._sdk.get_client().options)
        self._sdk.capture_event({**event, "message": str(said.get("event") or record.getMessage())})


def _fault_of(told: Any) -> BaseException | None:
    fault = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    return fault if isinstance(fault, BaseException) else None


def _masked(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: value if name == "timestamp" else _masked(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_masked(value) for value in node]
    return mask(node) if isinstance(node, str) else node
