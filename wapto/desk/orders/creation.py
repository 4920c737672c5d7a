"""Carts become orders: those of one number that are worked on together, with a few statements for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wapto.desk.assignment import assignment, late, queue, rules
from wapto.desk.assignment.assignment import Picked
from wapto.desk.assignment.rules import Asked
from wapto.desk.catalog import catalog
from wapto.desk.catalog import sync as catalog_sync
from wapto.desk.conversations import replies
from wapto.desk.notices import notices
from wapto.desk.orders import carts, line_items, second_carts, timeline
from wapto.desk.orders.timeline import Beginning
from wapto.domain import lifecycle
from wapto.store.batches import Prepared, insert_rows
from wapto.store.database import Transaction
from wapto.store.models import Agent, Customer, Number, Order


@dataclass(frozen=True)
class NewCart:
    """A cart as it was understood, from whom it came, and the message that brought it: its id, and when it was sent.

    What an agent made has no such time.
    """

    customer: Customer
    wamid: str
    reading: carts.Reading
    sent_at: datetime | None = None


def create_from_carts(tx: Transaction, number: Number, given: Sequence[NewCart], now: datetime) -> list[Order | None]:
    """Each cart becomes an order, with its agent and the promise to tell the customer; None if it already did.

    Runs in the caller's transaction, which holds the number.
    """
    new = _insert(number, _unseen(given), now)
    _add_lines(tx, number, new, now)
    orders = [order for order, _ in new]
    _begin_timelines(orders, now)
    late.promise_all(orders, now)
    notices.promise_all(orders, lifecycle.RECEIVED, now, writing=_writing(new, now))
    queue.tell_of(tx, number, orders, now)
    if orders:
        second_carts.notice(orders, now)
        tx.wake("desk")
        tx.wake("outbox")
    made = {order.source_wamid: order for order in orders}
    return [made.pop(cart.wamid, None) for cart in given]


def _writing(new: Sequence[tuple[Order, NewCart]], now: datetime) -> set[int]:
    """The customers who open the customer service window by these very carts."""
    return {cart.customer.id for _, cart in new if cart.sent_at and replies.keeps_open(cart.sent_at, now)}


_seen = Prepared(lambda wamids: Order.select(Order.source_wamid).where(Order.source_wamid.in_(wamids)))


def _unseen(given: Sequence[NewCart]) -> list[NewCart]:
    """A look that only spares the turns of agents: what is seen is decided by the unique id when it is inserted."""
    seen = {wamid for (wamid,) in _seen.rows([cart.wamid for cart in given])}
    first = {cart.wamid: cart for cart in reversed(given)}
    return [cart for cart in given if cart is first[cart.wamid] and cart.wamid not in seen]


def _insert(number: Number, given: Sequence[NewCart], now: datetime) -> list[tuple[Order, NewCart]]:
    agents = assignment.pick(number, rules.wishes(number, [_asked(cart) for cart in given]))
    orders = [_order(number, cart, picked, now) for cart, picked in zip(given, agents, strict=True)]
    ids = dict(
        insert_rows(Order, [order.__data__ for order in orders], returning=("source_wamid", "id"), skipping=True)
    )
    new = [(order, cart) for order, cart in zip(orders, given, strict=True) if cart.wamid in ids]
    for order, cart in new:
        order.id = ids[cart.wamid]
    return new


def _asked(cart: NewCart) -> Asked:
    return Asked(cart.customer, tuple(line.sku for line in cart.reading.lines), cart.reading.total)


def _add_lines(tx: Transaction, number: Number, new: Sequence[tuple[Order, NewCart]], now: datetime) -> None:
    """With the names of the catalog, which is read again when it lacks one that it should have."""
    named = catalog.name_carts(number, [(cart.reading.lines, cart.reading.catalog) for _, cart in new], now)
    line_items.add_all([(order.id, lines) for (order, _), lines in zip(new, named, strict=True)])
    if number.catalog and any(catalog.is_unknown(line) for lines in named for line in lines):
        catalog_sync.want(tx, number.catalog, now)


def _order(number: Number, cart: NewCart, picked: Picked, now: datetime) -> Order:
    agent, reason = picked
    return Order(
        number=number,
        customer=cart.customer,
        source_wamid=cart.wamid,
        status=lifecycle.RECEIVED,
        is_open=True,
        last_seq=2 if agent else 1,  # its first entries, see _begin_timelines
        agent=agent,
        assignment_reason=reason,
        waits=agent is None and reason is not None,
        fulfillment=lifecycle.DELIVERY,
        payment_status=lifecycle.PAYMENTS[0],
        **cart.reading.columns(),
        created_at=now,
        updated_at=now,
        card_state="absent",
        card_due_at=now,
    )


def _begin_timelines(orders: Sequence[Order], now: datetime) -> None:
    taken = [(order, agent) for order in orders if (agent := order.agent)]
    received = [Beginning(order.id, 1, "received", timeline.CUSTOMER, lifecycle.RECEIVED, {}) for order in orders]
    timeline.record_beginnings(received + [_assigned(*each) for each in taken], now)
    assignment.alert_all([(order.id, agent.id, 2) for order, agent in taken], now)


def _assigned(order: Order, agent: Agent) -> Beginning:
    ids: dict[str, Any] = {"agent": agent.id, "reason": order.assignment_reason}
    return Beginning(order.id, 2, "assigned", assignment.WAPTO, agent.name, ids)
