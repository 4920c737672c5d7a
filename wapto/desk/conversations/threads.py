"""The bookkeeping of the threads under cards: what of a timeline is still to be told there, and who posts it.

A thread is behind while `thread_seq < last_seq`. What is new is gathered into a post of several entries; the post is
an unknown outcome until Slack has answered, so `posting` is committed before the call. The card of an inquiry is a
post too, of no thread and from entry 0 to 0; it is drawn anew whenever its inquiry has news. The list of a long cart
stands in posts from entry -1 on downwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, Expression, fn

from wapto.desk.board import ABSENT, DUE, LEASE, POSTED, POSTING, backoff
from wapto.desk.conversations import lines, long_carts
from wapto.desk.conversations.lines import Line
from wapto.desk.orders.timeline import Subject
from wapto.desk.watch import channel_trouble
from wapto.store.database import skip_locked, spelled, transaction
from wapto.store.models import Inquiry, Order, SlackPost

STALE = "stale"  # posted, and to be drawn anew
CARD = 0  # the entry that the card of an inquiry stands for

SETTLE = timedelta(seconds=1)  # what happens within it is told in one post
_SUBJECTS = 10  # gathered in one transaction
_LINES, _CHARACTERS = 12, 7_000  # of one post; more than one only fits if both are kept

Told = Order | Inquiry


@dataclass(frozen=True)
class DuePost:
    """A post in the thread under a card, or the card of an inquiry, taken by this process until `lease`."""

    id: int
    subject: Subject
    number_id: int
    customer: str | None
    channel: str
    thread: str | None
    ts: str | None
    first_seq: int
    last_seq: int
    state: str
    attempts: int
    lease: datetime
    created_at: datetime

    @property
    def is_card(self) -> bool:
        """Whether it is the card of an inquiry."""
        return self.first_seq == CARD

    @property
    def part(self) -> int:
        """Which part of the list of a long cart it is, from 1 on; 0 for other posts."""
        return max(0, -self.first_seq)


def gather(now: datetime) -> bool:
    """Makes posts of what is new in some timelines whose cards exist; False when nothing is."""
    return any([_gather_some(of, now) for of in (Order, Inquiry)])  # noqa: C419  both, each time


def _gather_some(of: type[Told], now: datetime) -> bool:
    with transaction():
        query = of.select().where(_untold(of), of.thread_due_at <= now).order_by(of.thread_due_at, of.id)
        behind = list(skip_locked(query.limit(_SUBJECTS), of=of))
        for told in behind:
            _gather(told, now)
    return bool(behind)


def _untold(of: type[Told]) -> Expression:
    has_card = Order.card_state == spelled(POSTED)[0] if of is Order else of.card_ts.is_null(False)
    return (of.thread_seq < of.last_seq) & has_card


def _gather(told: Told, now: datetime) -> None:
    """One post after the other, so that they stand in order; what comes meanwhile goes into the next."""
    waiting = SlackPost.get_or_none(_of(told) & (SlackPost.first_seq > CARD), SlackPost.state.in_((DUE, POSTING)))
    if waiting is not None:
        _look_again(told, max(waiting.due_at, now) + SETTLE)
        return
    news = lines.news(_subject(told), told.thread_seq + 1, told.last_seq)
    if news.since and now - SETTLE < news.since <= now:  # later was written by a clock that ran ahead
        _look_again(told, news.since + SETTLE)
        return
    if isinstance(told, Order):
        _list_items(told, now)
    batch = _fitting(news.lines)
    last = batch[-1].seq if len(batch) < len(news.lines) else told.last_seq
    if batch:
        new = {**vars(_subject(told)), "first_seq": told.thread_seq + 1, "last_seq": last, "state": DUE}
        SlackPost.insert(**new, due_at=now, created_at=now).execute()
    for seq in (*news.changed, CARD):
        _draw_anew(told, seq, now)
    type(told).update(thread_seq=last).where(type(told).id == told.id).execute()


def _list_items(order: Order, now: datetime) -> None:
    """Owes the list of a long cart, and draws it anew where items have changed."""
    if order.thread_seq and not long_carts.have_changed(order.id, order.thread_seq + 1, order.last_seq):
        return
    shown = (SlackPost.order == order.id) & (SlackPost.first_seq < CARD) & (SlackPost.state == POSTED)
    SlackPost.update(state=STALE, due_at=now).where(shown).execute()
    for part in range(1, long_carts.posts(order.id) + 1):
        new = {"order": order.id, "first_seq": -part, "last_seq": -part, "state": DUE}
        SlackPost.insert(**new, due_at=now, created_at=now).on_conflict_ignore().execute()


def _of(told: Told) -> Expression:
    return SlackPost.order == told.id if isinstance(told, Order) else SlackPost.inquiry == told.id


def _subject(told: Told) -> Subject:
    return Subject(order=told.id) if isinstance(told, Order) else Subject(inquiry=told.id)


def _draw_anew(told: Told, seq: int, now: datetime) -> None:
    """What tells of this entry shows how it is by now."""
    telling = _of(told) & (SlackPost.first_seq <= seq) & (SlackPost.last_seq >= seq)
    shown = telling & SlackPost.state.in_((POSTED, STALE))
    SlackPost.update(state=STALE, due_at=now).where(shown).execute()


def _look_again(told: Told, at: datetime) -> None:
    type(told).update(thread_due_at=at).where(type(told).id == told.id).execute()


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
        query = SlackPost.select(SlackPost, Order, Inquiry).join(Order, JOIN.LEFT_OUTER).switch(SlackPost)
        query = query.join(Inquiry, JOIN.LEFT_OUTER).where(_open(), SlackPost.due_at <= now)
        post = skip_locked(query.order_by(SlackPost.due_at, SlackPost.id).limit(1), of=SlackPost).first()
        if post is None:
            return None
        SlackPost.update(due_at=lease).where(SlackPost.id == post.id).execute()
        return _due(post, lease)


def _due(post: SlackPost, lease: datetime) -> DuePost:
    told: Any = post.order if post.order_id else post.inquiry
    is_card = post.first_seq == CARD
    return DuePost(
        id=post.id,
        subject=_subject(told),
        number_id=told.number_id,
        customer=told.customer.name,
        channel=post.channel or (told.number.slack_channel if is_card else told.card_channel),
        thread=None if is_card else told.card_ts,
        ts=post.ts,
        first_seq=post.first_seq,
        last_seq=post.last_seq,
        state=post.state,
        attempts=post.attempts,
        lease=lease,
        created_at=post.created_at,
    )


def _open() -> Expression:
    has_card = (Order.card_state == POSTED) | Inquiry.card_ts.is_null(False) | (SlackPost.first_seq == CARD)
    return SlackPost.state.in_(spelled(DUE, POSTING, STALE)) & has_card


def next_due() -> datetime | None:
    """When a thread is to be looked at next, however far away; None when all is told."""
    posts = SlackPost.select(fn.MIN(SlackPost.due_at)).join(Order, JOIN.LEFT_OUTER).switch(SlackPost)
    post = posts.join(Inquiry, JOIN.LEFT_OUTER).where(_open()).scalar()
    behind = [of.select(fn.MIN(of.thread_due_at)).where(_untold(of)).scalar() for of in (Order, Inquiry)]
    return min((due for due in (post, *behind) if due is not None), default=None)


def under(channel: str, card_ts: str) -> Subject | None:
    """What has this message as its card."""
    for of in (Order, Inquiry):
        told = of.select(of.id).where(of.card_ts == card_ts, of.card_channel == channel).first()
        if told is not None:
            return _subject(told)
    return None


def begin(due: DuePost, now: datetime) -> bool:
    """Commits that the post is about to be made, so that from here on it may exist; False if it was taken away."""
    with transaction():
        begun = SlackPost.update(state=POSTING, channel=due.channel, due_at=now + LEASE)
        still_ours = (SlackPost.state == due.state) & (SlackPost.due_at == due.lease)
        return bool(begun.where(SlackPost.id == due.id, still_ours).execute())


def posted(due: DuePost, ts: str, now: datetime) -> None:
    """The post stands at `ts` and shows what it has to."""
    done = SlackPost.update(state=POSTED, channel=due.channel, ts=ts, attempts=0, problem=None)
    # What became stale again while it was drawn anew stays so.
    unmoved = SlackPost.due_at == due.lease if due.state == STALE else SlackPost.state == POSTING
    with transaction() as tx:
        if done.where(_still_that(due), unmoved).execute() and due.is_card:
            card = Inquiry.update(card_channel=due.channel, card_ts=ts)
            card.where(Inquiry.id == due.subject.inquiry).execute()
        if due.attempts:
            channel_trouble.is_over(tx, due.number_id, due.channel, now)


def put_off(due: DuePost, state: str, until: datetime) -> None:
    """Not its turn yet, which is no failure; `state` is what is known of it."""
    with transaction():
        SlackPost.update(state=state, due_at=until).where(_still_that(due)).execute()


def failed(due: DuePost, state: str, problem: str, now: datetime) -> None:
    """Slack refused; tried again after a growing pause. `state` is what is known of it now."""
    changes = {"state": state, "problem": problem, "attempts": due.attempts + 1}
    if state == DUE:
        changes["channel"] = None  # by then the number may have another
    with transaction() as tx:
        again_at = now + backoff(due.attempts)
        SlackPost.update(**changes, due_at=again_at).where(_still_that(due)).execute()
        channel_trouble.tell(tx, due.number_id, due.channel, problem, due.attempts + 1, now)


def has_moved(due: DuePost) -> bool:
    """Whether its number has another channel by now than the one that the card stands in."""
    told: Told = Order.get_by_id(due.subject.order) if due.subject.order else Inquiry.get_by_id(due.subject.inquiry)
    return bool(told.number.slack_channel != due.channel)


def card_gone(due: DuePost, now: datetime) -> None:
    """Somebody deleted the card or its channel: it is posted anew, and this post under it."""
    with transaction() as tx:
        _post_anew(due, now)
        again = SlackPost.update(state=DUE, channel=None, ts=None, due_at=now)
        again.where(_still_that(due)).execute()
        tx.wake("desk")


def _post_anew(due: DuePost, now: datetime) -> None:
    if due.subject.order:
        gone = Order.update(card_state=ABSENT, card_ts=None, card_channel=None, shown_seq=0, card_due_at=now)
        gone.where(Order.id == due.subject.order, Order.card_ts == due.thread).execute()
        return
    old = due.ts if due.is_card else due.thread
    gone = Inquiry.update(card_ts=None, card_channel=None)
    gone.where(Inquiry.id == due.subject.inquiry, Inquiry.card_ts == old).execute()
    card = SlackPost.update(state=DUE, channel=None, ts=None, due_at=now)
    card.where(SlackPost.inquiry == due.subject.inquiry, SlackPost.first_seq == CARD, SlackPost.ts == old).execute()


def _still_that(due: DuePost) -> Expression:
    """The post, unless another process settled it since ours slept past its lease."""
    return (SlackPost.id == due.id) & (SlackPost.ts.is_null() if due.ts is None else SlackPost.ts == due.ts)
