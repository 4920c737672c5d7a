"""Changing an order that others may be changing too: whoever was faster is named to whoever was not."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec

from wapto.desk.orders import timeline
from wapto.domain import lifecycle
from wapto.domain.identity import order_number
from wapto.errors import Conflict, NotFound, Refused
from wapto.store.models import Order

_TRIES = 5

P = ParamSpec("P")

# The kinds of entries that move an order's version, and what each says of the one who was faster.
_CHANGES: dict[str, Callable[[timeline.Entry], str]] = {
    "status": lambda entry: f"to {lifecycle.label(entry.after or '')}",
    "assigned": lambda entry: f"assigned to {entry.after}",
    "released": lambda _: "released",
    "handed_back": lambda entry: f"taken back from {entry.before}",
    "fulfillment": lambda entry: f"to {entry.after}",
    "payment_status": lambda entry: f"to {entry.after}",
    "cart_choice": lambda entry: f"second cart: {entry.after}",
    "items": lambda _: "other items",
    "tracking": lambda entry: f"tracking {entry.after}",
    "price_honored": lambda entry: f"price kept, {entry.before}",
    "price_changed": lambda entry: f"price changed to {entry.after}",
    "stock_kept": lambda entry: f"kept, {entry.before}",
    "stock_cut": lambda entry: f"only what is left, {entry.after} of {entry.before}",
    "stock_declined": lambda entry: f"taken out, {entry.before}",
    "line_declined": lambda entry: f"taken out, {entry.before}",
    "flags_accepted": lambda _: "marks found right",
    "joined": lambda entry: f"with the items of {entry.after}",
    "shipping": lambda entry: f"shipping fee {entry.after or 'taken away'}",
    "discount": lambda entry: f"discount {entry.after or 'taken away'}",
}


class _Overtaken(Exception):
    """The order changed between our look at it and our update."""


def decided_again(verb: Callable[P, Order]) -> Callable[P, Order]:
    """Runs a verb anew when somebody changed the order in between: it is refused only if what it rests on moved."""

    @wraps(verb)
    def decide(*args: P.args, **kwargs: P.kwargs) -> Order:
        for _ in range(_TRIES):
            try:
                return verb(*args, **kwargs)
            except _Overtaken:
                continue
        raise Conflict("The order keeps changing at this moment; look at it again.")

    return decide


def get(order_id: int) -> Order:
    """The order with this id; NotFound otherwise."""
    order = Order.get_or_none(Order.id == order_id)
    if order is None:
        raise NotFound("That order does not exist.")
    return order


def get_open(order_id: int, consequence: str) -> Order:
    """The same, Refused when it is closed: `consequence` says what stays as it is."""
    order = get(order_id)
    if not order.is_open:
        raise Refused(f"{order_number(order.id)} is {lifecycle.label(order.status)}; {consequence}.")
    return order


def update(order: Order, values: dict[str, Any], now: datetime) -> None:
    """The guarded update: it names the version that was read, and zero rows mean that somebody was faster.

    Only inside a verb that is `decided_again`.
    """
    moved = Order.update(**values, version=Order.version + 1, updated_at=now)
    if not moved.where(Order.id == order.id, Order.version == order.version).execute():
        raise _Overtaken


def check_version(order: Order, version: int | None) -> None:
    """Conflict, saying who was faster, unless the order still has the version that somebody saw; None is any."""
    if version not in (None, order.version):
        raise beaten(order, *_CHANGES)


def was_last(order: Order, kind: str, actor: timeline.Actor, after: str) -> bool:
    """Whether the newest change of this kind was this very one, by the same person."""
    entry = timeline.latest(order.id, (kind,))
    return entry is not None and (entry.actor, entry.after) == (actor.name, after)


def beaten(order: Order, *kinds: str) -> Conflict:
    """Who was faster, with what, and when: the newest change of these kinds."""
    number = order_number(order.id)
    winner = timeline.latest(order.id, kinds)
    if winner is None:
        return Conflict(f"{number} has changed; look at it again.")
    what, when = _CHANGES[winner.kind](winner), winner.at.strftime("%H:%M:%S UTC")
    return Conflict(f"{number} was already changed: {winner.actor} ({what}, {when}). Look at it again.")
