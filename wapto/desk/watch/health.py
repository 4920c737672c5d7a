"""Signs of life: who still works, what waits and for how long."""

import os
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from peewee import SQL, fn

from wapto.desk.notices.messages import breathe
from wapto.domain.delivery import QUEUED, SENDING
from wapto.domain.intake import FAILED, KEPT, NEW, PARTIAL
from wapto.store.database import reading, spelled, transaction
from wapto.store.models import Heartbeat, InboxEntry, Message, Order, SlackPost

TOPICS = ("inbox", "outbox", "desk")  # of each: a lane in every worker, and a doorbell
SLACK = "slack"
UNSIGNED = "unsigned"  # the beat of webhooks whose signature is wrong
MISSED = {"worker": "orders, messages and cards stand still", "scheduler": "nothing is repeated or cleared"}
LANES = {
    "inbox": ("webhooks", "orders do not appear"),
    "outbox": ("messages", "customers are not told"),
    "desk": ("cards", "Slack shows old orders"),
}
OK, DEGRADED, DOWN = "ok", "degraded", "down"

BEAT_SECONDS = 10
_FRESH = timedelta(seconds=3 * BEAT_SECONDS)
_KEEP_HEARTBEATS = timedelta(days=1)
_PRUNE_BATCH = 200


def my_name(role: str) -> str:
    """What this process calls itself in its heartbeats: `lane:inbox:host:4711`, `scheduler:host:4712`."""
    return f"{role}:{socket.gethostname()}:{os.getpid()}"


def beat(names: Iterable[str], now: datetime, problem: str | None = None) -> None:
    """Commits that these live, in trouble or not. TryLater when the store takes no writes."""
    rows = [{"name": name, "at": now, "detail": problem} for name in names]
    if rows:
        with transaction():
            renewed = (Heartbeat.at, Heartbeat.detail)
            Heartbeat.insert_many(rows).on_conflict(conflict_target=(Heartbeat.name,), preserve=renewed).execute()


def states(now: datetime) -> dict[str, str]:
    """How worker, scheduler and Slack are, by what they last said: each ok, degraded or down."""
    with reading():
        # What troubles Slack holds until the desk lane takes it back; all others have to repeat that they live.
        said = Heartbeat.select().where((Heartbeat.at > now - _FRESH) | (Heartbeat.name == SLACK))
        problems = {beat.name: beat.detail for beat in said}
        posts = SlackPost.state.in_(spelled("due", "posting", "stale")) & (SlackPost.attempts > 0)
        refused = (
            SlackPost.select().where(posts).exists()
            or Order.select().where(Order.shown_seq < Order.last_seq, Order.card_attempts > 0).exists()
        )
    lanes = {name.split(":")[1] for name in problems if name.startswith("lane:")}
    return {
        "worker": _share(len(lanes & set(TOPICS)), len(TOPICS)),
        "scheduler": OK if any(name.startswith("scheduler:") for name in problems) else DOWN,
        "slack": DOWN if problems.get(SLACK) else DEGRADED if refused else OK,
    }


def last_beat(name: str) -> datetime | None:
    """When this was heard of last; None if that is a day ago or more."""
    at: datetime | None = Heartbeat.select(Heartbeat.at).where(Heartbeat.name == name).scalar()
    return at


def is_worked_on(topic: str, now: datetime) -> bool:
    """Whether some worker has a living lane for the topic."""
    lanes = Heartbeat.name.startswith(f"lane:{topic}:") & (Heartbeat.at > now - _FRESH)
    return bool(Heartbeat.select().where(lanes).exists())


def _share(living: int, wanted: int) -> str:
    return OK if living == wanted else DEGRADED if living else DOWN


def waiting() -> dict[tuple[str, str], int]:
    """How many rows are in the states that want something done, by (table, state); reads only small indexes."""
    left = (FAILED, PARTIAL)
    with reading():
        counts = {("inbox", NEW): _count(InboxEntry.select().where(InboxEntry.state == NEW))}
        indexed = InboxEntry.state.in_(spelled(FAILED, PARTIAL, KEPT))
        counts |= {
            ("inbox", state): _count(InboxEntry.select().where(indexed, InboxEntry.state == state)) for state in left
        }
        counts |= {
            ("outbox", state): _count(Message.select().where(Message.state == state)) for state in (QUEUED, SENDING)
        }
    return counts


def _count(query: Any) -> int:
    return int(query.columns(fn.COUNT(SQL("*"))).scalar())


def oldest(now: datetime) -> dict[str, float]:
    """For how many seconds the longest due row of each lane has been waiting; 0 when none is."""
    due_message = (Message.state == QUEUED) & (Message.next_at <= now)
    due_card = (Order.shown_seq < Order.last_seq) & (Order.card_due_at <= now)
    with reading():
        since = {
            "inbox": _first(InboxEntry.select(InboxEntry.received_at).where(InboxEntry.state == NEW), InboxEntry.id),
            "outbox": _first(Message.select(Message.next_at).where(due_message), Message.next_at),
            "desk": _first(Order.select(Order.card_due_at).where(due_card), Order.card_due_at),
        }
    return {topic: (now - at).total_seconds() if at else 0.0 for topic, at in since.items()}


def _first(query: Any, by: object) -> datetime | None:
    row = query.order_by(by).tuples().first()
    return row[0] if row else None


def prune(now: datetime) -> None:
    """Deletes signs of life that are too old to matter, a few at a time."""
    old = Heartbeat.select(Heartbeat.id).where(Heartbeat.at < now - _KEEP_HEARTBEATS)
    while _delete(old.order_by(Heartbeat.id).limit(_PRUNE_BATCH)) == _PRUNE_BATCH:
        breathe()


def _delete(which: Any) -> int:
    with transaction():
        return int(Heartbeat.delete().where(Heartbeat.id.in_(which)).execute())
