"""What operators and their machines look at: alive, ready, and numbers."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import structlog
from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from wapto.config import Settings
from wapto.desk.watch import health, recent
from wapto.desk.watch.health import DOWN, OK
from wapto.errors import TryLater

_REDIS_TIMEOUT_SECONDS = 0.5
_PROBE_SECONDS = 1.0

log = structlog.get_logger()


def mount(app: Flask, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Adds /healthz, /readyz and /metrics to the app."""
    probe = Probe(settings.redis_url, clock)
    waiting = CollectorRegistry()
    waiting.register(Waiting(clock))
    waiting.register(Newest(clock))

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        states = probe.states()
        response = jsonify(states)
        response.status_code = 503 if states["database"] == DOWN else 200
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(REGISTRY) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST)


class Probe:
    """The state of each part, looked at no more than once a second however many ask."""

    def __init__(self, redis_url: str | None, clock: Callable[[], datetime]) -> None:
        self._redis = _redis(redis_url) if redis_url else None
        self._clock = clock
        self._looking = threading.Lock()
        self._looked_at = float("-inf")
        self._states: dict[str, str] = {}

    def states(self) -> dict[str, str]:
        """database, redis, worker, scheduler and slack: each ok, degraded or down."""
        with self._looking:
            if time.monotonic() - self._looked_at > _PROBE_SECONDS:
                self._states = self._look()
                self._looked_at = time.monotonic()
            return self._states

    def _look(self) -> dict[str, str]:
        return {"redis": self._redis_state(), **self._store_states(self._clock())}

    def _store_states(self, now: datetime) -> dict[str, str]:
        try:
            # A commit, since that is what a webhook needs: a full disk or a read-only one shows only then.
            health.beat([health.my_name("web")], now)
            return {"database": OK, **health.states(now)}
        except TryLater as fault:
            log.warning("the database takes no writes", reason=str(fault))
            return dict.fromkeys(("database", "worker", "scheduler", "slack"), DOWN)

    def _redis_state(self) -> str:
        try:
            return OK if self._redis is not None and self._redis.ping() else DOWN
        except RedisError:
            return DOWN


def _redis(url: str) -> Redis:
    timeout = _REDIS_TIMEOUT_SECONDS
    return Redis.from_url(url, socket_connect_timeout=timeout, socket_timeout=timeout, retry=Retry(NoBackoff(), 0))


class Waiting(Collector):
    """Prometheus gauges read from the store when they are asked for; none while the store is away."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Rows by table and state, and the age of the longest due of each lane."""
        rows = GaugeMetricFamily("wapto_rows", "Rows that want something done.", labels=("table", "state"))
        ages = GaugeMetricFamily("wapto_oldest_due_seconds", "How long the longest due row waits.", labels=("lane",))
        try:
            for key, count in health.waiting().items():
                rows.add_metric(key, count)
            for lane, seconds in health.oldest(self._clock()).items():
                ages.add_metric((lane,), seconds)
        except TryLater:
            return
        yield from (rows, ages)


class Newest(Collector):
    """The same of what was sent and taken in lately: how it went, and how long it took."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Messages by state, refusals by Meta's code and what Wapto does about it, seconds by stage and quantile."""
        states = GaugeMetricFamily(
            "wapto_recent_messages", "Messages of the last hour, of the newest 1,000.", labels=("state",)
        )
        refusals = GaugeMetricFamily(
            "wapto_recent_refusals", "Those of them that Meta refused.", labels=("code", "remedy")
        )
        seconds = GaugeMetricFamily(
            "wapto_recent_seconds", "How long the newest of them took.", labels=("stage", "quantile")
        )
        try:
            seen = recent.look(self._clock())
        except TryLater:
            return
        for state, count in seen.states.items():
            states.add_metric((state,), count)
        for refusal, count in seen.refusals.items():
            refusals.add_metric(refusal, count)
        for stage, value in seen.seconds.items():
            seconds.add_metric(stage, value)
        yield from (states, refusals, seconds)
