"""A second cart of a customer whose order has not been begun: it may belong to that order, and an agent decides.

The earlier order survives with its number, its agent and what the customer was told; the later one is closed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wapto.desk.orders import adjustments, carts, line_items, timeline
from wapto.desk.orders.timeline import CUSTOMER, Actor
from wapto.desk.orders.versions import beaten, decided_again, get, update, was_last
from wapto.domain import lifecycle
from wapto.domain.decisions import APART, MERGE, OF_CARTS, REPLACE
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput, Refused
from wapto.store.batches import Prepared
from wapto.store.database import spelled, transaction
from wapto.store.models import Order

WAITING = "waiting"
JOINED = {MERGE: "was merged into", REPLACE: "took the place of the items of"}

_CHOICE = "cart_choice"


def notice(new: Sequence[Order], now: datetime) -> None:
    """Ties each new order of a number to the customer's newest one that was not begun yet, within the number's time.

    Runs in the transaction that took the carts in and holds their number, so that of two at once one is the second.
    """
    number = new[0].number
    since = now - timedelta(minutes=number.second_cart_minutes)
    not_begun: dict[int, list[int]] = {}
    for order in _open.models(Order, sorted({order.customer_id for order in new})):
        if order.status in lifecycle.NOT_BEGUN and order.number_id == number.id and order.created_at > since:
            not_begun.setdefault(order.customer_id, []).append(order.id)
    for order in new:
        earlier = [one for one in not_begun.get(order.customer_id, ()) if one < order.id]
        if earlier:
            _tie(order, earlier[-1], now)


_open = Prepared(
    # No more is asked for, or SQLite takes another index than the customer's.
    lambda ids: (
        Order.select(Order.id, Order.customer, Order.number, Order.status, Order.created_at)
        .where(Order.customer.in_(ids), Order.is_open)
        .order_by(Order.id)
    )
)


def _tie(order: Order, earlier_id: int, now: datetime) -> None:
    timeline.record(earlier_id, "newer_cart", CUSTOMER, now, after=order_number(order.id), ids={"order": order.id})
    _wait_for(order.id, earlier_id, CUSTOMER, now)


def _wait_for(order_id: int, earlier_id: int, actor: Actor, now: datetime) -> None:
    Order.update(earlier=earlier_id, earlier_choice=WAITING).where(Order.id == order_id).execute()
    timeline.record(order_id, "second_cart", actor, now, after=order_number(earlier_id), ids={"order": earlier_id})


@decided_again
def settle(order_id: int, choice: str, *, actor: Actor, now: datetime) -> Order:
    """Decides what a second cart is; returns the order that goes on.

    `merge` adds its items to the earlier order, `replace` puts them in place of that one's items, `apart` leaves two
    orders. Merged or replaced, the later order is closed and its customer is not told of a cancellation. Conflict,
    saying who was faster, when it is decided already; the second click of a double click changes nothing.
    """
    if choice not in OF_CARTS:
        raise InvalidInput(f"“{choice}” is not possible; choose one of: {', '.join(OF_CARTS)}.")
    with transaction() as tx:
        order = _second(order_id)
        if order.earlier_choice != WAITING:
            if was_last(order, _CHOICE, actor, choice):
                return _surviving(order)
            raise beaten(order, _CHOICE)
        if choice in JOINED:
            _join(order, order.earlier, choice, actor, now)
        else:
            update(order, {"earlier_choice": APART}, now)
            _decided(order.id, APART, actor, now)
        tx.wake("desk")
    return _surviving(_second(order_id))


def _second(order_id: int) -> Order:
    order = get(order_id)
    if order.earlier_id is None:
        raise Refused(f"{order_number(order.id)} is no second cart: there is nothing to decide.")
    return order


def _surviving(order: Order) -> Order:
    return Order.get_by_id(order.earlier_id if order.earlier_choice in JOINED else order.id)


def _join(later: Order, earlier: Order, choice: str, actor: Actor, now: datetime) -> None:
    """The earlier row is always written first, so that two people never wait for each other in a circle."""
    items = line_items.of_order(later.id)
    if choice == MERGE:
        reading = carts.join(line_items.of_order(earlier.id), items, _both_notes(earlier.note, later.note))
    else:
        reading = carts.judged(items, later.note or earlier.note)
    columns = adjustments.columns(earlier.id, reading)
    _check_adjustments(later, earlier, columns["total_minor"])
    update(earlier, columns, now)
    line_items.replace(earlier.id, reading.lines)
    timeline.record(earlier.id, "joined", actor, now, after=order_number(later.id), ids={"choice": choice})
    _close(later, earlier, choice, actor, now)
    for waiting in waiting_for(later.id):
        _wait_for(waiting.id, earlier.id, actor, now)


def _check_adjustments(later: Order, earlier: Order, total: int | None) -> None:
    """Fees and discounts were agreed for one order: they are neither carried over nor lost without a word."""
    if adjustments.of_order(later.id):
        raise Refused(f"{order_number(later.id)} has a fee or discount of its own; take that away first.")
    if total is not None and total < 0:
        number = order_number(earlier.id)
        raise Refused(f"The discount of {number} is larger than what it would cost then; change it first.")


def _both_notes(first: str, second: str) -> str:
    return "\n\n".join(dict.fromkeys(note for note in (first, second) if note))


def _close(later: Order, earlier: Order, choice: str, actor: Actor, now: datetime) -> None:
    values = {"status": lifecycle.CANCELLED, "is_open": False, "cancelled_from": later.status}
    update(later, {**values, "earlier_choice": choice}, now)
    words = f"It {JOINED[choice]} {order_number(earlier.id)}."
    timeline.record(later.id, "status", actor, now, before=later.status, after=lifecycle.CANCELLED, text=words)
    _decided(later.id, choice, actor, now)


def _decided(order_id: int, choice: str, actor: Actor, now: datetime) -> None:
    timeline.record(order_id, _CHOICE, actor, now, before=WAITING, after=choice)


def waiting_for(order_id: int) -> list[Order]:
    """The carts of which nobody has said yet whether they belong to this order."""
    waiting = (Order.earlier == order_id) & (Order.earlier_choice == spelled(WAITING)[0])
    return list(Order.select().where(waiting).order_by(Order.id))


def moved_on(order: Order, target: str, actor: Actor, now: datetime) -> None:
    """Nothing is left to decide once work on either order begins, or ends: they stay apart. In the caller's change."""
    if target in lifecycle.NOT_BEGUN:
        return
    own = [order] if order.earlier_choice == WAITING else []
    for waiting in [*own, *waiting_for(order.id)]:
        Order.update(earlier_choice=APART).where(Order.id == waiting.id).execute()
        _decided(waiting.id, APART, actor, now)


def check_own(order: Order) -> None:
    """Refused for an order whose items belong to another one by now: there is nothing of its own to work on."""
    if order.earlier_id and order.earlier_choice in JOINED:
        words = f"{order_number(order.id)} {JOINED[order.earlier_choice]} {order_number(order.earlier_id)}"
        raise Refused(f"{words}; go on there.")
