"""Threads under cards. Frozen, as is every migration.

Every added column may be null or has a default in the database, so that a process of the version before can go on
writing while the new ones start.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    Database,
    Field,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    Node,
    TextField,
)
from playhouse.migrate import SchemaMigrator, migrate

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

    class Meta:
        table_name = "orders"


class Message(Record):
    content = JSONField(null=True)
    said_seq = IntegerField(null=True)

    class Meta:
        table_name = "outbox"


class ThreadPost(Record):
    order = ForeignKeyField(Order)
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
        table_name = "thread_posts"
        indexes = ((("order", "first_seq"), True),)


NEW = (ThreadPost,)
GROWN = (
    (Order, (Order.thread_seq, Order.thread_due_at)),
    (Message, (Message.content, Message.said_seq)),
)

# What is told in its thread already, before there were threads: all of it.
TOLD = 'UPDATE "orders" SET "thread_seq" = "last_seq"'
ORDERS_UNTOLD = 'CREATE INDEX "orders_untold" ON "orders" ("thread_due_at", "id") WHERE ("thread_seq" < "last_seq")'
ORDERS_OF_CARD = 'CREATE INDEX "orders_of_card" ON "orders" ("card_ts") WHERE ("card_ts" IS NOT NULL)'
ThreadPost.add_index(
    ThreadPost.index(
        ThreadPost.due_at,
        ThreadPost.id,
        where=ThreadPost.state.in_(("due", "posting", "stale")),
        name="thread_posts_due",
    )
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds tables and columns."""
    models = (*NEW, *(model for model, _ in GROWN))
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        for model, fields in GROWN:
            for field in fields:
                _add_column(db, model, field)
        migrate(migrator.drop_not_null("outbox", "order_id"))
        db.create_tables(NEW, safe=False)
        for statement in (TOLD, ORDERS_UNTOLD, ORDERS_OF_CARD):
            db.execute_sql(statement)


def _add_column(db: Database, model: type[Model], field: Field) -> None:
    context = db.get_sql_context()
    context.literal(f'ALTER TABLE "{model._meta.table_name}" ADD COLUMN ').sql(field.ddl(context))
    db.execute_sql(*context.query())
