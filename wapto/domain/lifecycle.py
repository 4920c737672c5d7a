"""The lifecycle of an order as data: statuses, roads and the moves between them.

All other code asks this table; none compares status names.
"""

import re
from dataclasses import dataclass

from wapto.domain.nearest import meant
from wapto.domain.text import quoted
from wapto.errors import InvalidInput, Refused

RECEIVED, PENDING, CONFIRMED, PROCESSING = "received", "pending", "confirmed", "processing"
SHIPPED, OUT_FOR_DELIVERY, READY_FOR_PICKUP = "shipped", "out_for_delivery", "ready_for_pickup"
DELIVERED, CANCELLED, RETURNED = "delivered", "cancelled", "returned"

DELIVERY, PICKUP = "delivery", "pickup"
ROADS = {
    DELIVERY: (RECEIVED, PENDING, CONFIRMED, PROCESSING, SHIPPED, OUT_FOR_DELIVERY, DELIVERED),
    PICKUP: (RECEIVED, PENDING, CONFIRMED, PROCESSING, READY_FOR_PICKUP, DELIVERED),
}
PAYMENTS = ("unpaid", "paid", "refunded")


@dataclass(frozen=True)
class Status:
    """One status: its slug, its label for people, the words of the button that leads to it."""

    slug: str
    label: str
    verb: str
    is_open: bool = True


STATUSES = {
    status.slug: status
    for status in (
        Status(RECEIVED, "Received", "Mark received"),
        Status(PENDING, "Pending", "Mark pending"),
        Status(CONFIRMED, "Confirmed", "Confirm"),
        Status(PROCESSING, "Processing", "Start processing"),
        Status(SHIPPED, "Shipped", "Mark shipped"),
        Status(OUT_FOR_DELIVERY, "Out for delivery", "Out for delivery"),
        Status(READY_FOR_PICKUP, "Ready for pickup", "Ready for pickup"),
        Status(DELIVERED, "Delivered", "Mark delivered", is_open=False),
        Status(CANCELLED, "Cancelled", "Cancel order", is_open=False),
        Status(RETURNED, "Returned", "Mark returned", is_open=False),
    )
}
UNPAID_ENDS = (CANCELLED, RETURNED)  # nothing was earned by these
NOT_BEGUN = (RECEIVED, PENDING)  # nobody has promised anything yet, so the cart may still change
OPEN = tuple(slug for slug, status in STATUSES.items() if status.is_open)

# The one step of the primary button that is not simply the next on the road: pending is a detour, set by hand.
_SKIPPED_BY_BUTTON = {PENDING}


@dataclass(frozen=True)
class Move:
    """An allowed change of status, and what the person has to say with it."""

    source: str
    target: str
    needs_reason: bool


def _moves_of(road: tuple[str, ...]) -> dict[tuple[str, str], Move]:
    moves = {}
    for position, source in enumerate(road):
        for target in road[position + 1 :]:
            moves[source, target] = Move(source, target, needs_reason=False)
        if position:
            moves[source, road[position - 1]] = Move(source, road[position - 1], needs_reason=True)
    for source in OPEN:
        # Also on the other road: the way out for an order that was too far along when its fulfillment changed.
        moves[source, CANCELLED] = Move(source, CANCELLED, needs_reason=True)
    moves[DELIVERED, RETURNED] = Move(DELIVERED, RETURNED, needs_reason=True)
    return moves


MOVES = {fulfillment: _moves_of(road) for fulfillment, road in ROADS.items()}


def moves_from(status: str, fulfillment: str, cancelled_from: str | None = None) -> list[Move]:
    """All moves allowed now, forward ones first in the order of the road.

    `cancelled_from` is the status a cancelled order came from: the only one it can be reopened to, if it lies on
    the order's road.
    """
    if status == CANCELLED:
        if cancelled_from is None or cancelled_from not in ROADS[fulfillment]:
            return []
        return [Move(CANCELLED, cancelled_from, needs_reason=True)]
    return [move for (source, _), move in MOVES[fulfillment].items() if source == status]


def next_step(status: str, fulfillment: str) -> str | None:
    """The status that the card's primary button leads to; None at the end of the road."""
    road = ROADS[fulfillment]
    if status not in road or status == road[-1]:
        return None
    return next(slug for slug in road[road.index(status) + 1 :] if slug not in _SKIPPED_BY_BUTTON)


def is_up_to(status: str, limit: str) -> bool:
    """Whether an order in this status has not gone beyond the limit."""
    return list(STATUSES).index(status) <= list(STATUSES).index(limit)


def check_move(
    status: str, target: str, fulfillment: str, *, reason: str | None, cancelled_from: str | None = None
) -> Move:
    """The move from `status` to `target`, or Refused with a sentence that says what is possible instead."""
    allowed = {move.target: move for move in moves_from(status, fulfillment, cancelled_from)}
    if target == status:
        raise Refused(f"The order is already {label(status)}.")
    if target not in allowed:
        choices = ", ".join(label(slug) for slug in allowed)
        hint = f"From here it can become: {choices}." if choices else "Nothing can follow."
        raise Refused(f"A {fulfillment} order that is {label(status)} cannot become {label(target)}. {hint}")
    move = allowed[target]
    if move.needs_reason and not (reason or "").strip():
        raise InvalidInput(f"Changing {label(status)} to {label(target)} needs a reason.")
    return move


def plain(words: str) -> str:
    """Words as names of statuses are compared: lower case, a single space between them, nothing around them."""
    return re.sub(r"[\s_\-]+", " ", words).strip(" .,:;\"'").lower()


NAMES = {plain(name): status.slug for status in STATUSES.values() for name in (status.slug, status.label)}


def slug_of(typed: str) -> str:
    """The status that somebody typed, by slug or label in any case; InvalidInput with all slugs when it is none."""
    return NAMES.get(plain(typed)) or status_of(typed).slug


def label(slug: str) -> str:
    """The status as people read it; InvalidInput with all slugs when there is no such status."""
    return status_of(slug).label


def status_of(slug: str) -> Status:
    """The status with this slug; InvalidInput with all slugs when there is none."""
    try:
        return STATUSES[slug]
    except KeyError:
        known = f"Statuses are: {', '.join(STATUSES)}.{meant(slug, STATUSES)}"
        raise InvalidInput(f"There is no status {quoted(slug)}. {known}") from None
