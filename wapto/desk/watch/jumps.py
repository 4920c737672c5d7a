"""After a clock that ran ahead and was set right: what it wrote for a time to come is due now.

Without this everything that it touched would wait for as long as the jump was. Leases are given up too, which is safe:
what may have been sent is in doubt then, and never sent again by itself.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from peewee import Expression, Field

from wapto.domain.delivery import QUEUED, SENDING
from wapto.domain.intake import NEW
from wapto.store.database import Transaction, reading, spelled, transaction
from wapto.store.models import Alert, InboxEntry, Message, Number, Order, SlackChannel, SlackPost

# No lease, pause or backoff of ours is as long; a Retry-After that is longer will be told again.
LONGEST = timedelta(minutes=30)
_EVER: Any = True
# As the indexes say it, which hold what is waiting alone.
_QUEUED = Message.state.in_(spelled(QUEUED))

_WAITS: tuple[tuple[str, Field, Any], ...] = (
    ("inbox", InboxEntry.lease_until, InboxEntry.state.in_(spelled(NEW))),
    ("outbox", Message.lease_until, Message.state.in_(spelled(SENDING))),
    ("outbox", Message.next_at, _QUEUED & (Message.attempts > 0)),
    ("outbox", Number.theoretical_at, _EVER),
    ("desk", SlackChannel.lease_until, _EVER),
    ("desk", Order.card_due_at, Order.shown_seq < Order.last_seq),
    ("desk", Order.thread_due_at, Order.thread_seq < Order.last_seq),
    ("desk", Alert.due_at, Alert.state.in_(spelled("due", "posting"))),
    ("desk", SlackPost.due_at, SlackPost.state.in_(spelled("due", "posting", "stale"))),
)

log = structlog.get_logger()


def mend(now: datetime) -> None:
    """Lets what lies too far in the future to be meant be due at once."""
    mended = sum(_due_now(topic, field, field > now + LONGEST, only, now) for topic, field, only in _WAITS)
    mended += _from_the_future(now)
    if mended:
        log.warning("the clock had run ahead", rows=mended)


def _due_now(topic: str, field: Field, is_far: Expression, only: Any, now: datetime) -> int:
    where = is_far if only is _EVER else only & is_far
    with reading():
        if not field.model.select().where(where).exists():
            return 0
    with transaction() as tx:
        tx.wake(topic)
        return int(field.model.update({field: now}).where(where).execute())


def _from_the_future(now: datetime) -> int:
    """Messages that were promised by the clock that ran ahead keep the hold that they were promised with."""
    promised = _QUEUED & (Message.attempts == 0) & (Message.created_at > now + LONGEST)
    with reading():
        ids = [message.id for message in Message.select(Message.id).where(promised)]
    with transaction() as tx:
        return sum(_shifted(tx, message_id, promised, now) for message_id in ids)


def _shifted(tx: Transaction, message_id: int, promised: Expression, now: datetime) -> int:
    message = Message.get_or_none(promised, Message.id == message_id)
    if message is None:
        return 0
    tx.wake("outbox")
    due = now + (message.next_at - message.created_at)
    return int(Message.update(next_at=due, created_at=now).where(promised, Message.id == message_id).execute())
