"""Shipping fees and discounts: lines beside the items, which the total includes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wapto.desk.approvals import approvals
from wapto.desk.orders import carts, line_items, timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import check_version, decided_again, get_open, update
from wapto.domain import money
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput, Refused
from wapto.store.database import transaction
from wapto.store.models import Adjustment, Order

SHIPPING, DISCOUNT = "shipping", "discount"
KINDS = (SHIPPING, DISCOUNT)


@dataclass(frozen=True)
class Adjusted:
    """What is added to the sum of the items, or below zero taken off it, in minor units."""

    kind: str
    minor: int
    currency: str


def of_order(order_id: int) -> tuple[Adjusted, ...]:
    """The order's fees and discounts, fees first."""
    rows = Adjustment.select().where(Adjustment.order == order_id).order_by(Adjustment.kind.desc())
    return tuple(Adjusted(row.kind, row.amount_minor, row.currency) for row in rows)


def columns(order_id: int, reading: carts.Reading) -> dict[str, Any]:
    """The columns of an order that its items decide, with the total that its fees and discounts leave."""
    items = [(line.quantity, line.unit_minor, line.currency) for line in reading.lines]
    total = money.single_total([*items, *((1, each.minor, each.currency) for each in of_order(order_id))])
    return {
        **reading.columns(),
        "currency": total.currency if total else None,
        "total_minor": total.minor if total else None,
    }


@approvals.asking_a_second
@decided_again
def adjust(
    order_id: int, amounts: Mapping[str, str], *, actor: Actor, now: datetime, version: int | None = None
) -> Order:
    """Sets the fees and discounts that are named, in major units of the order's currency; nothing or 0 takes one away.

    InvalidInput for what is no amount or would leave less than nothing, Refused where no total can be trusted.
    """
    with transaction() as tx:
        order = get_open(order_id, "its total stays as it is")
        check_version(order, version)
        reading = carts.judged(line_items.of_order(order_id), order.note)
        if reading.total is None:
            raise Refused(f"{order_number(order.id)} has no certain total; edit its items first.")
        before = {each.kind: each.minor for each in of_order(order_id)}
        wanted = {kind: _minor(kind, amount, reading.total.currency) for kind, amount in amounts.items()}
        changed = {kind: minor for kind, minor in wanted.items() if minor != before.get(kind, 0)}
        if not changed:
            return order
        total = reading.total.minor + sum((before | wanted).values())
        if total < 0:
            raise InvalidInput("The discount is larger than what the order costs.")
        act = {"verb": "adjust", "amounts": dict(amounts), "version": order.version, "words": _in_words(amounts)}
        approvals.check(order, approvals.CHANGE_PRICE, actor, act)
        update(order, {"total_minor": total}, now)  # first, so that of two at once one waits here and then begins anew
        for kind, minor in changed.items():
            _set(order, kind, minor, reading.total.currency)
            _record(order, kind, before.get(kind, 0), minor, reading.total.currency, actor, now)
        tx.wake("desk")
    return Order.get_by_id(order_id)


def _in_words(amounts: Mapping[str, str]) -> str:
    return ", ".join(f"{kind} {amount or 'none'}" for kind, amount in amounts.items())


def _minor(kind: str, amount: str, currency: str) -> int:
    if kind not in KINDS:
        raise InvalidInput(f"“{kind}” is not possible; choose one of: {', '.join(KINDS)}.")
    minor = money.parse_minor(amount.strip().replace(",", "."), currency) if amount.strip() else 0
    if minor < 0:
        raise InvalidInput("Write the amount without a minus; a discount is taken off by itself.")
    return -minor if kind == DISCOUNT else minor


def _set(order: Order, kind: str, minor: int, currency: str) -> None:
    this = (Adjustment.order == order.id) & (Adjustment.kind == kind)
    if not minor:
        Adjustment.delete().where(this).execute()
        return
    values = {"amount_minor": minor, "currency": currency}
    new = Adjustment.insert(order=order.id, kind=kind, **values)
    new.on_conflict(conflict_target=[Adjustment.order, Adjustment.kind], update=values).execute()


def _record(order: Order, kind: str, before: int, after: int, currency: str, actor: Actor, now: datetime) -> None:
    old, new = (f"{money.to_decimal(abs(minor), currency)} {currency}" if minor else None for minor in (before, after))
    timeline.record(order.id, kind, actor, now, before=old, after=new)
