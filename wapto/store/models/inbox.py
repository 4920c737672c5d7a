"""What came in: webhooks as they arrived, and what customers wrote."""

from peewee import SQL, BlobField, ForeignKeyField, IntegerField, JSONField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.inquiries import Inquiry
from wapto.store.models.orders import Order
from wapto.store.models.people import Customer, Number
from wapto.store.models.record import Record


class InboxEntry(Record):
    """A webhook as it arrived. Committed before Meta is told 200; never changed, only worked on."""

    received_at = UtcField()
    body = BlobField()
    state = TextField()
    attempts = IntegerField(default=0)  # counted before parsing, so that a body that kills the process cannot loop
    lease_until = UtcField(null=True)
    error = TextField(null=True)

    class Meta:
        table_name = "inbox"


class InboxElement(Record):
    """What became of one message, status or event of a webhook."""

    entry_id: int
    entry = ForeignKeyField(InboxEntry)
    position = IntegerField()
    wamid = TextField(null=True, index=True)
    outcome = TextField()
    reason = TextField(null=True)

    class Meta:
        table_name = "inbox_elements"
        indexes = ((("entry", "position"), True),)


class Inbound(Record):
    """A message from a customer, of whatever kind."""

    number_id: int
    customer_id: int
    order_id: int | None
    inquiry_id: int | None
    wamid = TextField(unique=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    order = ForeignKeyField(Order, null=True)
    inquiry = ForeignKeyField(Inquiry, null=True)
    kind = TextField()
    text = TextField(null=True)
    sent_at = UtcField()
    received_at = UtcField()
    context_wamid = TextField(null=True)  # the message that it answers, reacts to, edits or revokes
    detail = JSONField(default=dict, constraints=[SQL("DEFAULT '{}'")])  # by kind: product, location, reaction, …
    edited_at = UtcField(null=True)
    revoked_at = UtcField(null=True)

    class Meta:
        table_name = "inbound"
        indexes = ((("customer", "sent_at"), False),)


class Echo(Record):
    """What was said outside Wapto, on a number that is also used in the WhatsApp Business app."""

    number_id: int
    customer_id: int
    wamid = TextField(unique=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    direction = TextField()  # in | out
    source = TextField()  # echo | history
    kind = TextField()
    text = TextField(null=True)
    sent_at = UtcField()
    received_at = UtcField()

    class Meta:
        table_name = "echoes"
        indexes = ((("customer", "sent_at"), False),)


class ParkedReceipt(Record):
    """A status for a message that is not ours, or that is not known yet."""

    wamid = TextField(index=True)
    callback = TextField(null=True)
    status = TextField()
    at = UtcField(null=True)
    errors = JSONField()
    received_at = UtcField()

    class Meta:
        table_name = "parked_receipts"


# What is open, due or in flight is a small part of what there is: these indexes hold that part alone.
InboxEntry.add_index(InboxEntry.index(InboxEntry.id, where=InboxEntry.state == "new", name="inbox_new"))
InboxEntry.add_index(
    InboxEntry.index(
        InboxEntry.state, InboxEntry.id, where=InboxEntry.state.in_(("failed", "partial", "kept")), name="inbox_left"
    )
)
Inbound.add_index(
    Inbound.index(Inbound.context_wamid, where=Inbound.kind.in_(("edit", "revoke")), name="inbound_changes")
)
Inbound.add_index(Inbound.index(Inbound.received_at, Inbound.id, name="inbound_received"))
