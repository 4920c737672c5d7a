"""Delivery of webhooks: concurrent, at least once, in order for each message (reference §1.4)."""

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import requests

from sandbox.graph.payloads import Update, encode, signature

# Meta goes on for days; a few seconds do for a test or a story.
BACKOFF = (0.1, 0.3, 1.0, 2.0, 4.0)
_TIMEOUT = (2.0, 10.0)


@dataclass(frozen=True)
class Delivery:
    """One attempt: `answer` is the HTTP status, None if there was none. `seconds` until it came."""

    updates: tuple[Update, ...]
    attempt: int
    answer: int | None
    seconds: float


@dataclass
class _Post:
    updates: tuple[Update, ...]
    body: bytes
    attempts: int = 0


class Webhooks:
    """Posts signed bodies to `callback_url` (may be changed at any time; None drops what is told).

    Posts with the same key follow one another, each after the one before was taken or given up.
    """

    def __init__(
        self, app_secret: str, callback_url: str | None, *, backoff: Sequence[float] = BACKOFF, workers: int = 8
    ) -> None:
        self.callback_url = callback_url
        self._app_secret = app_secret
        self._backoff = tuple(backoff)
        self._changed = threading.Condition()
        self._chains: dict[str, deque[_Post]] = {}
        self._due: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._batch: list[Update] | None = None
        self._deliveries: list[Delivery] = []
        self._stopped = False
        self._workers = [threading.Thread(target=self._work, name=f"webhook {n}", daemon=True) for n in range(workers)]

    def start(self) -> None:
        """Begin to deliver."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Drop what is left."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for worker in self._workers:
            if worker.is_alive():
                worker.join(timeout=1)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt, oldest first."""
        with self._changed:
            return list(self._deliveries)

    def tell(self, update: Update, key: str | None = None) -> None:
        """Deliver soon; `key` (default: the wamid) is what has to stay in order."""
        with self._changed:
            if self._batch is not None:
                self._batch.append(update)
            else:
                self._add((update,), key or update.wamid)

    @contextmanager
    def one_post(self) -> Iterator[None]:
        """All that is told inside the block goes out in a single POST, as Meta may do."""
        with self._changed:
            self._batch = []
        try:
            yield
        finally:
            with self._changed:
                batch, self._batch = self._batch, None
                if batch:
                    self._add(tuple(batch), batch[0].wamid)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until everything told was taken or given up; False if `timeout` seconds did not do."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._chains, timeout)

    def _add(self, updates: tuple[Update, ...], key: str) -> None:
        if self.callback_url is None or self._stopped:
            return
        chain = self._chains.setdefault(key, deque())
        chain.append(_Post(updates, encode(updates)))
        if len(chain) == 1:
            self._schedule(key, 0.0)

    def _schedule(self, key: str, delay: float) -> None:
        heapq.heappush(self._due, (monotonic() + delay, next(self._order), key))
        self._changed.notify_all()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (taken := self._take()) is not None:
                key, post = taken
                began = monotonic()
                answer = self._send(session, post.body)
                self._record(key, post, answer, monotonic() - began)

    def _take(self) -> tuple[str, _Post] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    key = heapq.heappop(self._due)[2]
                    return key, self._chains[key][0]
                self._changed.wait(wait)
        return None

    def _send(self, session: requests.Session, body: bytes) -> int | None:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(self._app_secret, body)}
        try:
            return session.post(
                str(self.callback_url), data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ).status_code
        except requests.RequestException:
            return None

    def _record(self, key: str, post: _Post, answer: int | None, seconds: float) -> None:
        with self._changed:
            post.attempts += 1
            self._deliveries.append(Delivery(post.updates, post.attempts, answer, seconds))
            if answer != 200 and post.attempts <= len(self._backoff):
                self._schedule(key, self._backoff[post.attempts - 1])
                return
            chain = self._chains[key]
            chain.popleft()
            if chain:
                self._schedule(key, 0.0)
            else:
                del self._chains[key]
                self._changed.notify_all()
