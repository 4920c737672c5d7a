"""Outgoing messages as rows: changing their state so that the timeline says so, and working through many of them."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from peewee import Expression

from wapto.desk.assignment.assignment import WAPTO, owe_alert
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor, Subject
from wapto.domain.delivery import TROUBLED, UNKNOWN
from wapto.domain.survey import MESSAGES
from wapto.store.batches import Prepared, insert_rows
from wapto.store.database import Transaction, is_sqlite, skip_locked, transaction
from wapto.store.models import Message, Order, OrderEvent

# SQLite has one writer: another process's gets its turn only if ours are short and leave gaps (DESIGN, Transactions).
SQLITE_BATCH, SQLITE_PAUSE = 10, 0.003
_POSTGRES_BATCH = 50
_KIND = "message"
_RECEIPT_TAKES = timedelta(minutes=10)  # at most, mostly; then somebody has to look


def move(
    tx: Transaction,
    message: Message,
    after: str,
    now: datetime,
    *,
    actor: Actor = WAPTO,
    words: str | None = None,
    **values: Any,
) -> bool:
    """Changes the state that was read, with an entry in the timeline; False if somebody else was faster."""
    changes = {"state": after, "lease_until": None, **values}
    if not Message.update(changes).where(Message.id == message.id, Message.state == message.state).execute():
        return False
    note(message, now, before=message.state, after=after, actor=actor, text=words)
    tx.wake("desk")
    return True


_raise = Prepared(
    lambda ids, now: (
        Order.update(last_seq=Order.last_seq + 1, updated_at=now)
        .where(Order.id.in_(ids))
        .returning(Order.id, Order.last_seq)
    )
)


def move_all(tx: Transaction, messages: Sequence[Message], after: str, now: datetime, **values: Any) -> None:
    """Like `move`, in three statements for all of these: of different orders, in one state, their rows in our hands.

    A value may be an SQL expression that tells them apart.
    """
    changes = {"state": after, "lease_until": None, **values}
    Message.update(changes).where(Message.id.in_([message.id for message in messages])).execute()
    for message in messages:
        if message.order_id is None:
            note(message, now, before=message.state, after=after)
    messages = [message for message in messages if message.order_id]
    owners = [message.order_id for message in messages]
    seqs: dict[int | None, int] = dict(_raise.rows(owners, now)) if owners else {}
    entries = [
        {
            "order": message.order_id,
            "seq": seqs[message.order_id],
            "at": now,
            "kind": _KIND,
            "actor": WAPTO.name,
            "door": WAPTO.door,
            "before": message.state,
            "after": after,
            "ids": _ids(message),
        }
        for message in messages
    ]
    insert_rows(OrderEvent, entries)
    tx.wake("desk")


def note(message: Message, now: datetime, *, actor: Actor = WAPTO, **entry: Any) -> None:
    """An entry about a message in the timeline of its order or inquiry."""
    subject = Subject(message.order_id, message.inquiry_id)
    timeline.record_of(subject, _KIND, actor, now, ids=_ids(message), **entry)
    is_survey = message.trigger in MESSAGES  # a customer who is not asked misses nothing
    if message.order_id is not None and entry.get("after") in TROUBLED and not is_survey:
        _tell_assignee(message.order_id, message, str(entry["after"]), now)


def _tell_assignee(order_id: int, message: Message, trouble: str, now: datetime) -> None:
    """Whoever works on the order hears at once that its customer was not told; in doubt, once no receipt has come."""
    agent_id = Order.select(Order.agent).where(Order.id == order_id).scalar()
    if agent_id is not None:
        key = f"message:{message.id}:{trouble}"
        due = now + _RECEIPT_TAKES if trouble == UNKNOWN else now
        owe_alert(order_id, agent_id, key, now, due=due, message=message.id, trouble=trouble)


def _ids(message: Message) -> dict[str, Any]:
    return {"message": message.id, "status": message.trigger}


def in_batches(which: Expression, work: Callable[[Transaction, Message], None]) -> None:
    """Works on all messages of this kind, oldest first, in short transactions; rows in other hands are passed over."""
    limit = SQLITE_BATCH if is_sqlite() else _POSTGRES_BATCH
    done_to: int | None = 0
    while done_to is not None:
        with transaction() as tx:
            query = Message.select().where(which, Message.id > done_to).order_by(Message.id).limit(limit)
            batch = list(skip_locked(query, Message))
            for message in batch:
                work(tx, message)
        done_to = batch[-1].id if len(batch) == limit else None
        breathe()


def breathe(since: float | None = None) -> None:
    """Leaves other processes a gap between two write transactions of this one; `since` is when it began, if it has."""
    if is_sqlite():
        gone = time.monotonic() - since if since is not None else 0.0
        time.sleep(max(0.0, SQLITE_PAUSE - gone))
