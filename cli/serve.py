"""The processes `web`, `worker`, `scheduler` and `up`: what each is made of.

Each raises SettingsError or WaptoError when it must not start; otherwise it returns when a signal has ended it.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from bot import erasing, roster
from bot.admin_alerts import AdminAlerts
from bot.app import WORKERS, build
from bot.attachments import Attachments
from bot.slack import Slack
from bot.socket_mode import SocketMode
from bot.sync import Desk
from bot.web import create_app, now
from cli import doctor, sentry
from cli.children import run_together
from cli.embedded import EmbeddedRedis
from cli.gateway import Gateway
from wapto import config, logs
from wapto.config import Settings
from wapto.desk import retention
from wapto.desk.assignment import departures, hours, late, queue
from wapto.desk.catalog import sync as catalog_sync
from wapto.desk.doctor import rounds
from wapto.desk.intake import events, intake
from wapto.desk.notices import notices
from wapto.desk.notices.outbox import OutboxLane
from wapto.desk.orders import tracking
from wapto.desk.stock import lane as stock_lane
from wapto.desk.surveys import surveys
from wapto.desk.templates import refetching
from wapto.desk.watch import health, jumps, watch
from wapto.errors import Misconfigured, WaptoError
from wapto.jobs import duties
from wapto.jobs import worker as workers
from wapto.jobs.lanes import Lane
from wapto.jobs.wake import Waker, bell
from wapto.meta.client import GraphClient
from wapto.store import database, migrate

# Behind a proxy or in a container: what may reach the port is for the machine to say.
_ALL_ADDRESSES = "0.0.0.0"  # noqa: S104
# Threads wait for the disk (webhooks) or for Slack (acks), so many more of them than processors pay off:
# 64 connections on one process keep p99 under 20 ms (reference performance, C3).
_THREADS = 64
_KILL_SECONDS = 9

# What granian says goes the way of all our logs.
_GRANIAN_LOGS = {"handlers": {}, "loggers": {"_granian": {"propagate": True}}}

_WATCH = "watch"  # the scheduler and the workers each do it when it is due, so that one tells of the other's death

log = structlog.get_logger()


def web(processes: int = 1) -> None:
    """Serves Meta, Slack and customers on PORT. More processes than one need PostgreSQL."""
    settings, _ = _start()
    if processes > 1 and database.is_sqlite():
        raise Misconfigured("SQLite takes one web process: run one, or set DATABASE_URL to a PostgreSQL database.")
    _require_free(settings.port)
    server = Server(
        "bot.web:create_app",
        address=_ALL_ADDRESSES,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=processes,
        workers_kill_timeout=_KILL_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=_GRANIAN_LOGS,
    )
    database.db.close()  # the workers are forks, and must not share it
    server.on_startup(lambda: log.info("web started", port=settings.port))
    server.serve(target_loader=_app_of_a_worker, wrap_loader=False)
    log.info("web ended")


def _require_free(port: int) -> None:
    """Two servers would share a port without a word, since granian asks the system to allow it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_ALL_ADDRESSES, port))
        except OSError as fault:
            raise Misconfigured(f"Port {port} cannot be used ({fault.strerror}): set PORT to a free one.") from None


def _app_of_a_worker() -> Any:
    # A fork has its parent's handler, which takes a SIGTERM and forgets it; granian sets the worker's own later.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    app = create_app()
    sentry.watch(config.load())  # anew: the fork has logs of its own
    return Gateway(app, threads=_THREADS)


