"""Triggers tried out before customers see them: on one order, on samples, on the latest real orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from wapto.desk.notices.drafts import (
    AUTO,
    facts_of,
    filled,
    languages_for,
    missing,
    named,
    not_sendable,
    pick,
    reason_of,
)
from wapto.domain.identity import order_number
from wapto.domain.template import Component, links
from wapto.domain.variables import VARIABLES, Item, OrderFacts
from wapto.store.models import Number, Order, OrderEvent, Template, Trigger

ORDERS = 200

_SAMPLE_DAY = date(2026, 11, 27)


@dataclass(frozen=True)
class Preview:
    """What a customer would read in one language, or why not; `is_chosen`: the customer of the order would get it.

    `links`: where the URL buttons lead.
    """

    language: str
    text: str
    links: tuple[str, ...]
    problem: str | None
    is_chosen: bool


@dataclass(frozen=True)
class Failure:
    """An order whose customer could not be told, and why."""

    order: str
    reason: str


@dataclass(frozen=True)
class Rehearsal:
    """How many orders it was tried on, and for which it failed, the newest first."""

    orders: int
    failures: list[Failure]


def preview(trigger: Trigger, order: Order | None, now: datetime) -> list[Preview]:
    """The notice in every language that the trigger could choose, for an order or with samples."""
    number = trigger.number
    facts = facts_of(order, trigger.status, reason_of(order.id, trigger.status)) if order else None
    chosen = _chosen(trigger, order, _templates(trigger)) if order else None
    return [
        _preview(template, trigger, facts or _samples(trigger.status, number, now), is_chosen=bool(template == chosen))
        for template in _templates(trigger)
    ]


def sample(trigger: Trigger, now: datetime) -> tuple[Template, list[Component]] | None:
    """A template of the trigger that can be sent, and what it is filled with by samples; None if there is none."""
    facts = _samples(trigger.status, trigger.number, now)
    for template in _templates(trigger):
        _, components, fault = filled(template, trigger, facts)
        if not (not_sendable(template) or fault):
            return template, components
    return None


def rehearse(trigger: Trigger) -> Rehearsal:
    """Tries the trigger on the latest orders of its number; whether Meta has approved the template is not asked."""
    query = Order.select().where(Order.number == trigger.number).order_by(Order.created_at.desc(), Order.id.desc())
    orders = list(query.limit(ORDERS))
    templates, reached = _templates(trigger), _reached(orders, trigger.status)
    tried = [(order, _fault(trigger, order, templates, order.id in reached)) for order in orders]
    return Rehearsal(len(orders), [Failure(order_number(order.id), fault) for order, fault in tried if fault])


def _templates(trigger: Trigger) -> list[Template]:
    rows = sorted(named(trigger.number.waba, trigger.template), key=lambda row: row.language)
    if trigger.language == AUTO:
        return rows
    only = pick(rows, [trigger.language])
    return [only] if only else []


def _chosen(trigger: Trigger, order: Order, templates: Sequence[Template]) -> Template | None:
    return pick(templates, languages_for(trigger, order.customer, trigger.number))


def _fault(trigger: Trigger, order: Order, templates: Sequence[Template], has_reached: bool) -> str | None:
    template = _chosen(trigger, order, templates)
    if template is None:
        return missing(trigger.template, languages_for(trigger, order.customer, trigger.number))
    facts = facts_of(order, trigger.status, reason_of(order.id, trigger.status))
    return filled(template, trigger, facts if has_reached else _completed(facts))[2]


def _completed(facts: OrderFacts) -> OrderFacts:
    """The facts with samples of what comes with the change itself, which an order that is not there yet cannot have."""
    return replace(
        facts,
        carrier=facts.carrier or VARIABLES["tracking.carrier"].sample,
        tracking_number=facts.tracking_number or VARIABLES["tracking.number"].sample,
        tracking_url=facts.tracking_url or VARIABLES["tracking.url"].sample,
        reason=facts.reason or VARIABLES["cancel.reason"].sample,
        eta=facts.eta or _SAMPLE_DAY,
    )


def _reached(orders: Sequence[Order], status: str) -> Collection[int]:
    """The orders that have or had the status."""
    ids = [order.id for order in orders]
    changes = OrderEvent.select(OrderEvent.order).where(
        OrderEvent.order.in_(ids), OrderEvent.kind == "status", OrderEvent.after == status
    )
    rows: Any = changes.tuples()
    return {order.id for order in orders if order.status == status} | {order_id for (order_id,) in rows}


def _preview(template: Template, trigger: Trigger, facts: OrderFacts, *, is_chosen: bool) -> Preview:
    text, payload, problem = filled(template, trigger, facts)
    addresses = () if problem else links(template.components, payload)
    return Preview(template.language, text, addresses, problem, is_chosen)


def _samples(status: str, number: Number, now: datetime) -> OrderFacts:
    return _completed(
        OrderFacts(
            number=VARIABLES["order.number"].sample,
            status=status,
            shop_name=number.name,
            created_at=now,
            timezone=number.timezone,
            total_minor=9970,
            currency=number.currency,
            items=(Item("Red shirt", 2), Item("Blue cap", 1)),
            note=VARIABLES["order.note"].sample,
            customer_name=VARIABLES["customer.name"].sample,
            agent_name=VARIABLES["agent.name"].sample,
            tracking_token=VARIABLES["tracking.token"].sample,
        )
    )
