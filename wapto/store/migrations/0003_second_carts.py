"""Carts that may belong to an earlier order of the same customer. Frozen, as is every migration."""

from peewee import SQL, BigAutoField, Database, ForeignKeyField, IntegerField, Model, TextField
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Number(Record):
    second_cart_minutes = IntegerField(constraints=[SQL("DEFAULT 1440")])

    class Meta:
        table_name = "numbers"


class Order(Record):
    earlier = ForeignKeyField("self", null=True, index=False)
    earlier_choice = TextField(null=True)

    class Meta:
        table_name = "orders"


GROWN = (Number.second_cart_minutes, Order.earlier, Order.earlier_choice)
ORDERS_WAITING = 'CREATE INDEX "orders_waiting" ON "orders" ("earlier_id", "id") WHERE ("earlier_choice" = \'waiting\')'


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns."""
    models = (Number, Order)
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        for field in GROWN:
            add_column(db, field)
        db.execute_sql(ORDERS_WAITING)
