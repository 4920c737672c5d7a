"""People under many handles: doubted and given up ones, portfolios, merges with their trace. Frozen, as is every one.

A handle that is gone or doubted stays beside the same value of its owner, so uniqueness now holds among the rest.
Processes of the version before can go on writing: they know neither state, and every new column may be null.
"""

from peewee import BigAutoField, BigIntegerField, Database, ForeignKeyField, JSONField, Model, TextField
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Number(Record):
    portfolio = TextField(null=True)

    class Meta:
        table_name = "numbers"


class Customer(Record):
    merged_into_id = BigIntegerField(null=True)

    class Meta:
        table_name = "customers"


class Handle(Record):
    doubted_at = UtcField(null=True)
    gone_at = UtcField(null=True)
    confirmed_at = UtcField(null=True)
    confirmed_by = TextField(null=True)

    class Meta:
        table_name = "handles"


class Merge(Record):
    kept = ForeignKeyField(Customer, backref="+")
    merged = ForeignKeyField(Customer, backref="+")
    at = UtcField()
    actor = TextField()
    door = TextField()
    reason = TextField()
    moved = JSONField()
    ended = JSONField()
    filled = JSONField()
    undone_at = UtcField(null=True)
    undone_by = TextField(null=True)
    undone_door = TextField(null=True)

    class Meta:
        table_name = "merges"


GROWN = (
    (Number, (Number.portfolio,)),
    (Customer, (Customer.merged_into_id,)),
    (Handle, (Handle.doubted_at, Handle.gone_at, Handle.confirmed_at, Handle.confirmed_by)),
)
INDEXES = (
    'DROP INDEX "handles_kind_scope_value"',
    'CREATE INDEX "handles_kind_scope_value" ON "handles" ("kind", "scope", "value")',
    'CREATE UNIQUE INDEX "handles_theirs" ON "handles" ("kind", "scope", "value") '
    'WHERE (("gone_at" IS NULL) AND ("doubted_at" IS NULL))',
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds the table, the columns and the indexes."""
    models = (Merge, *(model for model, _ in GROWN))
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        db.create_tables([Merge], safe=False)
        for _model, fields in GROWN:
            for field in fields:
                add_column(db, field)
        for statement in INDEXES:
            db.execute_sql(statement)
