"""What the team writes in the thread under a card: an internal note in the timeline, kept once."""

from datetime import datetime

from wapto.desk.orders.timeline import Actor, Subject, record_of
from wapto.domain.text import clean, cut
from wapto.store.database import transaction
from wapto.store.models import SlackSeen

NOTE, FROM_THREAD = "note", "slack_ts"
_MOST = 12_000  # Slack cuts a message at 40,000


def keep(subject: Subject, text: str, *, actor: Actor, now: datetime, event_id: str, ts: str) -> bool:
    """Whether it is new. The event's unique id decides: Slack sends an event again whose answer it missed.

    It stands in the thread already, so the thread is not told of it; `ts` says where.
    """
    words = cut(clean(text).strip(), _MOST)
    with transaction() as tx:
        seen = SlackSeen.insert(event_id=event_id, at=now).on_conflict_ignore().returning(SlackSeen.id)
        if not list(seen.tuples().execute()):
            return False
        if words:
            record_of(subject, NOTE, actor, now, text=words, ids={FROM_THREAD: ts})
            tx.wake("desk")
    return bool(words)
