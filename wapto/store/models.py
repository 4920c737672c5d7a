"""The records of the desk. What each table holds stands in DESIGN; here are the shapes.

Texts are `TextField`s (no arbitrary lengths), money is integer minor units, instants are UTC.
A column that ends in `_at` is an instant; rows vanish only by `gone_at` or by retention.
"""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)

from wapto.store.database import db
from wapto.store.fields import UtcField


class Record(Model):
    """The base of all tables."""

    id = BigAutoField()

    class Meta:
        database = db
        legacy_table_names = False


class Number(Record):
    """A business phone number: one shop, one Slack channel."""

    phone_number_id = TextField(unique=True)
    waba = TextField(index=True)
    display = TextField()
    name = TextField()
    slack_channel = TextField()
    catalog = TextField(null=True)
    language = TextField()
    currency = TextField()
    timezone = TextField()
    assignment = TextField()
    last_agent_id = BigIntegerField(null=True)  # where the round of agents stands
    throughput = IntegerField(default=80)  # messages a second that Meta allows
    theoretical_at = UtcField(null=True)  # GCRA: when the next message may leave at the earliest
    paused_until = UtcField(null=True)  # nothing is sent before: the account needs an admin, or Meta asked for it
    paused_reason = TextField(null=True)
    created_at = UtcField()
    gone_at = UtcField(null=True)

    class Meta:
        table_name = "numbers"


class Agent(Record):
    """A member of the team, known by the Slack user id."""

    slack = TextField(unique=True)
    name = TextField()
    role = TextField()
    team = TextField(null=True)
    presence = TextField()
    capacity = IntegerField(null=True)
    created_at = UtcField()
    gone_at = UtcField(null=True)

    class Meta:
        table_name = "agents"


class Customer(Record):
    """A person. What identifies them stands in their handles; the username is an attribute, never a key."""

    name = TextField(null=True)
    username = TextField(null=True)
    language = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "customers"


class Handle(Record):
    """One way to recognize a customer: a phone number with "+", or a user id within a business portfolio."""

    customer_id: int
    customer = ForeignKeyField(Customer)
    kind = TextField()  # phone | user_id
    scope = TextField(default="")  # of a user id: the WABA it was seen through; of a phone: ""
    value = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "handles"
        indexes = ((("kind", "scope", "value"), True),)


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

    entry = ForeignKeyField(InboxEntry)
    position = IntegerField()
    wamid = TextField(null=True, index=True)
    outcome = TextField()
    reason = TextField(null=True)

    class Meta:
        table_name = "inbox_elements"
        indexes = ((("entry", "position"), True),)


class Order(Record):
    """A cart that became work. `version` guards changes; `last_seq` counts events; `shown_seq` is what Slack shows."""

    number_id: int
    customer_id: int
    agent_id: int | None
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    source_wamid = TextField(null=True, unique=True)
    status = TextField()
    is_open = BooleanField()
    cancelled_from = TextField(null=True)
    version = IntegerField(default=1)
    last_seq = IntegerField(default=0)
    shown_seq = IntegerField(default=0)
    agent = ForeignKeyField(Agent, null=True)
    assignment_reason = TextField(null=True)
    fulfillment = TextField()
    payment_status = TextField()
    note = TextField()
    flags = JSONField()
    currency = TextField(null=True)
    total_minor = BigIntegerField(null=True)  # null where no single sum can be trusted
    carrier = TextField(null=True)
    tracking_number = TextField(null=True)
    tracking_url = TextField(null=True)
    eta = TextField(null=True)  # a calendar day, YYYY-MM-DD
    created_at = UtcField()
    updated_at = UtcField()
    card_channel = TextField(null=True)
    card_ts = TextField(null=True)
    card_state = TextField()
    card_due_at = UtcField()  # not looked at before: backoff, or the lease of a post whose outcome is unknown
    card_attempts = IntegerField(default=0)
    card_problem = TextField(null=True)

    class Meta:
        table_name = "orders"


class OrderLine(Record):
    """A line item as the customer saw it; null where the cart said nothing that can be trusted, and then flagged."""

    order_id: int
    order = ForeignKeyField(Order)
    position = IntegerField()
    sku = TextField()
    name = TextField()
    quantity = IntegerField(null=True)
    unit_price_minor = BigIntegerField(null=True)
    currency = TextField(null=True)
    flags = JSONField()

    class Meta:
        table_name = "order_lines"
        indexes = ((("order", "position"), True),)


