"""The first shape of the store. Frozen: what changes later stands in a migration of its own."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    Database,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Number(Record):
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
    last_agent_id = BigIntegerField(null=True)
    throughput = IntegerField(default=80)
    theoretical_at = UtcField(null=True)
    paused_until = UtcField(null=True)
    paused_reason = TextField(null=True)
    created_at = UtcField()
    gone_at = UtcField(null=True)

    class Meta:
        table_name = "numbers"


class Agent(Record):
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
    name = TextField(null=True)
    username = TextField(null=True)
    language = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "customers"


class Handle(Record):
    customer = ForeignKeyField(Customer)
    kind = TextField()
    scope = TextField(default="")
    value = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "handles"
        indexes = ((("kind", "scope", "value"), True),)


class InboxEntry(Record):
    received_at = UtcField()
    body = BlobField()
    state = TextField()
    attempts = IntegerField(default=0)
    lease_until = UtcField(null=True)
    error = TextField(null=True)

    class Meta:
        table_name = "inbox"


class InboxElement(Record):
    entry = ForeignKeyField(InboxEntry)
    position = IntegerField()
    wamid = TextField(null=True, index=True)
    outcome = TextField()
    reason = TextField(null=True)

    class Meta:
        table_name = "inbox_elements"
        indexes = ((("entry", "position"), True),)


class Order(Record):
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
    total_minor = BigIntegerField(null=True)
    carrier = TextField(null=True)
    tracking_number = TextField(null=True)
    tracking_url = TextField(null=True)
    eta = TextField(null=True)
    created_at = UtcField()
    updated_at = UtcField()
    card_channel = TextField(null=True)
    card_ts = TextField(null=True)
    card_state = TextField()
    card_due_at = UtcField()
    card_attempts = IntegerField(default=0)
    card_problem = TextField(null=True)

    class Meta:
        table_name = "orders"


class OrderLine(Record):
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
    order = ForeignKeyField(Order)
    author = TextField()
    text = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "notes"


class OrderEvent(Record):
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
    order = ForeignKeyField(Order)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    key = TextField(unique=True)
    callback = TextField(unique=True)
    trigger = TextField()
    to_phone = TextField(null=True)
    to_user_id = TextField(null=True)
    template = TextField(null=True)
    language = TextField(null=True)
    text = TextField()
    components = JSONField()
    state = TextField()
    reason = TextField(null=True)
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
    wamid = TextField(index=True)
    callback = TextField(null=True)
    status = TextField()
    at = UtcField(null=True)
    errors = JSONField()
    received_at = UtcField()

    class Meta:
        table_name = "parked_receipts"


class Template(Record):
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
    number = ForeignKeyField(Number)
    status = TextField()
    template = TextField()
    language = TextField()
    bindings = JSONField()
    defaults = JSONField()
    hold = IntegerField(default=0)
    ttl = IntegerField(null=True)
    fallback = TextField(null=True)
    is_on = BooleanField(default=True)

    class Meta:
        table_name = "triggers"
        indexes = ((("number", "status"), True),)


class Meta:
    table_name = "slack_seen"


class Alert(Record):
    order = ForeignKeyField(Order)
    agent = ForeignKeyField(Agent)
    key = TextField(unique=True)
    state = TextField()
    attempts = IntegerField(default=0)
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "alerts"


class SlackChannel(Record):
    channel = TextField(unique=True)
    lease_until = UtcField()

    class Meta:
        table_name = "slack_channels"


class Duty(Record):
    name = TextField(unique=True)
    due_at = UtcField()

    class Meta:
        table_name = "duties"


class Heartbeat(Record):
    name = TextField(unique=True)
    at = UtcField()
    detail = TextField(null=True)

    class Meta:
        table_name = "heartbeats"


ALL = (
    Number,
    Agent,
    Customer,
    Handle,
    InboxEntry,
    InboxElement,
    Order,
    OrderLine,
    Note,
    OrderEvent,
    Inbound,
    Message,
    ParkedReceipt,
    Template,
    Trigger,
    Alert,
    SlackChannel,
    Duty,
    Heartbeat,
)

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
Alert.add_index(Alert.index(Alert.due_at, Alert.id, where=Alert.state.in_(("due", "posting")), name="alerts_due"))


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Creates all tables."""
    with db.bind_ctx(ALL, bind_refs=False, bind_backrefs=False):
        db.create_tables(ALL, safe=False)
