"""The bookkeeping of the threads under cards: what of a timeline is still to be told there, and who posts it.

A thread is behind while `thread_seq < last_seq`. What is new is gathered into a post of several entries; the post is
an unknown outcome until Slack has answered, so `posting` is committed before the call.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import Expression, fn

from wapto.desk import lines
from wapto.desk.board import ABSENT, DUE, LEASE, POSTED, POSTING, backoff
from wapto.desk.lines import Line
from wapto.store.database import skip_locked, spelled, transaction
from wapto.store.models import Order, ThreadPost

STALE = "stale"  # posted, and to be drawn anew

SETTLE = timedelta(seconds=1)  # what happens within it is told in one post
_ORDERS = 10  # gathered in one transaction
_LINES, _CHARACTERS = 12, 7_000  # of one post; more than one only fits if both are kept


@dataclass(frozen=True)
class DuePost:
    """A post in the thread under a card, taken by this process until `lease`."""

    id: int
    order_id: int
    channel: str
    card_ts: str
    ts: str | None
    first_seq: int
    last_seq: int
    state: str
    attempts: int
    lease: datetime
    created_at: datetime


def gather(now: datetime) -> bool:
    """Makes posts of what is new in some timelines whose cards exist; False when nothing is."""
    behind = _untold() & (Order.thread_due_at <= now)
    with transaction():
        query = Order.select().where(behind).order_by(Order.thread_due_at, Order.id).limit(_ORDERS)
        orders = list(skip_locked(query, of=Order))
        for order in orders:
            _gather(order, now)
    return bool(orders)


def _untold() -> Expression:
    return (Order.thread_seq < Order.last_seq) & (Order.card_state == POSTED)


def _gather(order: Order, now: datetime) -> None:
    """One post after the other, so that they stand in order; what comes meanwhile goes into the next."""
    waiting = ThreadPost.get_or_none(ThreadPost.order == order.id, ThreadPost.state.in_((DUE, POSTING)))
    if waiting is not None:
        _look_again(order, max(waiting.due_at, now) + SETTLE)
        return
    news = lines.news(order.id, order.thread_seq + 1, order.last_seq)
    if news.since and news.since > now - SETTLE:
        _look_again(order, news.since + SETTLE)
        return
    batch = _fitting(news.lines)
    last = batch[-1].seq if len(batch) < len(news.lines) else order.last_seq
    if batch:
        new = {"order": order.id, "first_seq": order.thread_seq + 1, "last_seq": last, "state": DUE}
        ThreadPost.insert(**new, due_at=now, created_at=now).execute()
    for seq in news.changed:
        _draw_anew(order, seq, now)
    Order.update(thread_seq=last).where(Order.id == order.id).execute()


def _draw_anew(order: Order, seq: int, now: datetime) -> None:
    """What tells of this entry shows how it is by now."""
    telling = (ThreadPost.order == order.id) & (ThreadPost.first_seq <= seq) & (ThreadPost.last_seq >= seq)
    shown = telling & ThreadPost.state.in_((POSTED, STALE))
    ThreadPost.update(state=STALE, due_at=now).where(shown).execute()


def _look_again(order: Order, at: datetime) -> None:
    Order.update(thread_due_at=at).where(Order.id == order.id).execute()


def _fitting(fresh: Iterable[Line]) -> list[Line]:
    """As many of the lines as go into one post, at least the first."""
    batch: list[Line] = []
    length = 0
    for line in fresh:
        length += len(line.words)
        if batch and (len(batch) == _LINES or length > _CHARACTERS):
            break
        batch.append(line)
    return batch


def claim(now: datetime) -> DuePost | None:
    """The post that has been due for longest, taken for this process for a minute."""
    lease = now + LEASE
    with transaction():
        query = ThreadPost.select(ThreadPost, Order).join(Order).where(_open(), ThreadPost.due_at <= now)
        post = skip_locked(query.order_by(ThreadPost.due_at, ThreadPost.id).limit(1), of=ThreadPost).first()
        if post is None:
            return None
        ThreadPost.update(due_at=lease).where(ThreadPost.id == post.id).execute()
    return DuePost(
        id=post.id,
        order_id=post.order_id,
        channel=post.channel or post.order.card_channel,
        card_ts=post.order.card_ts,
        ts=post.ts,
        first_seq=post.first_seq,
        last_seq=post.last_seq,
        state=post.state,
        attempts=post.attempts,
        lease=lease,
        created_at=post.created_at,
    )


def _open() -> Expression:
    return ThreadPost.state.in_(spelled(DUE, POSTING, STALE)) & (Order.card_state == POSTED)


def next_due() -> datetime | None:
    """When a thread is to be looked at next, however far away; None when all is told."""
    post = ThreadPost.select(fn.MIN(ThreadPost.due_at)).join(Order).where(_open()).scalar()
    order = Order.select(fn.MIN(Order.thread_due_at)).where(_untold()).scalar()
    return min((due for due in (post, order) if due is not None), default=None)


def order_under(channel: str, card_ts: str) -> int | None:
    """The order whose card is this message."""
    card = Order.select(Order.id).where(Order.card_ts == card_ts, Order.card_channel == channel).first()
    return card.id if card else None


def begin(due: DuePost, now: datetime) -> bool:
    """Commits that the post is about to be made, so that from here on it may exist; False if it was taken away."""
    with transaction():
        begun = ThreadPost.update(state=POSTING, channel=due.channel, due_at=now + LEASE)
        still_ours = (ThreadPost.state == due.state) & (ThreadPost.due_at == due.lease)
        return bool(begun.where(ThreadPost.id == due.id, still_ours).execute())


def posted(due: DuePost, ts: str) -> None:
    """The post stands at `ts` and shows what it has to."""
    done = ThreadPost.update(state=POSTED, channel=due.channel, ts=ts, attempts=0, problem=None)
    # What became stale again while it was drawn anew stays so.
    unmoved = ThreadPost.due_at == due.lease if due.state == STALE else ThreadPost.state == POSTING
    with transaction():
        done.where(_still_that(due), unmoved).execute()


def put_off(due: DuePost, state: str, until: datetime) -> None:
    """Not its turn yet, which is no failure; `state` is what is known of it."""
    with transaction():
        ThreadPost.update(state=state, due_at=until).where(_still_that(due)).execute()


def failed(due: DuePost, state: str, problem: str, now: datetime) -> None:
    """Slack refused; tried again after a growing pause. `state` is what is known of it now."""
    changes = {"state": state, "problem": problem, "attempts": due.attempts + 1}
    with transaction():
        again_at = now + backoff(due.attempts)
        ThreadPost.update(**changes, due_at=again_at).where(_still_that(due)).execute()


def card_gone(due: DuePost, now: datetime) -> None:
    """Somebody deleted the card: it is posted anew, and this post under it."""
    with transaction() as tx:
        gone = Order.update(card_state=ABSENT, card_ts=None, card_channel=None, shown_seq=0, card_due_at=now)
        gone.where(Order.id == due.order_id, Order.card_ts == due.card_ts).execute()
        again = ThreadPost.update(state=DUE, channel=None, ts=None, due_at=now)
        again.where(_still_that(due)).execute()
        tx.wake("desk")


def _still_that(due: DuePost) -> Expression:
    """The post, unless another process settled it since ours slept past its lease."""
    return (ThreadPost.id == due.id) & (ThreadPost.ts.is_null() if due.ts is None else ThreadPost.ts == due.ts)
