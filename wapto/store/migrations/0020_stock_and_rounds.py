"""Stock that is written to Meta, silence of numbers, and the doctor's rounds. Frozen, as is every migration."""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    Database,
    ForeignKeyField,
    IntegerField,
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
    update_stock = BooleanField(constraints=[SQL("DEFAULT FALSE")])
    silence_minutes = IntegerField(constraints=[SQL("DEFAULT 0")])
    heard_at = UtcField(null=True)

    class Meta:
        table_name = "numbers"


class Order(Record):
    class Meta:
        table_name = "orders"


class StockMove(Record):
    order = ForeignKeyField(Order)
    catalog = TextField()
    sku = TextField()
    quantity = BigIntegerField()
    state = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "stock_moves"


class StockLevel(Record):
    catalog = TextField()
    sku = TextField()
    due_at = UtcField(null=True)
    target = BigIntegerField(null=True)
    target_short = BigIntegerField()
    availability = TextField(null=True)
    handle = TextField(null=True)
    written = BigIntegerField(null=True)
    short = BigIntegerField()
    attempts = IntegerField()
    problem = TextField(null=True)

    class Meta:
        table_name = "stock_levels"
        indexes = ((("catalog", "sku"), True),)


class Finding(Record):
    name = TextField(unique=True)
    state = TextField()
    seen = TextField()
    since = UtcField()

    class Meta:
        table_name = "findings"


StockMove.add_index(
    StockMove.index(
        StockMove.catalog,
        StockMove.sku,
        where=StockMove.state.in_(("due", "sending", "rejected")),
        name="stock_moves_unwritten",
    )
)
StockMove.add_index(StockMove.index(StockMove.order, where=StockMove.state == "rejected", name="stock_moves_rejected"))
StockLevel.add_index(
    StockLevel.index(StockLevel.due_at, StockLevel.id, where=StockLevel.due_at.is_null(False), name="stock_levels_due")
)

NEW = (StockMove, StockLevel, Finding)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns and tables."""
    with db.bind_ctx((Number, Order, *NEW), bind_refs=False, bind_backrefs=False):
        for field in (Number.update_stock, Number.silence_minutes, Number.heard_at):
            add_column(db, field)
        db.create_tables(NEW, safe=False)
