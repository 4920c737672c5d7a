"""What customers may do by themselves, and who was forgotten. Frozen, as is every migration."""

from peewee import SQL, BigAutoField, BigIntegerField, BooleanField, Database, Model, TextField
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Customer(Model):
    id = BigAutoField()
    forgotten_at = BigIntegerField(null=True)  # microseconds since 1970

    class Meta:
        table_name = "customers"
        legacy_table_names = False


class Number(Model):
    id = BigAutoField()
    where_is_it = BooleanField(constraints=[SQL("DEFAULT FALSE")])
    cancel_until = TextField(null=True)

    class Meta:
        table_name = "numbers"
        legacy_table_names = False


GROWN = (
    (Customer, Customer.forgotten_at),
    (Number, Number.where_is_it),
    (Number, Number.cancel_until),
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns."""
    with db.bind_ctx((Customer, Number), bind_refs=False, bind_backrefs=False):
        for _model, field in GROWN:
            add_column(db, field)
