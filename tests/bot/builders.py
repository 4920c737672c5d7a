"""Orders as a door sees them: valid as they come, and a test changes the one thing that matters."""

from datetime import UTC, datetime, timedelta

from wapto.desk.conversations.inquiries import InquiryView
from wapto.desk.conversations.lines import Heard, Line
from wapto.desk.customers.doubts import Doubt
from wapto.desk.orders.bulk import Step
from wapto.desk.orders.search import Row
from wapto.desk.orders.views import OrderView, Person, SecondCart, Told
from wapto.desk.overview import Choice, Overview, Wanted
from wapto.domain.lines import LineItem, differences

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
RUI, BIA = Person(1, "U1RUI", "Rui"), Person(2, "U2BIA", "Bia")


def a_line(**changes):
    usual = {"sku": "S1", "name": "Red shirt", "quantity": 2, "unit_minor": 4985, "currency": "BRL", "flags": ()}
    return LineItem(**usual | changes)


def a_second_cart(choice="waiting", before=(), after=()):
    """A cart beside W-4HX9: one shirt more unless `before` and `after` say what was bought."""
    rows = differences(before or [a_line()], after or [a_line(quantity=3)])
    return SecondCart("W-4HX9", "received", choice, tuple(rows))


def told(state, trigger="received", **changes):
    usual = {
        "id": 1,
        "reason": None,
        "text": "Hello",
        "created_at": NOON,
        "sent_at": NOON,
        "delivered_at": NOON,
        "read_at": NOON,
    }
    return Told(trigger=trigger, state=state, **usual | changes)


def a_view(**changes):
    """Ana's two red shirts, unassigned, just received."""
    usual = {
        "id": 7,
        "number": "W-7KQ2",
        "seq": 1,
        "version": 1,
        "status": "received",
        "cancelled_from": None,
        "fulfillment": "delivery",
        "payment_status": "unpaid",
        "shop": "Loja",
        "number_id": "1100000000001",
        "language": "pt_BR",
        "customer_name": "Ana Lima",
        "customer_phone": "+5511988887777",
        "customer_user_id": None,
        "note": "",
        "flags": (),
        "lines": (a_line(),),
        "agent": None,
        "assignment_reason": None,
        "on_duty": (RUI, BIA),
        "carrier": None,
        "tracking_number": None,
        "tracking_url": None,
        "address": None,
        "eta": None,
        "told": (),
        "created_at": NOON,
        "updated_at": NOON,
        "status_since": NOON,
        "changed_by": None,
        "reason": None,
    }
    return OrderView(**usual | changes)


def a_row(**changes):
    """The same order in a list."""
    usual = {
        "id": 7,
        "number": "W-7KQ2",
        "status": "received",
        "fulfillment": "delivery",
        "customer": "Ana Lima",
        "agent": None,
        "agent_id": None,
        "language": "pt_BR",
        "currency": "BRL",
        "total_minor": 9970,
        "created_at": NOON,
        "card_channel": None,
        "card_ts": None,
    }
    return Row(**usual | changes)


def an_overview(**changes):
    """Rui's desk with that one order on it."""
    usual = {
        "viewer": Choice(1, "Rui"),
        "role": "agent",
        "presence": "on_duty",
        "wanted": Wanted(),
        "statuses": {"received": 1},
        "lists": {"open": 1, "mine": 0, "unassigned": 1, "late": 0, "waiting": 0, "untold": 0},
        "rows": (a_row(),),
        "total": 1,
        "numbers": (Choice(1, "Loja"),),
        "teams": (),
        "people": (Choice(1, "Rui"),),
        "newest_event": 1,
    }
    return Overview(**usual | changes)


def a_doubt(**changes):
    """WhatsApp says that Ana moved."""
    usual = {"customer_id": 3, "handle_id": 5, "is_phone": True, "address": "+5511966665555", "since": NOON}
    return Doubt(**usual | {"owner_id": None} | changes)


def an_inquiry(**changes):
    """Ana asks something, and can be answered until tomorrow."""
    usual = {
        "id": 3,
        "shop": "Loja",
        "is_open": True,
        "order": None,
        "customer_name": "Ana Lima",
        "customer_phone": "+5511988887777",
        "doubt": None,
        "sku": None,
        "product": None,
        "currency": "BRL",
        "words": "Do you deliver?",
        "messages": 1,
        "window_until": NOON + timedelta(hours=24),
        "created_at": NOON,
    }
    return InquiryView(**usual | changes)


def a_message(**changes):
    """Ana wrote something, as a thread tells it."""
    usual = {"seq": 3, "at": NOON, "kind": "wrote", "actor": "customer", "before": None, "after": "text", "text": None}
    return Line(**usual | {"heard": Heard(9, "text", "Rua A, 1", "received"), "told": None} | changes)


def a_step(**changes):
    """What would happen to that order in a change of many."""
    usual = {
        "order_id": 7,
        "number": "W-7KQ2",
        "customer": "Ana Lima",
        "before": "received",
        "is_possible": True,
        "told": "Hello",
        "problem": None,
    }
    return Step(**usual | changes)
