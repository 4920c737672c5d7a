"""What the admins, or one person, have to know: told once, and once more when it is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, Expression, fn

from wapto.desk.board import DROPPED, DUE, LEASE, POSTED, POSTING, backoff
from wapto.store.database import Transaction, skip_locked, spelled, transaction
from wapto.store.models import AdminAlert, Agent


def tell(tx: Transaction, key: str, words: str, now: datetime, *, renew: bool = True, **about: Any) -> None:
    """Owes the admins this sentence, once under its key until it is over; with `renew`, other words are news.

    `about` are columns: `agent_id` of the one person whom it is for, what it is `about`, an `approval_id`, or `due_at`
    where it is told only if it is not over by then.
    """
    new = {"key": key, "words": words, "state": DUE, "attempts": 0, "due_at": now, "created_at": now, "over_at": None}
    new |= about
    is_news = AdminAlert.over_at.is_null(False)
    if renew:
        is_news |= AdminAlert.words != words
    again = {name: new[name] for name in new if name != "key"}
    AdminAlert.insert(new).on_conflict(conflict_target=(AdminAlert.key,), update=again, where=is_news).execute()
    tx.wake("desk")


def over(tx: Transaction, key: str, words: str, now: datetime) -> None:
    """Owes the admins the good news, if they were told that there was something under this key.

    What was to be told later, and is over before, is not told at all.
    """
    here = (AdminAlert.key == key) & AdminAlert.over_at.is_null()
    was_put_off = AdminAlert.due_at > AdminAlert.created_at
    is_untold = (AdminAlert.state == DUE) & (AdminAlert.attempts == 0) & was_put_off
    if AdminAlert.update(state=POSTED, over_at=now).where(here, is_untold).execute():
        return
    news = {"words": words, "state": DUE, "attempts": 0, "due_at": now, "created_at": now, "over_at": now}
    if AdminAlert.update(news).where(here).execute():
        tx.wake("desk")


def people() -> list[str]:
    """The Slack user ids of the admins on the roster."""
    query = Agent.select(Agent.slack).where(Agent.role == "admin", Agent.gone_at.is_null()).order_by(Agent.id)
    return [agent.slack for agent in query]


@dataclass(frozen=True)
class DueWord:
    """A sentence that is owed; `state` is `posting` when it may have been sent before.

    It goes to the admins, or to the one person whose ids are given; `about` says that it is more than a sentence.
    """

    id: int
    words: str
    state: str
    attempts: int
    created_at: datetime
    agent_id: int | None = None
    slack: str | None = None
    about: str | None = None
    approval_id: int | None = None


def claim(now: datetime) -> DueWord | None:
    """The oldest due sentence, committed as `posting` before anything is sent."""
    with transaction():
        query = AdminAlert.select(AdminAlert, Agent).join(Agent, JOIN.LEFT_OUTER, on=AdminAlert.agent)
        query = query.where(_owed(), AdminAlert.due_at <= now).order_by(AdminAlert.due_at, AdminAlert.id)
        row = skip_locked(query.limit(1), of=AdminAlert).first()
        if row is None:
            return None
        taken = AdminAlert.update(state=POSTING, due_at=now + LEASE, attempts=AdminAlert.attempts + 1)
        taken.where(AdminAlert.id == row.id).execute()
    slack = row.agent.slack if row.agent_id else None
    known = (row.id, row.words, row.state, row.attempts, row.created_at)
    return DueWord(*known, row.agent_id, slack, row.about, row.approval_id)


def next_due() -> datetime | None:
    """When the next sentence is to be sent; None when none is owed."""
    due: datetime | None = AdminAlert.select(fn.MIN(AdminAlert.due_at)).where(_owed()).scalar()
    return due


def posted(due: DueWord, channel: str, ts: str) -> None:
    """The admins have been told; news that came meanwhile under the same key stay owed."""
    _settle(due, state=POSTED, channel=channel, ts=ts, problem=None)


def drop(due: DueWord, problem: str) -> None:
    """It is not told any more: there is nothing left to say, or nobody to hear it."""
    _settle(due, state=DROPPED, problem=problem)


def put_off(due: DueWord, state: str, until: datetime) -> None:
    """Not its turn yet, which is no failed attempt; `state` is what is known of it."""
    _settle(due, state=state, due_at=until, attempts=due.attempts)


def failed(due: DueWord, state: str, problem: str, now: datetime) -> None:
    """Slack refused: tried again after a growing pause, for as long as it takes, since it is told only once."""
    _settle(due, state=state, due_at=now + backoff(due.attempts), problem=problem)


def _owed() -> Expression:
    return AdminAlert.state.in_(spelled(DUE, POSTING))


def _settle(due: DueWord, **values: object) -> None:
    ours = (AdminAlert.id == due.id) & (AdminAlert.state == POSTING) & (AdminAlert.created_at == due.created_at)
    with transaction():
        AdminAlert.update(values).where(ours).execute()
