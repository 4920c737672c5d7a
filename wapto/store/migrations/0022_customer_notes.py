"""Tags and notes of customers. Frozen, as is every migration."""

from peewee import BigAutoField, BigIntegerField, Database, ForeignKeyField, Model, TextField
from playhouse.migrate import SchemaMigrator

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Customer(Record):
    class Meta:
        table_name = "customers"


class CustomerTag(Record):
    customer = ForeignKeyField(Customer)
    origin = BigIntegerField()
    tag = TextField()
    author = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "customer_tags"
        indexes = ((("origin", "tag"), True), (("tag", "customer"), False))


class CustomerNote(Record):
    customer = ForeignKeyField(Customer)
    text = TextField()
    author = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "customer_notes"


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Adds two tables."""
    with db.bind_ctx((Customer, CustomerTag, CustomerNote), bind_refs=False, bind_backrefs=False):
        db.create_tables((CustomerTag, CustomerNote), safe=False)
