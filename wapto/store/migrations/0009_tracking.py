"""Customers who were forgotten. Frozen, as is every migration."""

from peewee import BigAutoField, BigIntegerField, Database, Model
from playhouse.migrate import SchemaMigrator


class Customer(Model):
    id = BigAutoField()
    forgotten_at = BigIntegerField(null=True)  # microseconds since 1970

    class Meta:
        table_name = "customers"
        legacy_table_names = False


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds a column."""
    with db.bind_ctx((Customer,), bind_refs=False, bind_backrefs=False):
        context = db.get_sql_context()
        context.literal('ALTER TABLE "customers" ADD COLUMN ').sql(Customer.forgotten_at.ddl(context))
        db.execute_sql(*context.query())
