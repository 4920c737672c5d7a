"""The worker process: RQ in the main thread answers rings, the lanes work in theirs."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from types import FrameType
from typing import Any, NoReturn

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from wapto.desk.watch import health
from wapto.errors import TryLater
from wapto.jobs import wake
from wapto.jobs.ending import SIGNALS, end_on_signals, request_end
from wapto.jobs.lanes import Lane

_RECONNECT_SECONDS = 1.0
_LANES_END_SECONDS = 8.2  # the outbox gives the calls in flight 7.5
_WORKER_TTL_SECONDS = 20  # RQ waits 15 s less than this for a job before it looks after itself

log = structlog.get_logger()


class Doorman(SimpleWorker):
    """RQ's worker without a fork; rings are all it usually answers, so nothing here may take long."""

    max_connection_wait_time = 5.0
    stopping: threading.Event

    def request_stop(self, signum: Any, frame: FrameType | None) -> None:
        """At a signal: tells the lanes first, which need the time more."""
        request_end(self.stopping)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ annotates little


def run(lanes: Sequence[Lane], redis_url: str, *, stopping: threading.Event, clock: Callable[[], datetime]) -> None:
    """Works until SIGTERM or SIGINT, then ends within 10 s; goes on without Redis. Call it in the main thread.

    `stopping` is the event that the lanes were given.
    """
    with suppress(StopRequested, SystemExit):  # the latter is RQ's answer to a second signal
        _leave_on_signals(stopping)
        for lane in lanes:
            lane.start()
        threading.Thread(target=_beat, args=(lanes, stopping, clock), name="heartbeat", daemon=True).start()
        log.info("worker started", lanes=[lane.topic for lane in lanes])
        _answer_rings(redis_url, stopping)
    end_on_signals(stopping)
    _wait_for(lanes)
    log.info("worker ended")


def _leave_on_signals(stopping: threading.Event) -> None:
    """As RQ's own handler, which takes the place of this one while RQ is at work."""

    def leave(*_: object) -> NoReturn:
        request_end(stopping)
        raise StopRequested

    for number in SIGNALS:
        signal.signal(number, leave)


def _answer_rings(redis_url: str, stopping: threading.Event) -> None:
    is_out = False
    while not stopping.is_set():
        try:
            _doorman(redis_url, stopping).work(logging_level="WARNING")
            is_out = False
        except RedisError as fault:
            if not is_out:
                log.warning("Redis is away; the lanes look every 2 s by themselves", reason=type(fault).__name__)
            is_out = True
        _leave_on_signals(stopping)  # RQ's handlers belong to a worker that has ended
        stopping.wait(_RECONNECT_SECONDS)


def _doorman(redis_url: str, stopping: threading.Event) -> Doorman:
    # RQ has retries of its own; the client's would hide an outage from it for seconds.
    redis = Redis.from_url(redis_url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
    doorman = Doorman(
        [wake.QUEUE],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=_WORKER_TTL_SECONDS,
        log_job_description=False,
    )
    doorman.stopping = stopping
    return doorman


def _wait_for(lanes: Sequence[Lane]) -> None:
    deadline = time.monotonic() + _LANES_END_SECONDS
    for lane in lanes:
        if not lane.join(max(0.0, deadline - time.monotonic())):
            log.warning("lane did not end in time", lane=lane.topic)


def _beat(lanes: Sequence[Lane], stopping: threading.Event, clock: Callable[[], datetime]) -> None:
    """Tells the store every 10 s which lanes live, apart from the lanes: one batch of theirs may take longer."""
    while True:
        try:
            health.beat([health.my_name(f"lane:{lane.topic}") for lane in lanes if lane.is_alive()], clock())
        except TryLater as fault:
            log.warning("no heartbeat", reason=str(fault))
        if stopping.wait(health.BEAT_SECONDS):
            return
