"""What can be done with an order. Each verb is one transaction, called alike by every door."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from wapto.desk.approvals import approvals
from wapto.desk.assignment import assignment, late
from wapto.desk.intake.routing import hold
from wapto.desk.notices import notices
from wapto.desk.orders import carts, second_carts, timeline
from wapto.desk.orders.creation import NewCart, create_from_carts
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import beaten, check_version, decided_again, get, update, was_last
from wapto.desk.stock import stock
from wapto.desk.surveys import surveys
from wapto.domain import lifecycle
from wapto.domain.identity import order_id_of, order_number
from wapto.domain.text import clean, flatten, quoted
from wapto.errors import InvalidInput, NotFound, Refused
from wapto.store.database import transaction
from wapto.store.models import Agent, Customer, Number, Order

MAX_NOTE, MAX_DETAIL = 3_000, 500


class Unchanged:
    """The type of ANY: no expectation of what the order was when the person looked at it."""


ANY = Unchanged()


@dataclass(frozen=True)
class Tracking:
    """How a parcel can be followed; what is None or empty stays as it was."""

    carrier: str | None = None
    number: str | None = None
    url: str | None = None
    eta: date | None = None

    def __post_init__(self) -> None:
        if self.url and not re.fullmatch(r"https?://\S+", self.url.strip()):
            raise InvalidInput("The tracking link must be one address that starts with https:// or http://.")
        if any(len(text) > MAX_DETAIL for text in (self.carrier, self.number, self.url) if text):
            raise InvalidInput(f"Carrier, tracking number and link may have {MAX_DETAIL} characters each.")


def find(text: str) -> Order:
    """The order with this number, in any case, with or without its prefix; NotFound otherwise."""
    order_id = order_id_of(text)
    order = Order.get_or_none(Order.id == order_id) if order_id is not None else None
    if order is None:
        raise NotFound(f"There is no order {quoted(text)}.")
    return order


def create(
    number: Number, customer: Customer, reading: carts.Reading, *, actor: Actor, now: datetime, key: str
) -> Order:
    """An order that somebody of the team makes for a customer, who is told as for a cart; one for each `key`."""
    source = f"by-hand:{key}"
    with transaction() as tx:
        held = hold(number.id)
        [made] = create_from_carts(tx, held, [NewCart(customer, source, reading)], now)
        if made is None:
            return Order.get(Order.source_wamid == source)
        timeline.record(made.id, "created", actor, now)
    return get(made.id)


@approvals.asking_a_second
@decided_again
def change_status(
    order_id: int,
    target: str,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
    tracking: Tracking | None = None,
    seen_status: str | None = None,
    version: int | None = None,
) -> Order:
    """Moves an order along its lifecycle and promises the customer to be told, all in one transaction.

    `seen_status` is the status a click was drawn for, `version` the one a form was opened with: Conflict,
    saying who was faster, if that has moved since. The second click of a double click changes nothing.
    Refused or InvalidInput if the lifecycle forbids it.
    """
    target, words = lifecycle.status_of(target).slug, _words(reason or "", "reason")
    with transaction() as tx:
        order = get(order_id)
        check_version(order, version)
        if seen_status not in (None, order.status):
            if was_last(order, "status", actor, target):
                return order  # a double click
            raise beaten(order, "status")
        second_carts.check_own(order)
        lifecycle.check_move(order.status, target, order.fulfillment, reason=words, cancelled_from=order.cancelled_from)
        if target == lifecycle.CANCELLED and _was_paid(order):
            act = {"verb": "cancel", "target": target, "reason": words}
            approvals.check(order, approvals.CANCEL_PAID, actor, act, words)
        parcel = tracking_values(tracking)
        update(order, _status_values(order, target) | parcel, now)
        by = {"by": actor.agent_id} if actor.agent_id else {}
        moved = {"before": order.status, "after": target, "text": words}
        timeline.record(order_id, "status", actor, now, **moved, ids=by, facts=parcel)
        second_carts.moved_on(order, target, actor, now)
        changed = get(order_id)
        stock.follow(tx, changed, order.status, now)
        late.promise(changed, now)
        notices.promise(changed, target, now, reason=words or None)
        if target == lifecycle.DELIVERED:
            surveys.plan(changed, actor, now)
        tx.wake("desk")
        tx.wake("outbox")
    return changed


def _was_paid(order: Order) -> bool:
    """Ever: that somebody has set it to unpaid since makes no difference."""
    paid = timeline.latest(order.id, ("payment_status",)) is not None
    return paid or order.payment_status != lifecycle.PAYMENTS[0]


def _status_values(order: Order, target: str) -> dict[str, Any]:
    return {
        "status": target,
        "is_open": lifecycle.STATUSES[target].is_open,
        "cancelled_from": order.status if target == lifecycle.CANCELLED else None,
    }


def tracking_values(tracking: Tracking | None) -> dict[str, str]:
    """The columns of an order that say how its parcel is followed; what was not given has none."""
    if tracking is None:
        return {}
    given = {
        "carrier": flatten(tracking.carrier or ""),
        "tracking_number": flatten(tracking.number or ""),
        "tracking_url": (tracking.url or "").strip(),
        "eta": str(tracking.eta or ""),
    }
    return {column: value for column, value in given.items() if value}


@decided_again
def assign(
    order_id: int,
    agent_id: int | None,
    *,
    actor: Actor,
    now: datetime,
    seen_agent: int | Unchanged | None = ANY,
    version: int | None = None,
) -> Order:
    """Gives an open order to an agent, or back to the queue with None; the new assignee is told at once.

    `seen_agent` is the agent a click was drawn for: Conflict, saying who was faster, if that has changed.
    Giving an order to whoever has it changes nothing.
    """
    with transaction() as tx:
        order = get(order_id)
        if not order.is_open:
            raise Refused(f"{order_number(order.id)} is {lifecycle.label(order.status)}; nobody needs to work on it.")
        if agent_id == order.agent_id:
            return order
        check_version(order, version)
        if seen_agent is not ANY and seen_agent != order.agent_id:
            raise beaten(order, "assigned", "released", "handed_back")
        agent = _working_agent(agent_id) if agent_id is not None else None
        reason = f"given by {actor.name}" if actor.agent_id != agent_id else "taken by themselves"
        update(order, {"agent": agent, "assignment_reason": reason if agent else None, "waits": False}, now)
        _record_assignment(order, agent, actor, now)
        tx.wake("desk")
    return get(order_id)


def _record_assignment(order: Order, agent: Agent | None, actor: Actor, now: datetime) -> None:
    before = order.agent.name if order.agent else None
    if agent is None:
        timeline.record(order.id, "released", actor, now, before=before)
        return
    seq = timeline.record(order.id, "assigned", actor, now, before=before, after=agent.name, ids={"agent": agent.id})
    if agent.id != actor.agent_id:
        assignment.alert(order.id, agent.id, seq, now)


def _working_agent(agent_id: int) -> Agent:
    agent = Agent.get_or_none(Agent.id == agent_id, Agent.gone_at.is_null())
    if agent is None:
        raise NotFound("That person is not on the roster; an admin can add them with `wapto agents add`.")
    if agent.role not in assignment.WORKING_ROLES:
        raise Refused(f"{agent.name} is a {agent.role} and takes no orders.")
    return agent


def add_note(order_id: int, text: str, *, actor: Actor, now: datetime) -> int:
    """Keeps an internal note in the timeline; the customer never sees it. Returns the entry's number."""
    words = _words(text, "note")
    if not words:
        raise InvalidInput("A note needs some words.")
    with transaction() as tx:
        get(order_id)
        seq = timeline.record(order_id, "note", actor, now, text=words)
        tx.wake("desk")
    return seq


