"""What became of the newest messages and carts, for /metrics: reads a thousand rows, however many there are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from wapto.domain.delivery import STATES
from wapto.meta.errors import lookup
from wapto.store.database import reading
from wapto.store.models import InboxElement, InboxEntry, Message, Order

QUANTILES = ("0.5", "0.9", "0.99")

_MESSAGES, _CARTS = 1_000, 200
_RECENT = timedelta(hours=1)


@dataclass(frozen=True)
class Recent:
    """Of the last hour: messages by state, what Meta refused by (code, remedy), and seconds by (stage, quantile).

    Stages: `taken_in` from the webhook's arrival to its order, `sent` from when a message was due to when Meta sent it,
    `delivered` from there to the customer's phone. A stage of which nothing is known is absent.
    """

    states: dict[str, int]
    refusals: dict[tuple[str, str], int]
    seconds: dict[tuple[str, str], float]


def look(now: datetime) -> Recent:
    """As it is now; at most the newest 1,000 messages and 200 orders count."""
    with reading():
        messages = _messages(now - _RECENT)
        carts = _carts(now - _RECENT)
    states = Counter(each.state for each in messages)
    stages = {
        "taken_in": carts,
        "sent": [(each.next_at, each.sent_at) for each in messages],
        "delivered": [(each.sent_at, each.delivered_at) for each in messages],
    }
    return Recent(
        {state: states[state] for state in STATES},
        dict(Counter(_refusal(each.error_code) for each in messages if each.error_code is not None)),
        {(stage, name): value for stage, pairs in stages.items() for name, value in _cuts(pairs)},
    )


def _messages(since: datetime) -> list[Message]:
    columns = (Message.state, Message.error_code, Message.next_at, Message.sent_at, Message.delivered_at)
    query = Message.select(*columns).where(Message.created_at >= since)
    return list(query.order_by(Message.created_at.desc(), Message.id.desc()).limit(_MESSAGES))


def _carts(since: datetime) -> Any:
    newest: Any = Order.select(Order.source_wamid, Order.created_at).where(Order.created_at >= since)
    newest = newest.order_by(Order.created_at.desc(), Order.id.desc()).limit(_CARTS)
    made = {wamid: at for wamid, at in newest.tuples() if wamid}
    came: Any = InboxElement.select(InboxElement.wamid, InboxEntry.received_at).join(InboxEntry)
    return [(at, made[wamid]) for wamid, at in came.where(InboxElement.wamid.in_(list(made))).tuples()] if made else []


def _refusal(code: int) -> tuple[str, str]:
    return str(code), lookup(code).remedy.value


def _cuts(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> list[tuple[str, float]]:
    """Meta's times are whole seconds, so an end may seem to come before its beginning."""
    times = sorted(max(0.0, (end - begin).total_seconds()) for begin, end in pairs if begin and end)
    return [(name, times[ceil(float(name) * len(times)) - 1]) for name in QUANTILES] if times else []
