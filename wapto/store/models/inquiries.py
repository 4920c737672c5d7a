"""Conversations that are about no order yet."""

from peewee import BooleanField, ForeignKeyField, IntegerField, JSONField, TextField

from wapto.store.fields import AT_ONCE, UtcField
from wapto.store.models.orders import Order
from wapto.store.models.people import Customer, Number
from wapto.store.models.record import Record


class Inquiry(Record):
    """What a customer without an open order wants; at most one is open with each number."""

    number_id: int
    customer_id: int
    order_id: int | None
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    is_open = BooleanField(default=True)
    order = ForeignKeyField(Order, null=True)  # what became of it
    sku = TextField(null=True)  # the product that it began with
    last_seq = IntegerField(default=0)
    thread_seq = IntegerField(default=0)  # what the thread under the card has told
    thread_due_at = UtcField(default=AT_ONCE)
    card_channel = TextField(null=True)
    card_ts = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "inquiries"


class InquiryEvent(Record):
    """One entry of an inquiry's timeline: insert-only, numbered without gaps; only `text` is personal."""

    inquiry_id: int
    inquiry = ForeignKeyField(Inquiry)
    seq = IntegerField()
    at = UtcField()
    kind = TextField()
    actor = TextField()
    door = TextField()
    before = TextField(null=True)
    after = TextField(null=True)
    text = TextField(null=True)
    ids = JSONField()

    class Meta:
        table_name = "inquiry_events"
        indexes = ((("inquiry", "seq"), True),)


# The unique index decides which of two messages at once opens the inquiry.
Inquiry.add_index(
    Inquiry.index(Inquiry.number, Inquiry.customer, unique=True, where=Inquiry.is_open, name="inquiries_open")
)
Inquiry.add_index(
    Inquiry.index(
        Inquiry.thread_due_at, Inquiry.id, where=Inquiry.thread_seq < Inquiry.last_seq, name="inquiries_untold"
    )
)
Inquiry.add_index(Inquiry.index(Inquiry.card_ts, where=Inquiry.card_ts.is_null(False), name="inquiries_of_card"))
