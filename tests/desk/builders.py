"""What the tests of the desk talk about: each is valid as it comes, and a test changes the one thing that matters."""

from datetime import UTC, datetime, timedelta
from itertools import count

from sandbox.graph.templates import template as definition
from wapto.domain.lifecycle import STATUSES
from wapto.store.models import Agent, Customer, Handle, Number, Order, OrderLine, Template, Trigger

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WABA, SHOP = "200000000000001", "1100000000001"
ANA = "+5511988887777"
NOTICE = definition("order_update", "en", "Order {{1}} is now {{2}}. Thank you.")
BINDINGS = {"1": "order.number", "2": "order.status"}

_serial = count(1)


class Clock:
    """The real time, from which a test may jump ahead."""

    def __init__(self):
        self._ahead = timedelta(0)

    def __call__(self):
        return datetime.now(UTC) + self._ahead

    def skip(self, **time):
        self._ahead += timedelta(**time)


def a_number(**changes):
    usual = {
        "phone_number_id": SHOP,
        "waba": WABA,
        "display": "+55 11 4000-0001",
        "name": "Loja",
        "slack_channel": "C1",
        "language": "en",
        "currency": "BRL",
        "timezone": "America/Sao_Paulo",
        "assignment": "manual",
        "created_at": NOW,
    }
    return Number.create(**usual | changes)


def an_agent(**changes):
    usual = {"slack": f"U{next(_serial)}", "name": "Rui", "role": "agent", "presence": "on_duty", "created_at": NOW}
    return Agent.create(**usual | changes)


def a_customer(phone=ANA, user_id=None, **changes):
    customer = Customer.create(**{"name": "Ana Lima", "created_at": NOW} | changes)
    for kind, scope, value in (("phone", "", phone), ("user_id", WABA, user_id)):
        if value:
            Handle.create(customer=customer, kind=kind, scope=scope, value=value, created_at=NOW)
    return customer


def an_order(number=None, customer=None, **changes):
    """An order of two red shirts; with a number of its own and of Ana's unless these are given."""
    usual = {
        "status": "received",
        "fulfillment": "delivery",
        "payment_status": "unpaid",
        "note": "",
        "flags": [],
        "currency": "BRL",
        "total_minor": 9970,
        "created_at": NOW,
        "updated_at": NOW,
        "card_state": "absent",
        "card_due_at": NOW,
    }
    columns = usual | changes
    columns.setdefault("is_open", STATUSES[columns["status"]].is_open)
    order = Order.create(number=number or a_number(), customer=customer or a_customer(), **columns)
    OrderLine.create(
        order=order, position=1, sku="S1", name="Red shirt", quantity=2, unit_price_minor=4985, currency="BRL", flags=[]
    )
    return order


def a_template(meta=NOTICE, waba=WABA, **changes):
    """A template as it was synced from Meta's `meta`."""
    usual = {name: meta[name] for name in ("name", "language", "status", "category", "parameter_format", "components")}
    return Template.create(**{"meta_id": f"9{next(_serial)}", "waba": waba, "synced_at": NOW} | usual | changes)


def a_trigger(number, status="shipped", **changes):
    usual = {"template": NOTICE["name"], "language": "auto", "bindings": BINDINGS, "defaults": {}}
    return Trigger.create(number=number, status=status, **usual | changes)
