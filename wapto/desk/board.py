"""The bookkeeping of what Slack shows: which card or alert is due, who posts it, and what came of it.

A post is an unknown outcome until Slack has answered, so `posting` is committed before the call. What was left
in `posting` by a process that died is looked for in Slack before it is posted again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import Expression, fn

from wapto.store.database import skip_locked, spelled, transaction
from wapto.store.fields import AT_ONCE, instant_of
from wapto.store.models import Agent, Alert, Number, Order, SlackChannel

ABSENT, POSTING, POSTED = "absent", "posting", "posted"
DUE, DROPPED, UNKNOWN, JOINED = "due", "dropped", "unknown", "joined"

LEASE = timedelta(seconds=60)
_EDIT_PAUSE = timedelta(seconds=1)  # ten quick changes make one or two edits
_MAX_BACKOFF = timedelta(minutes=10)
MAX_ALERT_ATTEMPTS = 8
LATE, LATE_TEAM = "late", "late_team"  # what an alert is about, as `trouble`; None is that the order is theirs
_JOINABLE = (None, LATE, LATE_TEAM)
BURST = timedelta(seconds=5)  # who was told of an order within this time hears of the next ones together


@dataclass(frozen=True)
class DueCard:
    """A card that does not show the newest entry of its order's timeline, taken by this process until `lease`."""

    order_id: int
    number_id: int
    channel: str
    ts: str | None
    state: str
    attempts: int
    lease: datetime
    created_at: datetime


def claim_card(now: datetime) -> DueCard | None:
    """The card that has been due for longest, taken for this process for a minute."""
    lease = now + LEASE
    with transaction():
        candidates = [card for which in _queues(now) if (card := _first_of(which, now))]
        order = min(candidates, key=lambda card: (card.card_due_at, card.id), default=None)
        if order is None:
            return None
        Order.update(card_due_at=lease).where(Order.id == order.id).execute()
        return DueCard(
            order.id,
            order.number_id,
            order.card_channel or order.number.slack_channel,
            order.card_ts,
            order.card_state,
            order.card_attempts,
            lease,
            order.created_at,
        )


def _dirty() -> Expression:
    return Order.shown_seq < Order.last_seq


# Cards that are there already, and those that are not, apart, as their indexes are: thousands of new ones may wait
# for the turn of their channel, and are neither touched nor looked at before it comes.
def _known() -> Expression:
    return _dirty() & (Order.card_state != spelled(ABSENT)[0])


def _missing() -> Expression:
    return _dirty() & (Order.card_state == spelled(ABSENT)[0])


def _queues(now: datetime) -> Iterator[Expression]:
    """The cards that are there, and those missing of the number with an open channel that has waited longest."""
    yield _known()
    open_now = [(due, number) for due, opens, number in _missing_by_number() if due <= now and opens <= now]
    if open_now:
        yield _missing() & (Order.number == min(open_now)[1])


def _missing_by_number() -> list[tuple[datetime, datetime, int]]:
    """For each number that lacks cards: when the first is due, when its channel is open, and the number."""
    first = Order.select(fn.MIN(Order.card_due_at)).where(_missing(), Order.number == Number.id)
    opens = SlackChannel.select(SlackChannel.lease_until).where(SlackChannel.channel == Number.slack_channel)
    rows: Any = Number.select(Number.id, first.alias("due"), opens.alias("opens")).tuples()
    return [(instant_of(due), instant_of(at or AT_ONCE), number) for number, due, at in rows if due is not None]


def _first_of(which: Expression, now: datetime) -> Order | None:
    query = Order.select().where(which, Order.card_due_at <= now).order_by(Order.card_due_at, Order.id)
    card: Order | None = skip_locked(query.limit(1), of=Order).first()
    return card


def redraw_waiting() -> None:
    """The cards of orders that nobody has are drawn anew, though nothing has happened to the orders themselves."""
    waiting = Order.is_open & Order.agent.is_null() & (Order.shown_seq >= Order.last_seq)
    Order.update(shown_seq=Order.last_seq - 1).where(waiting).execute()


def redraw(order_id: int) -> None:
    """The card is drawn anew, though nothing has happened to the order: somebody acted on an older one."""
    with transaction() as tx:
        shown = Order.update(shown_seq=Order.last_seq - 1)
        if shown.where(Order.id == order_id, Order.shown_seq >= Order.last_seq).execute():
            tx.wake("desk")