def _end_with_parent() -> None:
    """A server without its parent would keep the port from the next one, and nobody could end it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def worker() -> None:
    """Drains the lanes: webhooks into orders, messages to customers, cards into Slack."""
    settings, redis_url = _start()
    stopping = threading.Event()
    waker = Waker(redis_url)
    rounds.plan(now())
    drains = _drains(settings, stopping)
    database.set_waker(_nearest(drains, waker))
    if settings.slack_app_token:
        _socket_mode(settings, settings.slack_app_token).start()
    lanes = [Lane(topic, drain, stopping=stopping, recruit=waker.ring) for topic, drain in drains.items()]
    workers.run(lanes, redis_url, stopping=stopping, clock=now)


def _drains(settings: Settings, stopping: threading.Event) -> dict[str, Callable[[], bool]]:
    graph = GraphClient(
        settings.meta_graph_url,
        settings.meta_graph_version,
        settings.meta_access_token,
        account_tokens=settings.meta_account_tokens,
    )
    outbox = OutboxLane(graph, now)
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    desk = Desk(slack, now, admin_channel=settings.slack_admin_channel)
    files, errands = Attachments(slack, graph, now), _errands(settings, graph, slack)
    return {
        "inbox": lambda: intake.drain(now),
        "outbox": lambda: outbox.drain(stopping.is_set),
        "desk": desk.drain,
        "slow": lambda: _slow(errands, graph, files),
    }


def _socket_mode(settings: Settings, app_token: str) -> SocketMode:
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="slack")
    return SocketMode(build(slack, now, pool), app_token, settings.slack_api_url, now)


def _errands(settings: Settings, graph: GraphClient, slack: Slack) -> duties.Duties:
    """Calendar work that asks Meta or Slack for more than an answer."""
    return {
        refetching.REFETCH: (refetching.EVERY, lambda now: refetching.refetch(graph, now)),
        roster.LOOK: (roster.LOOK_EVERY, lambda now: roster.look(slack, now)),
        roster.SWEEP: (roster.EVERY, lambda now: roster.sweep(slack, now)),
        rounds.ROUNDS: (rounds.EVERY, lambda now: rounds.go(doctor.rounds(settings), now)),
        _WATCH: (watch.EVERY, watch.look),
    }


def _slow(errands: duties.Duties, graph: GraphClient, files: Attachments) -> bool:
    """What takes its time; each is done by one worker, since it is claimed in the store."""
    return (
        bool(duties.do_due(errands, now()))
        or files.work_on_one()
        or stock_lane.drain(graph, now)
        or catalog_sync.drain(graph, now)
    )


def _nearest(drains: Mapping[str, object], waker: Waker) -> Callable[[str], None]:
    """Rings the lane of this process, which needs no Redis; others are rung for when it does not cope."""
    return lambda topic: bell(topic).set() if topic in drains else waker.ring(topic)


def scheduler() -> None:
    """Does the calendar duties."""
    settings, redis_url = _start()
    waker = Waker(redis_url)
    database.set_waker(waker.ring)
    all_duties = {**_duties(waker, _keeper(settings)), "words to admins": (timedelta(seconds=10), _messenger(settings))}
    duties.run(all_duties, stopping=threading.Event(), clock=now)


def _duties(waker: Waker, keep: Callable[[datetime], None]) -> duties.Duties:
    def sweep(_now: datetime) -> None:
        for topic in health.TOPICS:
            waker.ring(topic)

    return {
        "sweep": (timedelta(minutes=1), sweep),
        "clock": (timedelta(minutes=1), jumps.mend),
        "prune": (timedelta(hours=1), health.prune),
        "retention": (timedelta(hours=1), keep),
        "catalogs": (catalog_sync.EVERY, catalog_sync.want_all),
        events.RELEASE: (timedelta(minutes=10), notices.release_all),
        "hours": (hours.EVERY, hours.follow),
        "absent people": (departures.EVERY, departures.follow),
        "queue": (queue.EVERY, queue.drain),
        "promises": (late.EVERY, late.cross_limits),
        "surveys": (surveys.EVERY, surveys.ask_due),
        _WATCH: (watch.EVERY, watch.look),
        "tell of held messages": (timedelta(minutes=1), notices.tell_held),
    }


def _messenger(settings: Settings) -> Callable[[datetime], None]:
    """Tells the admins what they are owed while no worker can, be it that there is none."""
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    words = AdminAlerts(slack, now, settings.slack_admin_channel)

    def tell(at: datetime) -> None:
        try:
            if not health.is_worked_on("desk", at):
                words.work_on_one()
        except WaptoError as fault:
            log.warning("the admins cannot be told", reason=str(fault))

    return tell


def _keeper(settings: Settings) -> Callable[[datetime], None]:
    times = retention.Times(
        bodies=timedelta(days=settings.wapto_keep_webhooks_days),
        conversations=timedelta(days=settings.wapto_keep_conversations_days),
        media=timedelta(days=settings.wapto_keep_media_days),
    )
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)

    def keep(now: datetime) -> None:
        retention.clear(times, now)
        erasing.remove_old_files(slack, times, now)

    return keep


def up() -> None:
    """Runs web, worker and scheduler on this machine; migrates first, brings a Redis if REDIS_URL names none."""
    settings = config.load()
    _reach_store(settings)
    migrate.migrate()
    database.db.close()
    commands = {name: [sys.executable, "-P", "-m", "cli", name] for name in ("web", "worker", "scheduler")}
    with _redis(settings) as url:
        code = run_together(commands, {**config.environment(), "REDIS_URL": url})
    if code:
        sys.exit(code)


@contextmanager
def _redis(settings: Settings) -> Iterator[str]:
    if settings.redis_url:
        yield settings.redis_url
    else:
        with EmbeddedRedis(Path(".wapto/redis")) as server:
            yield server.url


def _start() -> tuple[Settings, str]:
    """Settings, Redis and the store of a process that stays, or a refusal."""
    logs.configure()
    settings = config.load(need=frozenset({"REDIS_URL"}))
    sentry.watch(settings)
    _reach_store(settings)
    migrate.require_current()
    assert settings.redis_url is not None  # noqa: S101 (it was needed)
    return settings, settings.redis_url


def _reach_store(settings: Settings) -> None:
    tracking.sign_with(settings.wapto_secret_key, settings.wapto_public_url)
    database.connect(settings.database_url)
    with database.reading():
        database.db.execute_sql("SELECT 1")  # TryLater, with its sentence, when the database is away
