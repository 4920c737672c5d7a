"""What the tests about notices do: promise them, claim them, watch what becomes of them."""

from contextlib import contextmanager
from datetime import timedelta
from itertools import count

from tests.desk.builders import NOTICE, NOW, a_customer, a_number, a_template, a_trigger, an_order
from wapto.desk.notices import notices
from wapto.desk.notices.dispatch import claim, numbers_with_work
from wapto.store import database
from wapto.store.database import transaction
from wapto.store.models import Message, OrderEvent

LATER = NOW + timedelta(minutes=5)

_serial = count(1)


def promised(order=None, status="shipped", now=NOW, **kw):
    order = order or a_shipped_order()
    with transaction():
        notices.promise(order, status, now, **kw)
    return Message.get_or_none(Message.order == order, Message.trigger == status)


def a_shipped_order(*, template=NOTICE, number=None, customer=None, trigger=None, **order):
    """An order that was shipped, with a template and a trigger to tell so."""
    order = an_order(number, customer, **{"status": "shipped"} | order)
    a_template(template)
    a_trigger(order.number, **trigger or {})
    return order


def message_entries(order):
    events = OrderEvent.select().where(OrderEvent.order == order, OrderEvent.kind == "message").order_by(OrderEvent.seq)
    return [(event.before, event.after) for event in events]


@contextmanager
def rings():
    """The topics that are woken inside the block."""
    topics = []
    database.set_waker(topics.append)
    try:
        yield topics
    finally:
        database.set_waker(lambda _: None)


def in_flight(**changes):
    """A message whose send was just written to Meta."""
    order = a_shipped_order()
    promised(order)
    Message.update({"state": "sending", "lease_until": LATER, "attempts": 1} | changes).execute()
    return Message.get()


def a_telling_shop(**number):
    """A number that tells its customers about shipped orders."""
    number = a_number(**number)
    a_template(waba=number.waba)
    a_trigger(number)
    return number


def waiting(number, customer=None, now=NOW, **changes):
    """A message in the outbox of this number, queued unless a change says otherwise; to a new customer unless given."""
    order = an_order(number, customer or a_customer(phone=f"+551190000{next(_serial):04}"), status="shipped")
    message = promised(order, now=now)
    if changes:
        Message.update(changes).where(Message.id == message.id).execute()
    return Message.get_by_id(message.id)


def claimed(free=32, now=NOW, **how):
    """What a lane with so many free threads would send now."""
    with transaction() as tx:
        return claim(tx, numbers_with_work(now), free, now, **{"patient": True} | how)


def states():
    """The states of all messages, oldest first."""
    return [row.state for row in Message.select().order_by(Message.id)]