class Note(Record):
    """Personal words beside an event: a note, a reason. Apart from the events, so that they can be forgotten."""

    order = ForeignKeyField(Order)
    author = TextField()
    text = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "notes"


class OrderEvent(Record):
    """One entry of an order's timeline: insert-only, numbered without gaps, no personal words."""

    order_id: int
    order = ForeignKeyField(Order)
    seq = IntegerField()
    at = UtcField()
    kind = TextField()
    actor = TextField()
    door = TextField()
    before = TextField(null=True)
    after = TextField(null=True)
    note = ForeignKeyField(Note, null=True)
    ids = JSONField()

    class Meta:
        table_name = "order_events"
        indexes = ((("order", "seq"), True),)


class Inbound(Record):
    """A message from a customer, of whatever kind."""

    number_id: int
    customer_id: int
    wamid = TextField(unique=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    order = ForeignKeyField(Order, null=True)
    kind = TextField()
    text = TextField(null=True)
    sent_at = UtcField()
    received_at = UtcField()

    class Meta:
        table_name = "inbound"
        indexes = ((("customer", "sent_at"), False),)


class Message(Record):
    """A promise to tell a customer something: the outbox, and the ledger of what was told."""

    order_id: int
    number_id: int
    customer_id: int
    order = ForeignKeyField(Order)
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

    class Meta:
        table_name = "outbox"


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
    is_on = BooleanField(default=True)

    class Meta:
        table_name = "triggers"
        indexes = ((("number", "status"), True),)


class SlackEvent(Record):
    """An event of Slack that was worked on, so that a retry is not worked on again."""

    event_id = TextField(unique=True)
    seen_at = UtcField()

    class Meta:
        table_name = "slack_seen"


class Alert(Record):
    """A direct message owed to an agent about an order: at most one per key."""

    order_id: int
    agent_id: int
    order = ForeignKeyField(Order)
    agent = ForeignKeyField(Agent)
    key = TextField(unique=True)
    state = TextField()  # due | posting | posted | dropped | unknown
    attempts = IntegerField(default=0)
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "alerts"


class SlackChannel(Record):
    """The turn of a Slack channel: one poster at a time, one post a second."""

    channel = TextField(unique=True)
    lease_until = UtcField()

    class Meta:
        table_name = "slack_channels"


class Duty(Record):
    """Calendar work: due at an instant, moved on by a guarded update."""

    name = TextField(unique=True)
    due_at = UtcField()

    class Meta:
        table_name = "duties"


class Heartbeat(Record):
    """The last sign of life of a process or lane."""

    name = TextField(unique=True)
    at = UtcField()
    detail = TextField(null=True)

    class Meta:
        table_name = "heartbeats"


ALL = (
    Number, Agent, Customer, Handle, InboxEntry, InboxElement, Order, OrderLine, Note, OrderEvent, Inbound, Message,
    ParkedReceipt, Template, Trigger, SlackEvent, Alert, SlackChannel, Duty, Heartbeat,
)  # fmt: skip

# Indexes with a condition: what is open, due or in flight is a small part of what there is.
Order.add_index(Order.index(Order.status, Order.created_at, Order.id, where=Order.is_open, name="orders_open"))
Order.add_index(Order.index(Order.agent, Order.status, where=Order.is_open, name="orders_of_agent"))
Order.add_index(Order.index(Order.card_due_at, Order.id, where=Order.shown_seq < Order.last_seq, name="orders_dirty"))
Order.add_index(Order.index(Order.created_at, Order.id, name="orders_created"))
Order.add_index(Order.index(Order.customer, Order.id, name="orders_of_customer"))
InboxEntry.add_index(InboxEntry.index(InboxEntry.id, where=InboxEntry.state == "new", name="inbox_new"))
InboxEntry.add_index(
    InboxEntry.index(
        InboxEntry.state, InboxEntry.id, where=InboxEntry.state.in_(("failed", "partial", "kept")), name="inbox_left"
    )
)
Message.add_index(Message.index(Message.next_at, Message.id, where=Message.state == "queued", name="outbox_due"))
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
Alert.add_index(Alert.index(Alert.due_at, Alert.id, where=Alert.state.in_(("due", "posting")), name="alerts_due"))
