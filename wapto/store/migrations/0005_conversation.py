"""Threads under cards, replies and inquiries. Frozen, as is every migration.

Every added column may be null or has a default in the database, so that a process of the version before can go on
writing while the new ones start.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    Database,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    Node,
    TextField,
)
from playhouse.migrate import SchemaMigrator, migrate

from wapto.store.columns import add_column

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


def _default(text: str) -> list[Node]:
    return [SQL(f"DEFAULT {text}")]


class Order(Record):
    thread_seq = IntegerField(constraints=_default("0"))
    thread_due_at = UtcField(constraints=_default("0"))
    address = TextField(null=True)
    address_asked_at = UtcField(null=True)

    class Meta:
        table_name = "orders"


class Number(Record):
    address_template = TextField(null=True)

    class Meta:
        table_name = "numbers"


class Customer(Record):
    class Meta:
        table_name = "customers"


class Inquiry(Record):
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    is_open = BooleanField()
    order = ForeignKeyField(Order, null=True)
    sku = TextField(null=True)
    last_seq = IntegerField()
    thread_seq = IntegerField()
    thread_due_at = UtcField()
    card_channel = TextField(null=True)
    card_ts = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "inquiries"


class InquiryEvent(Record):
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


class Inbound(Record):
    inquiry = ForeignKeyField(Inquiry, null=True)

    class Meta:
        table_name = "inbound"


class Message(Record):
    inquiry = ForeignKeyField(Inquiry, null=True)
    content = JSONField(null=True)
    said_seq = IntegerField(null=True)

    class Meta:
        table_name = "outbox"


class SlackPost(Record):
    order = ForeignKeyField(Order, null=True)
    inquiry = ForeignKeyField(Inquiry, null=True)
    first_seq = IntegerField()
    last_seq = IntegerField()
    state = TextField()
    attempts = IntegerField()
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "slack_posts"
        indexes = ((("order", "first_seq"), True), (("inquiry", "first_seq"), True))


class Media(Record):
    wamid = TextField(unique=True)
    order = ForeignKeyField(Order, null=True)
    inquiry = ForeignKeyField(Inquiry, null=True)
    media_id = TextField()
    kind = TextField()
    name = TextField(null=True)
    mime_type = TextField()
    sha256 = TextField(null=True)
    state = TextField()
    attempts = IntegerField()
    due_at = UtcField()
    file_id = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "media"


class SlackSeen(Record):
    event_id = TextField(unique=True)
    at = UtcField()

    class Meta:
        table_name = "slack_seen"


NEW = (Inquiry, InquiryEvent, SlackPost, SlackSeen, Media)
GROWN = (
    (Number, (Number.address_template,)),
    (Order, (Order.thread_seq, Order.thread_due_at, Order.address, Order.address_asked_at)),
    (Inbound, (Inbound.inquiry,)),
    (Message, (Message.inquiry, Message.content, Message.said_seq)),
)

INBOUND_INQUIRY = 'CREATE INDEX "inbound_inquiry_id" ON "inbound" ("inquiry_id")'
OUTBOX_INQUIRY = 'CREATE INDEX "outbox_inquiry_id" ON "outbox" ("inquiry_id")'
# What is told in its thread already, before there were threads: all of it.
TOLD = 'UPDATE "orders" SET "thread_seq" = "last_seq"'
ORDERS_UNTOLD = (
    'CREATE INDEX "orders_untold" ON "orders" ("thread_due_at", "id") '
    'WHERE (("thread_seq" < "last_seq") AND ("card_state" = \'posted\'))'
)
ORDERS_OF_CARD = 'CREATE INDEX "orders_of_card" ON "orders" ("card_ts") WHERE ("card_ts" IS NOT NULL)'
Media.add_index(Media.index(Media.due_at, Media.id, where=Media.state.in_(("due", "posting")), name="media_due"))
Inquiry.add_index(
    Inquiry.index(Inquiry.number, Inquiry.customer, unique=True, where=Inquiry.is_open, name="inquiries_open")
)
Inquiry.add_index(
    Inquiry.index(
        Inquiry.thread_due_at, Inquiry.id, where=Inquiry.thread_seq < Inquiry.last_seq, name="inquiries_untold"
    )
)
Inquiry.add_index(Inquiry.index(Inquiry.card_ts, where=Inquiry.card_ts.is_null(False), name="inquiries_of_card"))
SlackPost.add_index(
    SlackPost.index(
        SlackPost.due_at,
        SlackPost.id,
        where=SlackPost.state.in_(("due", "posting", "stale")),
        name="slack_posts_due",
    )
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds tables and columns."""
    models = (*NEW, *(model for model, _ in GROWN))
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        db.create_tables((Inquiry, InquiryEvent), safe=False)
        migrate(migrator.drop_not_null("outbox", "order_id"))
        for _model, fields in GROWN:
            for field in fields:
                add_column(db, field)
        db.create_tables((SlackPost, SlackSeen, Media), safe=False)
        for statement in (TOLD, ORDERS_UNTOLD, ORDERS_OF_CARD, INBOUND_INQUIRY, OUTBOX_INQUIRY):
            db.execute_sql(statement)