def _words(text: str, what: str) -> str:
    words = clean(text).strip()
    if len(words) > MAX_NOTE:
        raise InvalidInput(f"A {what} may have {MAX_NOTE:,} characters; this one has {len(words):,}.")
    return words


@decided_again
def set_facts(
    order_id: int,
    *,
    actor: Actor,
    now: datetime,
    fulfillment: str | None = None,
    payment: str | None = None,
    version: int | None = None,
) -> Order:
    """Records how the order is handed over and whether it is paid: facts apart from the status."""
    with transaction() as tx:
        order = get(order_id)
        check_version(order, version)
        wanted = {"fulfillment": fulfillment, "payment_status": payment}
        changes = {name: value for name, value in wanted.items() if value and value != getattr(order, name)}
        _check_facts(order, changes)
        if changes:
            update(order, changes, now)
        for name, value in changes.items():
            timeline.record(order_id, name, actor, now, before=getattr(order, name), after=value)
        tx.wake("desk")
    return get(order_id)


def _check_facts(order: Order, changes: dict[str, str]) -> None:
    for name, choices in (("fulfillment", tuple(lifecycle.ROADS)), ("payment_status", lifecycle.PAYMENTS)):
        if changes.get(name, choices[0]) not in choices:
            raise InvalidInput(f"“{changes[name]}” is not possible; choose one of: {', '.join(choices)}.")
    road = changes.get("fulfillment")
    if road and order.is_open and order.status not in lifecycle.ROADS[road]:
        raise Refused(f"An order that is {lifecycle.label(order.status)} cannot become a {road} order any more.")
