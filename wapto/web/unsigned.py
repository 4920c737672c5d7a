"""Wrong signatures: one may be anybody's, several of late mean that our secret is not that of the app."""

import threading
from collections import deque
from datetime import datetime, timedelta

import structlog

from wapto.desk.watch import health
from wapto.errors import TryLater

_SEVERAL, _LATELY = 3, timedelta(minutes=10)
_OFTEN = timedelta(seconds=10)  # however many come, no more is written

log = structlog.get_logger()


class Unsigned:
    """Remembers wrong signatures of this process, and lets the store know while there are several."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[datetime] = deque(maxlen=_SEVERAL)
        self._told: datetime | None = None

    def note(self, now: datetime) -> None:
        """Another one came; never raises."""
        if self._is_news(now):
            try:
                health.beat([health.UNSIGNED], now)
            except TryLater as fault:
                log.warning("wrong signatures are not written down", reason=str(fault))

    def _is_news(self, now: datetime) -> bool:
        with self._lock:
            self._seen.append(now)
            several = len(self._seen) == _SEVERAL and now - self._seen[0] < _LATELY
            if not several or (self._told is not None and now - self._told < _OFTEN):
                return False
            self._told = now
            return True
