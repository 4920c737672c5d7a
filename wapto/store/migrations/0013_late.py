"""Working hours and promises of time. Frozen, as is every migration.

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


class Number(Record):
    hours = TextField(null=True)
    promises = JSONField(constraints=[SQL("DEFAULT '{}'")])

    class Meta:
        table_name = "numbers"


class Order(Record):
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

GROWN = ((Number, Number.hours), (Number, Number.promises))
NEW = (Promise,)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds a table and columns."""
    with db.bind_ctx((*NEW, Number, Order), bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=False)
        for _model, field in GROWN:
            add_column(db, field)
