"""What new orders ask of whoever gets them: the team that a rule names, and the customer's last agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wapto.desk.customers import customers
from wapto.desk.notices import languages
from wapto.domain import money, rules
from wapto.domain.assignment import Wish
from wapto.domain.identity import country_of
from wapto.domain.rules import Facts, Rule
from wapto.store.models import Customer, Number, Order, OrderLine


@dataclass(frozen=True)
class Asked:
    """An order as rules see it."""

    customer: Customer
    skus: tuple[str, ...]
    total: money.Total | None


def wishes(number: Number, asked: Sequence[Asked]) -> list[Wish]:
    """One for each; a number without rules and stickiness looks nothing up."""
    known = [Rule(**rule) for rule in number.rules]
    usual = _last_agents([each.customer.id for each in asked]) if number.sticky else {}
    return [_wish(number, known, each, usual.get(each.customer.id)) for each in asked]


def _wish(number: Number, known: Sequence[Rule], asked: Asked, usual: int | None) -> Wish:
    rule = rules.first(known, _facts(number, asked)) if known else None
    return Wish(rule.team, rule.words, usual) if rule else Wish(usual=usual)


def _facts(number: Number, asked: Asked) -> Facts:
    total = asked.total if asked.total and asked.total.currency == number.currency else None

    def country() -> str | None:
        phone = customers.phone_of(asked.customer.id)
        if phone:
            return country_of(phone)
        return (customers.user_id_of(asked.customer.id, customers.scope_of(number)) or "")[:2] or None

    return Facts(
        asked.skus,
        Decimal(money.to_decimal(total.minor, total.currency)) if total else None,
        lambda: languages.wanted(asked.customer, number)[0],
        country,
    )


def _last_agents(people: Sequence[int]) -> dict[int, int]:
    """Who had each customer's last order that anybody had."""
    query = Order.select(Order.customer, Order.agent).where(Order.customer.in_(people), Order.agent.is_null(False))
    rows: Any = query.order_by(Order.id).tuples()
    return dict(rows)


def of_order(order: Order) -> Asked:
    """An order that is already there, as rules see it."""
    skus = tuple(line.sku for line in OrderLine.select().where(OrderLine.order == order.id))
    total = None
    if order.currency and order.total_minor is not None:
        total = money.Total(order.currency, order.total_minor)
    return Asked(order.customer, skus, total)
