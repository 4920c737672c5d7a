"""What orders take from the stock that Meta's catalogs count, and how far Meta knows of it."""

from peewee import BigIntegerField, ForeignKeyField, IntegerField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.orders import Order
from wapto.store.models.record import Record


class StockMove(Record):
    """Pieces of an item that an order took, or below zero gave back. An order holds the sum of its moves."""

    order_id: int
    order = ForeignKeyField(Order)
    catalog = TextField()
    sku = TextField()  # of the item, which a line's SKU may only be tied to
    quantity = BigIntegerField()
    state = TextField()  # due | sending | rejected | written | dropped
    created_at = UtcField()

    class Meta:
        table_name = "stock_moves"


class StockLevel(Record):
    """An item whose stock is written to Meta: what is being written, and what was written last."""

    catalog = TextField()
    sku = TextField()
    due_at = UtcField(null=True)  # null: nothing is left to write; else not looked at before, which is a lease too
    target = BigIntegerField(null=True)  # committed before it is sent; it stays while nobody knows whether Meta has it
    target_short = BigIntegerField(default=0)
    availability = TextField(null=True)  # what is written of it beside the target; null is nothing
    handle = TextField(null=True)  # of the batch that Meta took, until it says how it ended
    written = BigIntegerField(null=True)
    short = BigIntegerField(default=0)  # pieces that orders took though Meta counted none any more, beside `written`
    attempts = IntegerField(default=0)
    problem = TextField(null=True)

    class Meta:
        table_name = "stock_levels"
        indexes = ((("catalog", "sku"), True),)


# What is not written yet is a small part of what there is: these indexes hold that part alone.
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
