"""An order as its timeline tells it: what it was at any time, and proof that its row says the same.

The timeline has who has the order, its status, road, payment, second cart, fees and discounts, parcel and address. Of
the items it has what each change came to, in words. What it does not tell of parcel and address is not compared: of
people who were forgotten, and from before migration 0023.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from peewee import JOIN

from wapto.desk.orders import adjustments, edits, line_items, second_carts
from wapto.domain import lifecycle
from wapto.domain.identity import order_number
from wapto.errors import NotFound
from wapto.store.database import reading
from wapto.store.models import Adjustment, Note, Order, OrderEvent


@dataclass(frozen=True, kw_only=True)
class State:
    """What an order was after the entry `seq`; fees and discounts as the timeline words them, such as 10.00 BRL.

    `facts` has of carrier, tracking_number, tracking_url, eta and address what was told so far.
    """

    seq: int = 0
    at: datetime | None = None
    status: str | None = None
    cancelled_from: str | None = None
    agent_id: int | None = None
    agent: str | None = None
    fulfillment: str = lifecycle.DELIVERY
    payment_status: str = lifecycle.PAYMENTS[0]
    second_cart: str | None = None
    shipping: str | None = None
    discount: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def replay(events: Iterable[OrderEvent]) -> State:
    """The state after these entries, from the first one on."""
    state = State()
    for event in events:
        facts = {**state.facts, **_facts(event)}
        state = replace(state, seq=event.seq, at=event.at, facts=facts, **_change(state, event))
    return state


def _facts(event: OrderEvent) -> Mapping[str, str]:
    return (event.note.facts or {}) if event.note else {}


def _change(state: State, event: OrderEvent) -> dict[str, Any]:
    match event.kind:
        case "received" | "status":
            came_from = state.status if event.after == lifecycle.CANCELLED else None
            return {"status": event.after, "cancelled_from": came_from}
        case "assigned":
            return {"agent_id": event.ids.get("agent"), "agent": event.after}
        case "released" | "handed_back":
            return {"agent_id": None, "agent": None}
        case "fulfillment" | "payment_status" | adjustments.SHIPPING | adjustments.DISCOUNT as kind:
            return {kind: event.after}
        case "second_cart":
            return {"second_cart": second_carts.WAITING}
        case "cart_choice":
            return {"second_cart": event.after}
    return {}


@dataclass(frozen=True)
class Then:
    """An order at a time; `items` in words, None where the timeline does not tell them."""

    number: str
    state: State
    items: str | None


def of_order(order_id: int, at: datetime) -> Then:
    """What the order was at this time; NotFound when it had not come yet."""
    with reading():
        events = _events([order_id])
        now = edits.summary(line_items.of_order(order_id))
    past = [event for event in events if event.at <= at]
    if not past:
        came = f"; it came at {events[0].at:%Y-%m-%d %H:%M:%S} UTC" if events else ""
        raise NotFound(f"{order_number(order_id)} was not there yet{came}.")
    changed = next((event for event in events[len(past) :] if event.kind == "items"), None)
    return Then(order_number(order_id), replay(past), changed.before if changed else now)


def _events(ids: list[int]) -> list[OrderEvent]:
    query = OrderEvent.select(OrderEvent, Note).join(Note, JOIN.LEFT_OUTER, on=OrderEvent.note)
    query = query.where(OrderEvent.order.in_(ids))
    return list(query.order_by(OrderEvent.order, OrderEvent.seq))


def disagreements(orders: list[Order]) -> Iterator[str]:
    """Where the rows of these orders and their timelines differ, a sentence each."""
    ids = [order.id for order in orders]
    events: dict[int, list[OrderEvent]] = {order_id: [] for order_id in ids}
    for event in _events(ids):
        events[event.order_id].append(event)
    added: dict[int, set[str]] = {order_id: set() for order_id in ids}
    for row in Adjustment.select().where(Adjustment.order.in_(ids)):
        added[row.order_id].add(row.kind)
    for order in orders:
        yield from _differences(order, events[order.id], added[order.id])


def _differences(order: Order, events: list[OrderEvent], added: set[str]) -> Iterator[str]:
    number, state = order_number(order.id), replay(events)
    if [event.seq for event in events] != list(range(1, order.last_seq + 1)):
        yield f"{number}: its timeline has gaps, or does not end with entry {order.last_seq}."
    for name in ("status", "cancelled_from", "agent_id", "fulfillment", "payment_status"):
        if getattr(order, name) != getattr(state, name):
            yield f"{number}: {name} is {getattr(order, name)}, and by its timeline {getattr(state, name)}."
    for name, value in state.facts.items():
        if getattr(order, name) != value:
            yield f"{number}: its {name} is not that of its timeline."
    if order.earlier_choice != state.second_cart:
        yield f"{number}: its second cart is {order.earlier_choice}, and by its timeline {state.second_cart}."
    if added != {kind for kind in adjustments.KINDS if getattr(state, kind)}:
        yield f"{number}: its fees and discounts are not those of its timeline."
    if order.status in lifecycle.STATUSES and order.is_open != lifecycle.STATUSES[order.status].is_open:
        yield f"{number}: it is {order.status} and counts as {'open' if order.is_open else 'closed'}."
