"""Words that agents send again and again."""

from peewee import ForeignKeyField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.people import Number
from wapto.store.models.record import Record


class QuickReply(Record):
    """What agents of a number, or of all of them, choose by its name when they reply to a customer."""

    number_id: int | None
    number = ForeignKeyField(Number, null=True)
    name = TextField(unique=True)
    text = TextField()  # with commerce variables in braces
    created_at = UtcField()

    class Meta:
        table_name = "quick_replies"
