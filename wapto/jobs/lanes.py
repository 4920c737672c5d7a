"""Lanes: each kind of due work is drained by a thread of its own."""

import threading
import time
from collections.abc import Callable

import structlog

from wapto.errors import TryLater
from wapto.jobs import wake

LOOK_SECONDS = 2.0  # the sweep: a lost ring delays work by no more than this
_PAUSE_SECONDS = 0.003  # between two rounds, else the web's writes to SQLite starve (DESIGN, Transactions)
_RECRUIT_SECONDS = 1.0
_FIRST_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS = 0.1, 5.0

log = structlog.get_logger()


class Lane:
    """Looks when its topic is rung for, and every 2 s by itself; drains while `drain` says there may be more.

    `drain` does one short batch. `recruit` is called with the topic about once a second while the work does
    not end, so that another process helps.
    """

    def __init__(
        self,
        topic: str,
        drain: Callable[[], bool],
        *,
        stopping: threading.Event,
        recruit: Callable[[str], None],
    ) -> None:
        self.topic = topic
        self._drain = drain
        self._stopping = stopping
        self._recruit = recruit
        self._bell = wake.bell(topic)
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"lane:{topic}", daemon=True)

    def start(self) -> None:
        """Looks at once, then whenever there is a reason to."""
        self._bell.set()
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread still does its work."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> bool:
        """Waits for the batch in hand after `stopping` was set; False when it took longer."""
        self._bell.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.wait(LOOK_SECONDS)
            self._bell.clear()  # before looking: what is committed from here on rings again
            self._empty()

    def _empty(self) -> None:
        recruit_at = time.monotonic() + _RECRUIT_SECONDS
        while not self._stopping.is_set() and self._round():
            if time.monotonic() >= recruit_at:
                self._recruit(self.topic)
                recruit_at = time.monotonic() + _RECRUIT_SECONDS

    def _round(self) -> bool:
        try:
            more = self._drain()
        except Exception as fault:  # one bad batch must not end the lane: it is tried again, less and less often
            self._failed(fault)
            return False
        self._failures = 0
        self._stopping.wait(_PAUSE_SECONDS)
        return more

    def _failed(self, fault: Exception) -> None:
        if isinstance(fault, TryLater):
            log.warning("lane waits", lane=self.topic, reason=str(fault))
        else:
            log.error("lane failed", lane=self.topic, exc_info=fault)
        pause = min(_FIRST_BACKOFF_SECONDS * 2**self._failures, _MAX_BACKOFF_SECONDS)
        self._failures = min(self._failures + 1, 10)
        self._stopping.wait(pause)
        self._bell.set()
