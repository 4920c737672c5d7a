"""Working hours, promises of time, and rules of who gets an order. Frozen, as is every migration.

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
    TextField,
)
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Number(Record):
    hours = TextField(null=True)
    promises = JSONField(constraints=[SQL("DEFAULT '{}'")])
    rules = JSONField(constraints=[SQL("DEFAULT '[]'")])
    rounds = JSONField(constraints=[SQL("DEFAULT '{}'")])
    sticky = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "numbers"


class Agent(Record):
    hours = TextField(null=True)
    off_hours = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "agents"


class TeamHours(Record):
    team = TextField(unique=True)
    hours = TextField()

    class Meta:
        table_name = "team_hours"


class Order(Record):
    waits = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "orders"


class Promise(Record):
    order = ForeignKeyField(Order, unique=True)
    status = TextField()
    since = UtcField()
    due_at = UtcField()
    look_at = UtcField(null=True)
    step = IntegerField()

    class Meta:
        table_name = "promises"


Promise.add_index(
    Promise.index(Promise.look_at, Promise.id, where=Promise.look_at.is_null(False), name="promises_to_look_at")
)

GROWN = (
    (Number, Number.hours),
    (Number, Number.promises),
    (Number, Number.rules),
    (Number, Number.rounds),
    (Number, Number.sticky),
    (Agent, Agent.hours),
    (Agent, Agent.off_hours),
    (Order, Order.waits),
)
NEW = (Promise, TeamHours)
ORDERS_QUEUED = 'CREATE INDEX "orders_queued" ON "orders" ("number_id", "id") WHERE "waits"'


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds tables, columns and an index."""
    with db.bind_ctx((*NEW, Number, Agent, Order), bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=False)
        for _model, field in GROWN:
            add_column(db, field)
        db.execute_sql(ORDERS_QUEUED)
