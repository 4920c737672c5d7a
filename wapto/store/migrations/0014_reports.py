"""What reports read: Meta's prices of messages, and indexes by time. Frozen, as is every migration.

The columns may be null, so that a process of the version before can go on writing while the new ones start. The indexes
grow at their end alone, which costs a writer little.
"""

from peewee import BigAutoField, Database, Model, TextField
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Message(Model):
    id = BigAutoField()
    price_category = TextField(null=True)
    price_type = TextField(null=True)

    class Meta:
        table_name = "outbox"


INDEXES = (
    'CREATE INDEX "outbox_created" ON "outbox" ("created_at", "id")',
    'CREATE INDEX "inbound_received" ON "inbound" ("received_at", "id")',
    'CREATE INDEX "order_events_of_work" ON "order_events" ("at", "id") WHERE ("kind" IN (\'assigned\', \'status\'))',
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns and indexes."""
    with db.bind_ctx((Message,), bind_refs=False, bind_backrefs=False):
        for field in (Message.price_category, Message.price_type):
            add_column(db, field)
    for index in INDEXES:
        db.execute_sql(index)
