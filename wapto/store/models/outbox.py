"""What goes out to customers: promises, templates, triggers."""

from peewee import SQL, BooleanField, ForeignKeyField, IntegerField, JSONField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.inquiries import Inquiry
from wapto.store.models.orders import Order
from wapto.store.models.people import Customer, Number
from wapto.store.models.record import Record


class Message(Record):
    """A promise to tell a customer something: the outbox, and the ledger of what was told."""

    order_id: int | None
    inquiry_id: int | None
    number_id: int
    customer_id: int
    order = ForeignKeyField(Order, null=True)
    inquiry = ForeignKeyField(Inquiry, null=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    key = TextField(unique=True)  # order:status:purpose — at most one message per promise
    callback = TextField(unique=True)  # comes back on every status as biz_opaque_callback_data
    trigger = TextField()
    to_phone = TextField(null=True)
    to_user_id = TextField(null=True)
    template = TextField(null=True)
    language = TextField(null=True)
    text = TextField()
    components = JSONField()
    content = JSONField(null=True)  # what Meta gets of a message that is no template: text, interactive
    said_seq = IntegerField(null=True)  # of such a message: the entry of the timeline that tells of it
    state = TextField()
    reason = TextField(null=True)  # why it is held, skipped, failed or in doubt, in words
    attempts = IntegerField(default=0)
    next_at = UtcField()
    expires_at = UtcField(null=True)
    lease_until = UtcField(null=True)
    wamid = TextField(null=True, unique=True)
    error_code = IntegerField(null=True)
    error_text = TextField(null=True)
    created_at = UtcField()
    sent_at = UtcField(null=True)
    delivered_at = UtcField(null=True)
    read_at = UtcField(null=True)
    price_category = TextField(null=True)  # what Meta charges for, as its receipts tell: utility, marketing, service, …
    price_type = TextField(null=True)  # regular, free_customer_service, free_entry_point, …

    class Meta:
        table_name = "outbox"


class Template(Record):
    """A template as Meta has it: one row per WABA, name and language."""

    meta_id = TextField()
    waba = TextField()
    name = TextField()
    language = TextField()
    status = TextField()
    category = TextField()
    parameter_format = TextField()
    components = JSONField()
    synced_at = UtcField()
    gone_at = UtcField(null=True)
    quality = TextField(null=True)  # GREEN, YELLOW, RED, UNKNOWN
    status_reason = TextField(null=True)  # why Meta rejected or paused it
    previous_category = TextField(null=True)
    coming_category = TextField(null=True)  # announced, not yet in force
    changed_at = UtcField(null=True)
    change = TextField(null=True)  # what Meta told of it last, in words

    class Meta:
        table_name = "templates"
        indexes = ((("waba", "name", "language"), True),)


class Trigger(Record):
    """Which template tells the customers of a number about a status, and what its placeholders are bound to."""

    number_id: int
    number = ForeignKeyField(Number)
    status = TextField()
    template = TextField()
    language = TextField()  # a code, or "auto"
    bindings = JSONField()
    defaults = JSONField()
    hold = IntegerField(default=0)  # seconds
    ttl = IntegerField(null=True)  # seconds
    fallback = TextField(null=True)
    plain_text = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # in the window, when no template can
    is_on = BooleanField(default=True)

    class Meta:
        table_name = "triggers"
        indexes = ((("number", "status"), True),)


# What is open, due or in flight is a small part of what there is: these indexes hold that part alone.
Message.add_index(
    Message.index(Message.number, Message.next_at, Message.id, where=Message.state == "queued", name="outbox_due")
)
Message.add_index(Message.index(Message.lease_until, where=Message.state == "sending", name="outbox_sending"))
Message.add_index(
    Message.index(
        Message.number,
        Message.customer,
        Message.id,
        where=Message.state.in_(("queued", "sending")),
        name="outbox_line",
    )
)
Message.add_index(Message.index(Message.order, Message.id, name="outbox_of_order"))
Message.add_index(Message.index(Message.id, where=Message.state.in_(("held",)), name="outbox_held"))
Message.add_index(Message.index(Message.created_at, Message.id, name="outbox_created"))
Message.add_index(
    Message.index(Message.order, where=Message.state.in_(("held", "failed", "unknown")), name="outbox_untold")
)
