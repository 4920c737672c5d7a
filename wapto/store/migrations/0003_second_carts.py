"""Carts that may belong to an earlier order of the same customer. Frozen, as is every migration."""

from peewee import SQL, BigAutoField, Database, Field, ForeignKeyField, IntegerField, Model, TextField
from playhouse.migrate import SchemaMigrator


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


GROWN = (
    (Number, Number.second_cart_minutes, ""),
    (Order, Order.earlier, ' REFERENCES "orders" ("id")'),
    (Order, Order.earlier_choice, ""),
)
ORDERS_WAITING = 'CREATE INDEX "orders_waiting" ON "orders" ("earlier_id", "id") WHERE ("earlier_choice" = \'waiting\')'


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns."""
    models = (Number, Order)
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        for model, field, reference in GROWN:
            _add_column(db, model, field, reference)
        db.execute_sql(ORDERS_WAITING)


def _add_column(db: Database, model: type[Model], field: Field, reference: str) -> None:
    context = db.get_sql_context()
    context.literal(f'ALTER TABLE "{model._meta.table_name}" ADD COLUMN ').sql(field.ddl(context)).literal(reference)
    db.execute_sql(*context.query())
