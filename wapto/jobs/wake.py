"""The doorbell: telling a worker process that there is something to look at.

A ring carries no work. What is due stands in the database, so a ring may be lost, doubled or late.
"""

import threading
import time

import structlog
from prometheus_client import Counter
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, get_current_job
from rq.serializers import JSONSerializer

QUEUE = "wapto"
FAILURES = Counter("wapto_ring_failures", "Rings that Redis did not take; the lanes then look by themselves.")

_MUTE_SECONDS = 5  # rings for one topic are one, until somebody looks or this time has passed
_TIMEOUT_SECONDS = 0.2
_OUTAGE_PAUSE_SECONDS = 1.0
_FINISH_LOOK_SECONDS = 0.002
_JOB_SECONDS = 10

log = structlog.get_logger()

_bells: dict[str, threading.Event] = {}


def bell(topic: str) -> threading.Event:
    """The event that a ring for `topic` sets in this process."""
    return _bells.setdefault(topic, threading.Event())


def look(topic: str) -> None:
    """The RQ job: lets the next ring through, then wakes the lane of this process."""
    job = get_current_job()
    if job is not None:
        # Before the bell: a ring that came between would be muted, and what it stands for not be seen.
        job.connection.delete(_key(topic))
    bell(topic).set()


def _key(topic: str) -> str:
    return f"wake:{topic}"


class Waker:
    """Rings over Redis from a thread of its own, so that no commit waits for a network or a name server."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            socket_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._due: set[str] = set()
        self._pulled = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_out = False
        self._is_pulling = False

    def ring(self, topic: str) -> None:
        """Wakes a worker for `topic` soon. Neither waits nor raises, whatever Redis does."""
        self._due.add(topic)
        self._pulled.set()
        if self._thread is None:  # started late, so that a process may fork before its first ring
            self._start()

    def finish(self, seconds: float) -> None:
        """Gives rings so long to get out: for a process that is about to end. Waits for no Redis that is away."""
        deadline = time.monotonic() + seconds
        while (self._due or self._is_pulling) and not self._is_out and time.monotonic() < deadline:
            time.sleep(_FINISH_LOOK_SECONDS)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._pulled.wait()
            self._pulled.clear()
            self._is_pulling = True
            while self._due:
                self._pull(self._due.pop())
            self._is_pulling = False

    def _pull(self, topic: str) -> None:
        try:
            if self._redis.set(_key(topic), 1, nx=True, ex=_MUTE_SECONDS):
                self._queue.enqueue(
                    look, topic, job_timeout=_JOB_SECONDS, ttl=60, result_ttl=0, failure_ttl=60, description=topic
                )
        except Exception as fault:  # this thread has to outlive whatever a broken Redis answers
            self._missed(topic, fault)
        else:
            self._answered()

    def _missed(self, topic: str, fault: Exception) -> None:
        FAILURES.inc()
        if not self._is_out:
            self._is_out = True
            log.warning("Redis takes no rings; the lanes look every 2 s by themselves", reason=type(fault).__name__)
        time.sleep(_OUTAGE_PAUSE_SECONDS)
        self.ring(topic)

    def _answered(self) -> None:
        if self._is_out:
            self._is_out = False
            log.info("Redis takes rings again")
