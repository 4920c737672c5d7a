"""What became of messages, by template; whose customers were not told; and how often customers ask where it is."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, Case, fn

from wapto.desk.conversations.asking import asks_where
from wapto.desk.orders import search
from wapto.desk.reports.report import Days, Part, Row, Shops, bounds, by_zone, within
from wapto.domain import lifecycle
from wapto.domain.delivery import FAILED, HELD, QUEUED, SENDING, SKIPPED, UNKNOWN
from wapto.store.database import reading
from wapto.store.models import Inbound, Message, Number, Order

TEMPLATE_COLUMNS = (
    "template", "language", "cost_category", "cost_type", "promised", "sent", "delivered", "read", "failed", "unknown",
    "waiting", "skipped",
)  # fmt: skip
UNTOLD_COLUMNS = ("number_id", "shop", "status", "orders")
QUESTION_COLUMNS = (
    "number_id", "shop", "notices", "since", "until", "orders", "questions", "per_100_orders", "change_percent",
)  # fmt: skip

_BEFORE = timedelta(days=28)  # of the time without notices, to compare with
_WORDS = ("text", "button", "interactive")
_OF_WHATSAPP = "wamid."  # begins the id of what WhatsApp brought


def report(days: Days) -> list[Part]:
    """`templates`: messages that were promised on these days, by template and by what Meta charges them as.

    Read ones count as delivered and sent too. `untold`: orders that came in then and whose customers have not heard of
    the status that they are in. `questions`: "where is it?" for each hundred orders, in the four weeks before the
    number told its customers anything, and on these days; not where what was said then is not kept any more.
    `change_percent` is what became of them since: -35 is about a third less.
    """
    with reading():
        everybody = by_zone(days.number)
        return [
            Part("templates", TEMPLATE_COLUMNS, _templates(days, everybody)),
            Part("untold", UNTOLD_COLUMNS, [row for shops in everybody for row in _untold(days, shops)]),
            Part("questions", QUESTION_COLUMNS, [row for shops in everybody for row in _questions(days, shops)]),
        ]


def _templates(days: Days, everybody: list[Shops]) -> list[Row]:
    sums: dict[tuple[Any, ...], Counter[str]] = {}
    for shops in everybody:
        for row in _counted(shops, *bounds(days, shops.zone)):
            sums.setdefault(row[:4], Counter()).update(dict(zip(TEMPLATE_COLUMNS[4:], row[4:], strict=True)))
    by = sorted(sums, key=lambda key: [str(part or "") for part in key])
    return [
        dict(zip(TEMPLATE_COLUMNS, (*key, *(sums[key][name] for name in TEMPLATE_COLUMNS[4:])), strict=True))
        for key in by
    ]


def _counted(shops: Shops, since: datetime, until: datetime) -> Any:
    by = (Message.template, Message.language, Message.price_category, Message.price_type)
    read = Message.read_at.is_null(False)
    delivered = read | Message.delivered_at.is_null(False)
    kinds = (
        delivered | Message.sent_at.is_null(False),
        delivered,
        read,
        Message.state == FAILED,
        Message.state == UNKNOWN,
        Message.state.in_((HELD, QUEUED, SENDING)),
        Message.state == SKIPPED,
    )
    counts = (fn.SUM(Case(None, ((kind, 1),), 0)) for kind in kinds)
    query = Message.select(*by, fn.COUNT(Message.id), *counts).where(within(Message.created_at, since, until))
    query = query if shops.are_all else query.where(shops.condition(Message.number))
    return query.group_by(*by).tuples()


def _untold(days: Days, shops: Shops) -> Iterator[Row]:
    came_in = within(Order.created_at, *bounds(days, shops.zone)) & shops.condition(Order.number)
    query = Order.select(Order.number, Order.status, fn.COUNT(Order.id)).where(Order.id.in_(search.untold()), came_in)
    counted: Any = query.group_by(Order.number, Order.status).tuples()
    for number_id, status, orders in sorted(counted):
        yield dict(zip(UNTOLD_COLUMNS, (*_named(shops.numbers[number_id]), status, orders), strict=True))


def _questions(days: Days, shops: Shops) -> Iterator[Row]:
    since, until = bounds(days, shops.zone)
    for number in shops.numbers.values():
        told_since = _told_since(number)
        if told_since is not None and told_since < until:
            before = _asked(number, "before", told_since - _BEFORE, told_since)
            yield before
            yield _compared(_asked(number, "after", max(since, told_since), until), before)
        else:
            yield _asked(number, "before", since, until)


def _told_since(number: Number) -> datetime | None:
    """When the number's first notice of a status was promised."""
    notices = Message.select(Message.created_at).where(
        Message.number == number, Message.trigger.in_(tuple(lifecycle.STATUSES))
    )
    first: datetime | None = notices.order_by(Message.id).limit(1).scalar()
    return first


def _asked(number: Number, notices: str, since: datetime, until: datetime) -> Row:
    orders = Order.select().where(within(Order.created_at, since, until), Order.number + 0 == number.id).count()
    asked = sum(map(asks_where, _said(number, since, until))) if _is_kept(number, since, until) else None
    per_100 = f"{100 * asked / orders:.1f}" if orders and asked is not None else None
    values = (*_named(number), notices, since, until, orders, asked, per_100, None)
    return dict(zip(QUESTION_COLUMNS, values, strict=True))


def _is_kept(number: Number, since: datetime, until: datetime) -> bool:
    """Whether all that was said then is still there: retention removes the oldest first, the first cart among it."""
    carts = Order.select(Inbound.id).join(Inbound, JOIN.LEFT_OUTER, on=Inbound.wamid == Order.source_wamid)
    carts = carts.where(within(Order.created_at, since, until), Order.number + 0 == number.id)
    first: Any = carts.where(Order.source_wamid.startswith(_OF_WHATSAPP)).order_by(Order.created_at, Order.id)
    return all(inbound is not None for (inbound,) in first.limit(1).tuples())


def _compared(after: Row, before: Row) -> Row:
    now, then = after["per_100_orders"], before["per_100_orders"]
    if now is None or then is None or not float(then):
        return after
    return after | {"change_percent": round(100 * (float(now) / float(then) - 1))}


def _said(number: Number, since: datetime, until: datetime) -> Iterator[str]:
    """What customers wrote or tapped, one by one; what was forgotten since asks nothing."""
    query = Inbound.select(Inbound.text).where(
        within(Inbound.received_at, since, until),
        Inbound.number + 0 == number.id,
        Inbound.kind.in_(_WORDS),
        Inbound.text.is_null(False),
    )
    for (text,) in query.tuples().iterator():
        yield text


def _named(number: Number) -> tuple[str, str]:
    return number.phone_number_id, number.name
