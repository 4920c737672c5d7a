"""The bookkeeping of what Slack shows: which card or alert is due, who posts it, and what came of it.

A post is an unknown outcome until Slack has answered, so `posting` is committed before the call. What was left
in `posting` by a process that died is looked for in Slack before it is posted again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wapto.store.database import skip_locked, transaction
from wapto.store.models import Agent, Alert, Number, Order, SlackChannel

ABSENT, POSTING, POSTED = "absent", "posting", "posted"
DUE, DROPPED = "due", "dropped"

LEASE = timedelta(seconds=60)
_EDIT_LEASE = timedelta(seconds=30)
_EDIT_PAUSE = timedelta(seconds=1)  # ten quick changes make one or two edits
_MAX_BACKOFF = timedelta(minutes=10)
MAX_ALERT_ATTEMPTS = 8


@dataclass(frozen=True)
class DueCard:
    """A card that does not show the newest entry of its order's timeline."""

    order_id: int
    channel: str
    ts: str | None
    state: str
    attempts: int


def claim_cards(limit: int, now: datetime) -> list[DueCard]:
    """Cards to bring up to date, longest due first, each taken for this process for half a minute."""
    dirty = (Order.shown_seq < Order.last_seq) & (Order.card_due_at <= now)
    with transaction():
        query = Order.select().where(dirty).order_by(Order.card_due_at, Order.id).limit(limit)
        orders = list(skip_locked(query, of=Order))
        ids = [order.id for order in orders]
        Order.update(card_due_at=now + _EDIT_LEASE).where(Order.id.in_(ids)).execute()
    numbers = {number.id: number for number in Number.select().where(Number.id.in_({o.number_id for o in orders}))}
    return [
        DueCard(
            order.id,
            order.card_channel or numbers[order.number_id].slack_channel,
            order.card_ts,
            order.card_state,
            order.card_attempts,
        )
        for order in orders
    ]


def take_turn(channel: str, seconds: float, now: datetime) -> bool:
    """Whether this process may post in the channel now; nobody else may for so many seconds."""
    until = now + timedelta(seconds=seconds)
    with transaction():
        SlackChannel.insert(channel=channel, lease_until=now).on_conflict_ignore().execute()
        free = SlackChannel.update(lease_until=until).where(
            SlackChannel.channel == channel, SlackChannel.lease_until <= now
        )
        return bool(free.execute())


def begin_card(order_id: int, channel: str, now: datetime) -> None:
    """Commits that a card is about to be posted: from here on it may exist."""
    with transaction():
        Order.update(card_state=POSTING, card_channel=channel, card_due_at=now + LEASE).where(
            Order.id == order_id
        ).execute()


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


def card_put_off(order_id: int, until: datetime) -> None:
    """Not this card's turn yet."""
    with transaction():
        Order.update(card_due_at=until).where(Order.id == order_id).execute()


def card_failed(order_id: int, state: str, problem: str, attempts: int, now: datetime) -> None:
    """Slack refused; the card is tried again after a growing pause. `state` is what is known of the card now."""
    with transaction():
        values = {"card_state": state, "card_problem": problem, "card_attempts": attempts + 1}
        if state == ABSENT:
            values |= {"card_ts": None, "card_channel": None}
        Order.update(**values, card_due_at=now + backoff(attempts)).where(Order.id == order_id).execute()


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


def claim_alerts(limit: int, now: datetime) -> list[DueAlert]:
    """Alerts to send, oldest first, each committed as `posting` before anything is sent.

    One that was already `posting` is returned as such: whether it was sent is not known.
    """
    ready = (Alert.due_at <= now) & Alert.state.in_((DUE, POSTING)) & (Order.card_state == POSTED)
    with transaction():
        query = Alert.select(Alert, Order, Agent).join(Order).switch(Alert).join(Agent).where(ready)
        alerts = list(skip_locked(query.order_by(Alert.due_at, Alert.id).limit(limit), of=Alert))
        Alert.update(state=POSTING, due_at=now + LEASE, attempts=Alert.attempts + 1).where(
            Alert.id.in_([alert.id for alert in alerts])
        ).execute()
    return [
        DueAlert(a.id, a.order_id, a.agent.slack, a.state, a.attempts, a.order.card_channel, a.order.card_ts)
        for a in alerts
    ]


def alert_posted(alert_id: int, channel: str, ts: str) -> None:
    """The agent has been told."""
    with transaction():
        Alert.update(state=POSTED, channel=channel, ts=ts, problem=None).where(Alert.id == alert_id).execute()


def alert_failed(alert_id: int, problem: str, attempts: int, now: datetime, *, again: bool) -> None:
    """Slack refused for sure: tried again after a pause while `again` and not too often, else dropped."""
    state = DUE if again and attempts < MAX_ALERT_ATTEMPTS else DROPPED
    with transaction():
        Alert.update(state=state, problem=problem, due_at=now + backoff(attempts)).where(Alert.id == alert_id).execute()
