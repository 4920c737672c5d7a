"""Orders, their line items and their timeline."""

from peewee import SQL, BigIntegerField, BooleanField, ForeignKeyField, IntegerField, JSONField, TextField

from wapto.store.fields import AT_ONCE, UtcField
from wapto.store.models.people import Agent, Customer, Number
from wapto.store.models.record import Record


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
    address = TextField(null=True)  # where it is shipped, in the customer's words; never in an event
    address_asked_at = UtcField(null=True)
    eta = TextField(null=True)  # a calendar day, YYYY-MM-DD
    created_at = UtcField()
    updated_at = UtcField()
    card_channel = TextField(null=True)
    card_ts = TextField(null=True)
    card_state = TextField()
    card_due_at = UtcField()  # not looked at before: backoff, or the lease of a post whose outcome is unknown
    card_attempts = IntegerField(default=0)
    card_problem = TextField(null=True)
    earlier_id: int | None
    earlier = ForeignKeyField("self", null=True, index=False)  # the customer's order that this cart may belong to
    earlier_choice = TextField(null=True)  # waiting | merge | replace | apart
    thread_seq = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # what the thread under the card has told
    waits = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # for somebody to come on duty
    thread_due_at = UtcField(default=AT_ONCE, constraints=[SQL("DEFAULT 0")])  # not looked at before

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
    catalog_minor = BigIntegerField(null=True)  # unit price of the catalog when the cart came, in the same currency

    class Meta:
        table_name = "order_lines"
        indexes = ((("order", "position"), True),)


class Adjustment(Record):
    """What is added to the items' sum or taken off it: at most one of each kind."""

    order_id: int
    order = ForeignKeyField(Order)
    kind = TextField()  # shipping | discount
    amount_minor = BigIntegerField()  # below zero where it is taken off
    currency = TextField()

    class Meta:
        table_name = "adjustments"
        indexes = ((("order", "kind"), True),)


class Promise(Record):
    """By when an order has to leave its status. It stands while the order is in just that status."""

    order_id: int
    order = ForeignKeyField(Order, unique=True)
    status = TextField()
    since = UtcField()  # when the order came into the status
    due_at = UtcField()
    look_at = UtcField(null=True)  # when the next limit is crossed; null after the last
    step = IntegerField()  # which limits it has crossed

    class Meta:
        table_name = "promises"


class Note(Record):
    """Personal words beside an event: a note, a reason. Apart from the events, so that they can be forgotten.

    `facts` are columns of the order that the event set, parcel and address, which say where somebody lives.
    """

    order = ForeignKeyField(Order)
    author = TextField()
    text = TextField()
    facts = JSONField(null=True)
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


# What is open, due or in flight is a small part of what there is: these indexes hold that part alone.
Order.add_index(Order.index(Order.status, Order.created_at, Order.id, where=Order.is_open, name="orders_open"))
Order.add_index(Order.index(Order.status, Order.created_at, Order.id, where=~Order.is_open, name="orders_closed"))
Order.add_index(Order.index(Order.agent, Order.status, where=Order.is_open, name="orders_of_agent"))
Order.add_index(Order.index(Order.card_due_at, Order.id, where=Order.shown_seq < Order.last_seq, name="orders_dirty"))
Order.add_index(
    Order.index(
        Order.card_due_at,
        Order.id,
        where=(Order.shown_seq < Order.last_seq) & (Order.card_state != "absent"),
        name="orders_of_known_cards",
    )
)
Order.add_index(
    Order.index(
        Order.number,
        Order.card_due_at,
        Order.id,
        where=(Order.shown_seq < Order.last_seq) & (Order.card_state == "absent"),
        name="orders_without_cards",
    )
)
Order.add_index(
    Order.index(
        Order.thread_due_at,
        Order.id,
        where=(Order.thread_seq < Order.last_seq) & (Order.card_state == "posted"),
        name="orders_untold",
    )
)
Order.add_index(Order.index(Order.card_ts, where=Order.card_ts.is_null(False), name="orders_of_card"))
Order.add_index(Order.index(Order.created_at, Order.id, name="orders_created"))
Order.add_index(Order.index(Order.customer, Order.id, name="orders_of_customer"))
Promise.add_index(
    Promise.index(Promise.look_at, Promise.id, where=Promise.look_at.is_null(False), name="promises_to_look_at")
)
OrderLine.add_index(OrderLine.index(OrderLine.sku, OrderLine.order, name="order_lines_of_sku"))
OrderEvent.add_index(
    OrderEvent.index(
        OrderEvent.at, OrderEvent.id, where=OrderEvent.kind.in_(("assigned", "status")), name="order_events_of_work"
    )
)
Order.add_index(Order.index(Order.number, Order.id, where=Order.waits, name="orders_queued"))
Order.add_index(Order.index(Order.earlier, Order.id, where=Order.earlier_choice == "waiting", name="orders_waiting"))