def next_due() -> datetime | None:
    """When the next card or alert is to be looked at, however far away; None when none is owed."""
    known = Order.select(fn.MIN(Order.card_due_at)).where(_known()).scalar()
    missing = [max(due, opens) for due, opens, _ in _missing_by_number()]
    card = min([*missing, *([known] if known is not None else [])], default=None)
    alert = Alert.select(fn.MIN(Alert.due_at)).join(Order).where(_sendable()).scalar()
    return min((due for due in (card, alert) if due is not None), default=None)


def take_turn(channel: str, pause: timedelta, now: datetime) -> datetime:
    """`now` if this process may post in the channel, and nobody else may during the pause; else when to ask again."""
    with transaction():
        SlackChannel.insert(channel=channel, lease_until=now).on_conflict_ignore().execute()
        turn = SlackChannel.channel == channel
        taken = SlackChannel.update(lease_until=now + pause).where(turn, SlackChannel.lease_until <= now)
        return now if taken.execute() else SlackChannel.get(turn).lease_until


def close_channel(channel: str, until: datetime) -> None:
    """Nobody posts in the channel before: Slack asked for the pause."""
    with transaction():
        SlackChannel.update(lease_until=until).where(SlackChannel.channel == channel).execute()


def begin_card(due: DueCard, now: datetime) -> bool:
    """Commits that the card is about to be posted, so that from here on it may exist; False if it was taken away."""
    with transaction():
        begun = Order.update(card_state=POSTING, card_channel=due.channel, card_due_at=now + LEASE)
        still_ours = (Order.card_state == due.state) & (Order.card_due_at == due.lease)
        return bool(begun.where(Order.id == due.order_id, still_ours).execute())


def card_posted(order_id: int, channel: str, ts: str, seq: int, now: datetime) -> None:
    """The card exists at `ts` and shows the timeline up to `seq`."""
    with transaction() as tx:
        Order.update(card_state=POSTED, card_channel=channel, card_ts=ts).where(Order.id == order_id).execute()
        _shown(order_id, seq, now)
        tx.wake("desk")  # alerts wait for the card, whose link they carry


def card_edited(order_id: int, seq: int, now: datetime) -> None:
    """The card shows the timeline up to `seq`."""
    with transaction():
        _shown(order_id, seq, now)


def _shown(order_id: int, seq: int, now: datetime) -> None:
    """Never backwards: a slower process may report an older state after a newer one."""
    Order.update(card_due_at=now + _EDIT_PAUSE, card_attempts=0, card_problem=None).where(
        Order.id == order_id
    ).execute()
    Order.update(shown_seq=seq).where(Order.id == order_id, Order.shown_seq < seq).execute()


def card_put_off(due: DueCard, state: str, until: datetime) -> None:
    """Not this card's turn yet, which is no failure; `state` is what is known of it."""
    with transaction():
        Order.update(card_state=state, card_due_at=until).where(_still_that(due)).execute()


def card_failed(due: DueCard, state: str, problem: str, now: datetime) -> None:
    """Slack refused; the card is tried again after a growing pause. `state` is what is known of the card now."""
    values = {"card_state": state, "card_problem": problem, "card_attempts": due.attempts + 1}
    if state == ABSENT:
        values |= {"card_ts": None, "card_channel": None}
    with transaction():
        Order.update(**values, card_due_at=now + backoff(due.attempts)).where(_still_that(due)).execute()


def _still_that(due: DueCard) -> Expression:
    """The order, unless its card was posted meanwhile: who slept past their lease knows nothing of that one."""
    return (Order.id == due.order_id) & (Order.card_ts == due.ts)


def backoff(attempts: int) -> timedelta:
    """The pause after so many failures in a row."""
    return min(timedelta(seconds=2 ** min(attempts, 20)), _MAX_BACKOFF)


@dataclass(frozen=True)
class DueAlert:
    """A direct message owed to an agent about an order whose card exists."""

    id: int
    order_id: int
    slack: str
    state: str
    attempts: int
    card_channel: str
    card_ts: str
    created_at: datetime
    message_id: int | None  # of a notice that did not reach the customer; else it is about the assignment
    trouble: str | None
    joined: tuple[int, ...] = ()  # other orders of which the same message tells


def claim_alert(now: datetime) -> DueAlert | None:
    """The alert that has been due for longest, committed as `posting` before anything is sent.

    One that was already `posting` is returned as such: whether it was sent is not known. Of a burst, all that came
    after the first message are in one.
    """
    while True:
        with transaction():
            alert = _first_due(now)
            if alert is None:
                return None
            if not _put_off_burst(alert, now):
                return _claimed(alert, now)


