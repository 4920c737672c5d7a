"""Socket Mode: Slack's requests over a connection that Wapto opens itself, for a desk without a public address."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.app import WORKERS
from bot.slack import TIMEOUT_SECONDS
from wapto.desk.watch import admins
from wapto.store.database import transaction

_KEY = "socket"
_RETRY_SECONDS = 10.0

log = structlog.get_logger()


class SocketMode:
    """Keeps one connection open until it is closed; while Slack is away it tries again, and nothing else waits for it.

    Up to ten processes may have one each: every request goes to one of them (reference §1.10).
    """

    def __init__(
        self, app: App, app_token: str, api_url: str, clock: Callable[[], datetime], *, ping_seconds: float = 10
    ) -> None:
        self._clock = clock
        self._closing = threading.Event()
        self._handler = SocketModeHandler(
            app,
            app_token,
            logger=_quiet(),
            web_client=WebClient(base_url=api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[]),
            ping_interval=ping_seconds,  # how soon a broken connection is noticed
            concurrency=WORKERS,
        )
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    def start(self) -> None:
        """Begins to connect, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Ends the connection; what Slack has not been told to be taken, it sends to another process."""
        self._closing.set()
        self._handler.client.close()

    @property
    def is_connected(self) -> bool:
        """Whether Slack can reach us at this moment."""
        return bool(self._handler.client.is_connected())

    def _connect(self) -> None:
        """Once it stands, Slack's own client opens it again whenever it breaks."""
        problem = None
        while not self._closing.is_set():
            try:
                self._handler.client.connect_to_new_endpoint(force=True)
                if not self.is_connected:
                    raise ConnectionError
            except Exception as fault:  # of the network, of TLS, of Slack: it is tried again whatever it was
                problem = self._failed(fault, problem)
                self._closing.wait(_RETRY_SECONDS)
            else:
                log.info("Socket Mode is connected")
                self._tell("Wapto is connected to Slack by Socket Mode again.", is_over=True)
                return

    def _failed(self, fault: Exception, before: str | None) -> str:
        problem = str(fault.response["error"]) if isinstance(fault, SlackApiError) else type(fault).__name__
        if problem != before:
            log.warning("Socket Mode is not connected", reason=problem)
            self._tell(f"Slack refuses Socket Mode ({problem}); is SLACK_APP_TOKEN right? Wapto goes on trying.")
        return problem

    def _tell(self, words: str, *, is_over: bool = False) -> None:
        try:
            with transaction() as tx:
                (admins.over if is_over else admins.tell)(tx, _KEY, words, self._clock())
        except Exception as fault:  # the words are for comfort; the connection must not end for them
            log.warning("the admins could not be told", reason=str(fault))


def _quiet() -> logging.Logger:
    """Slack's client warns of every reconnection; only what it cannot mend is wanted."""
    logger = logging.getLogger("wapto.socket_mode")
    logger.setLevel(logging.CRITICAL)
    return logger
