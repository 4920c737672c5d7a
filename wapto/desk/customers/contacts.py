"""Who a customer is, in full: shown on request only, and never without a trace."""

from dataclasses import dataclass
from datetime import datetime

from wapto.desk.customers import customers, doubts
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import get
from wapto.domain.identity import order_number
from wapto.store.database import transaction


@dataclass(frozen=True)
class Contact:
    """A customer with the ways to reach them."""

    order: str
    name: str | None
    phone: str | None
    user_id: str | None
    username: str | None
    is_confirmed: bool = True  # else WhatsApp alone says that the number is theirs


def show(order_id: int, *, actor: Actor, now: datetime) -> Contact:
    """The customer of an order; the timeline keeps who looked."""
    with transaction() as tx:
        order = get(order_id)
        timeline.record(order_id, "contact_shown", actor, now)
        tx.wake("desk")
        customer = order.customer
        return Contact(
            order_number(order_id),
            customer.name,
            customers.shown_phone(customer.id),
            customers.user_id_of(customer.id, customers.scope_of(order.number)),
            customer.username,
            is_confirmed=doubts.of_customer(customer.id) is None,
        )