def _first_due(now: datetime) -> Alert | None:
    query = Alert.select(Alert, Order, Agent).join(Order).switch(Alert).join(Agent)
    query = query.where(_sendable(), Alert.due_at <= now).order_by(Alert.due_at, Alert.id)
    alert: Alert | None = skip_locked(query.limit(1), of=Alert).first()
    return alert


def _put_off_burst(alert: Alert, now: datetime) -> bool:
    """Whether the agent was told of such a thing just now, so that this and all others like it wait for a moment."""
    told_at = alert.agent.told_at
    if alert.state != DUE or not _joinable(alert) or told_at is None or not now - BURST < told_at <= now:
        return False
    Alert.update(due_at=told_at + BURST).where(_like(alert), Alert.due_at < told_at + BURST).execute()
    return True


def _joinable(alert: "Alert | DueAlert") -> bool:
    """Whether it is of the kind that comes in bursts, and says little more than which order it is about."""
    return alert.message_id is None and alert.trouble in _JOINABLE


def _like(alert: Alert) -> Expression:
    """Alerts to the same person about the same kind of thing, which nobody has begun to send.

    A sum, so that the index of what is due is taken, and not that of all that a person was ever told.
    """
    same = Alert.trouble.is_null() if alert.trouble is None else Alert.trouble == alert.trouble
    due = Alert.state.in_(spelled(DUE, POSTING)) & (Alert.state == DUE)
    alike: Expression = due & (Alert.agent + 0 == alert.agent_id) & Alert.message.is_null() & same
    return alike


def _claimed(alert: Alert, now: datetime) -> DueAlert:
    if alert.state == DUE and _joinable(alert):
        shown = Order.select(Order.id).where(Order.card_state == POSTED)
        others = _like(alert) & (Alert.id != alert.id) & (Alert.due_at <= now) & Alert.order.in_(shown)
        Alert.update(state=JOINED, joined_id=alert.id).where(others).execute()
    taken = Alert.update(state=POSTING, due_at=now + LEASE, attempts=Alert.attempts + 1)
    taken.where(Alert.id == alert.id).execute()
    joined = Alert.select(Alert.order).where(_joined_to(alert.id)).order_by(Alert.id)
    order: Any = alert.order
    return DueAlert(
        alert.id,
        alert.order_id,
        alert.agent.slack,
        alert.state,
        alert.attempts,
        order.card_channel,
        order.card_ts,
        alert.created_at,
        alert.message_id,
        alert.trouble,
        tuple(row.order_id for row in joined),
    )


def _joined_to(alert_id: int) -> Expression:
    joined: Expression = (Alert.joined_id == alert_id) & (Alert.state == JOINED)
    return joined


def _sendable() -> Expression:
    return Alert.state.in_(spelled(DUE, POSTING)) & (Order.card_state == POSTED)


def alert_posted(due: DueAlert, channel: str, ts: str, now: datetime) -> None:
    """The agent has been told, also of what was joined to it."""
    told = (Alert.id == due.id) | _joined_to(due.id)
    with transaction():
        Alert.update(state=POSTED, channel=channel, ts=ts, problem=None).where(told).execute()
        if _joinable(due):
            Agent.update(told_at=now).where(Agent.slack == due.slack).execute()


def alert_put_off(due: DueAlert, state: str, until: datetime) -> None:
    """Not its turn yet, which is no failed attempt; `state` is what is known of it."""
    with transaction():
        Alert.update(state=state, due_at=until, attempts=due.attempts).where(_still_open(due)).execute()


def alert_failed(due: DueAlert, state: str, problem: str, now: datetime) -> None:
    """It was refused: tried again after a growing pause, and not too often. `state` is what is known of it now."""
    if due.attempts >= MAX_ALERT_ATTEMPTS:
        state = {DUE: DROPPED, POSTING: UNKNOWN}.get(state, state)
    with transaction():
        again_at = now + backoff(due.attempts)
        Alert.update(state=state, problem=problem, due_at=again_at).where(_still_open(due)).execute()
        if state == DROPPED:  # what was joined to it may still be to be told
            Alert.update(state=DUE, joined_id=None).where(_joined_to(due.id)).execute()
        elif state == UNKNOWN:
            Alert.update(state=UNKNOWN, problem=problem).where(_joined_to(due.id)).execute()


def _still_open(due: DueAlert) -> Expression:
    """The alert, unless another process has settled it since ours slept past its lease."""
    return (Alert.id == due.id) & (Alert.state == POSTING)
