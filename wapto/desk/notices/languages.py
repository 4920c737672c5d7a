"""In which languages a customer is written to, the most wanted first."""

from collections.abc import Sequence

from wapto.desk.customers import customers
from wapto.domain.delivery import PROVEN
from wapto.domain.identity import country_of
from wapto.store.batches import Prepared
from wapto.store.database import spelled
from wapto.store.models import Customer, Message, Number, Order

_LATEST_ORDERS = 20


def wanted(customer: Customer, number: Number) -> list[str]:
    """What they or an agent chose, their last notice's, their country's if the shop maps it, the number's default."""
    return _wanted(customer, number, None if customer.language else _last_told(customer, number))


_earlier = Prepared(
    lambda people, ids: Order.select(Order.customer).where(Order.customer.in_(people), Order.id.not_in(ids)).distinct()
)


def wanted_by(orders: Sequence[Order]) -> dict[int, list[str]]:
    """The same for the customer of each of these orders; those who have no other were told nothing yet."""
    asked = sorted({order.customer_id for order in orders if not order.customer.language})
    known = {one for (one,) in _earlier.rows(asked, [order.id for order in orders])}
    told = {order.id: _last_told(order.customer, order.number) for order in orders if order.customer_id in known}
    return {order.id: _wanted(order.customer, order.number, told.get(order.id)) for order in orders}


def _wanted(customer: Customer, number: Number, told: str | None) -> list[str]:
    known = (customer.language, told, _of_country(customer, number), number.language)
    return list(dict.fromkeys(code for code in known if code))


def _last_told(customer: Customer, number: Number) -> str | None:
    """By their latest orders, whose messages are found by an index."""
    latest = Order.select(Order.id).where(Order.customer == customer.id).order_by(Order.id.desc()).limit(_LATEST_ORDERS)
    told = Message.select(Message.language).where(
        Message.order.in_([order.id for order in latest]),
        Message.number == number.id,
        Message.language.is_null(False),
        Message.state.in_(spelled(*PROVEN)),
    )
    language: str | None = told.order_by(Message.id.desc()).limit(1).scalar()
    return language


def _of_country(customer: Customer, number: Number) -> str | None:
    """A user id begins with its country, a phone number tells it by its code (reference §2.1)."""
    if not number.country_languages:
        return None
    phone = customers.phone_of(customer.id)
    country = country_of(phone) if phone else (customers.user_id_of(customer.id, customers.scope_of(number)) or "")[:2]
    language: str | None = number.country_languages.get(country)
    return language
