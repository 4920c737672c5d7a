"""Acts that need a second person."""

from peewee import BigIntegerField, ForeignKeyField, JSONField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.orders import Order
from wapto.store.models.people import Customer
from wapto.store.models.record import Record


class Approval(Record):
    """What somebody wanted to do and a second person has to agree to; one is open per key."""

    order_id: int | None
    customer_id: int | None
    kind = TextField()  # cancel_paid | change_price | forget | export
    order = ForeignKeyField(Order, null=True)
    customer = ForeignKeyField(Customer, null=True)
    key = TextField()  # what is to be done to what; of an export also for whom
    open_key = TextField(null=True, unique=True)  # the key while it is asked
    act = JSONField()  # how it is done
    state = TextField()  # asked | approved | declined | used
    asked_by = TextField()
    asked_door = TextField()
    asked_agent_id = BigIntegerField(null=True)
    asked_at = UtcField()
    decided_by = TextField(null=True)
    decided_at = UtcField(null=True)

    class Meta:
        table_name = "approvals"


Approval.add_index(Approval.index(Approval.key, Approval.id, name="approvals_of_key"))
