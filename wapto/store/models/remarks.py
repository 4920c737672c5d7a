"""What the team keeps about customers, in words of its own."""

from peewee import BigIntegerField, ForeignKeyField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.people import Customer
from wapto.store.models.record import Record


class CustomerTag(Record):
    """A word that customers are found by.

    `origin` is the customer that it was put on: a merge moves the row, and may leave two of one word.
    """

    customer_id: int
    customer = ForeignKeyField(Customer)
    origin = BigIntegerField()
    tag = TextField()
    author = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "customer_tags"
        indexes = ((("origin", "tag"), True), (("tag", "customer"), False))


class CustomerNote(Record):
    """What is good to know about a customer, whatever they order."""

    customer_id: int
    customer = ForeignKeyField(Customer)
    text = TextField()
    author = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "customer_notes"
