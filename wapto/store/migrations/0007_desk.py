"""The Home tab of each agent, fees and discounts, and whose orders an agent may work on. Frozen, as is every migration.

Every added column may be null or has a default in the database, so that a process of the version before can go on
writing while the new ones start.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    Database,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Agent(Record):
    scope = TextField(constraints=[SQL("DEFAULT 'all'")])

    class Meta:
        table_name = "agents"


class Order(Record):
    class Meta:
        table_name = "orders"


class Adjustment(Record):
    order = ForeignKeyField(Order)
    kind = TextField()
    amount_minor = BigIntegerField()
    currency = TextField()

    class Meta:
        table_name = "adjustments"
        indexes = ((("order", "kind"), True),)


class Home(Record):
    agent = ForeignKeyField(Agent, unique=True)
    wanted = JSONField()
    version = IntegerField()
    opened_at = UtcField()
    due_at = UtcField()
    seen_event = BigIntegerField()
    digest = TextField(null=True)
    view_hash = TextField(null=True)

    class Meta:
        table_name = "homes"


NEW = (Adjustment, Home)

# What the customer was not told is a small part of what there is: this index holds that part alone.
OUTBOX_UNTOLD = (
    'CREATE INDEX "outbox_untold" ON "outbox" ("order_id") WHERE ("state" IN (\'held\', \'failed\', \'unknown\'))'
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds tables, a column and an index."""
    with db.bind_ctx((*NEW, Agent, Order), bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=False)
        add_column(db, Agent.scope)
        db.execute_sql(OUTBOX_UNTOLD)
