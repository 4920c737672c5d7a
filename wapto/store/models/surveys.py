"""What customers were asked after a delivery, what they answered, and what was done about it."""

from peewee import ForeignKeyField, IntegerField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.orders import Order
from wapto.store.models.outbox import Message
from wapto.store.models.people import Customer, Number
from wapto.store.models.record import Record


class Survey(Record):
    """The one survey of an order; only `comment` is personal."""

    order_id: int
    number_id: int
    customer_id: int
    message_id: int | None
    order = ForeignKeyField(Order, unique=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    kind = TextField()  # review | csat | nps
    state = TextField()  # waiting | asked | answered | skipped
    reason = TextField(null=True)  # why it was skipped, in words
    delivered_at = UtcField()
    due_at = UtcField()
    asked_at = UtcField(null=True)
    message = ForeignKeyField(Message, null=True)
    score = IntegerField(null=True)
    answered_at = UtcField(null=True)
    comment = TextField(null=True)
    recovery = TextField(null=True)  # of a low score: open | closed
    outcome = TextField(null=True)
    closed_by = TextField(null=True)
    closed_at = UtcField(null=True)

    class Meta:
        table_name = "surveys"


# What is due or open is a small part of what there is: these indexes hold that part alone.
Survey.add_index(Survey.index(Survey.due_at, Survey.id, where=Survey.state == "waiting", name="surveys_due"))
Survey.add_index(Survey.index(Survey.id, where=Survey.recovery == "open", name="surveys_recovering"))
