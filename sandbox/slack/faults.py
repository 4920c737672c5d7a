"""Bad days on request, rate limits, and the record of every call (reference §4, §8.2-37 and 38)."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.rules import RateLimited

POST_BURST = 3
METHOD_BURST = 10
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Call:
    """One call as it came in, without its token; `error` is the code it was answered with."""

    method: str
    arguments: dict[str, Any]
    at: float
    error: str | None


@dataclass
class Fault:
    """What goes wrong, for how many calls more (None: until `clear`), of which method (None: of any)."""

    kind: str
    value: Any
    method: str | None
    left: int | None


class Faults:
    """Each method arms one kind of fault for the next `times` calls; the oldest armed one that fits is used first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def ratelimited(self, method: str | None = None, *, times: int | None = 1, retry_after: int = 1) -> None:
        """429 before anything happens."""
        self._arm("ratelimited", retry_after, method, times)

    def status(self, method: str | None = None, *, status: int = 503, times: int | None = 1) -> None:
        """500 or 503 before anything happens, with Slack's JSON of an internal error."""
        self._arm("status", status, method, times)

    def html(self, method: str | None = None, *, times: int | None = 1) -> None:
        """A page of HTML instead of JSON, before anything happens."""
        self._arm("html", None, method, times)

    def error(self, method: str | None, code: str, *, times: int | None = 1) -> None:
        """`ok: false` with this code, before anything happens."""
        self._arm("error", code, method, times)

    def slow(self, method: str | None, seconds: float, *, times: int | None = 1) -> None:
        """The work is done at once, the answer comes late."""
        self._arm("slow", seconds, method, times)

    def lost(self, method: str | None = None, *, times: int | None = 1) -> None:
        """The work is done, the connection breaks before the answer: the caller cannot know."""
        self._arm("lost", None, method, times)

    def clear(self) -> None:
        """From here on a good day."""
        with self._lock:
            self._armed.clear()

    def take(self, method: str) -> Fault | None:
        """The fault for this call, used up."""
        with self._lock:
            for fault in self._armed:
                if fault.method in (None, method):
                    self._use(fault)
                    return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.left is not None:
            fault.left -= 1
            if not fault.left:
                self._armed.remove(fault)

    def _arm(self, kind: str, value: Any, method: str | None, times: int | None) -> None:
        with self._lock:
            self._armed.append(Fault(kind, value, method, times))


class Limits:
    """Token buckets: posts 1 a second and channel with a small burst; methods by their tier once `methods` is set."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.posts = True
        self.methods = False
        self._clock = clock
        self._free_at: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def check_post(self, channel_id: str) -> None:
        """Refuse a post that comes too soon after the others in its channel (§4)."""
        if self.posts:
            self._take(("post", channel_id), 1.0, POST_BURST)

    def check_method(self, method: str, per_minute: int) -> None:
        """Refuse a call beyond the tier of its method (§4)."""
        if self.methods:
            self._take(("method", method), 60 / per_minute, METHOD_BURST)

    def _take(self, bucket: tuple[str, str], interval: float, burst: int) -> None:
        with self._lock:
            now = self._clock()
            free_at = max(self._free_at.get(bucket, now), now)
            wait = free_at - now - (burst - 1) * interval
            if wait > _ROUNDING:
                raise RateLimited(math.ceil(wait))
            self._free_at[bucket] = free_at + interval


class Calls:
    """Every call that came in, in order."""

    def __init__(self) -> None:
        self._all: list[Call] = []

    def add(self, call: Call) -> None:
        """Called by the transport for each answered call."""
        self._all.append(call)

    def of(self, method: str) -> list[Call]:
        """The calls of one method, refused ones too."""
        return [call for call in list(self._all) if call.method == method]

    def count(self, method: str) -> int:
        """How many calls of one method were accepted."""
        return sum(call.error is None for call in self.of(method))

    def refused(self) -> list[Call]:
        """The calls that got an error: a strict test expects none."""
        return [call for call in list(self._all) if call.error]
