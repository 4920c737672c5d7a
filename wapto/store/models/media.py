"""Files that customers sent: fetched once, and shown in the thread where their message stands."""

from peewee import ForeignKeyField, IntegerField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.inquiries import Inquiry
from wapto.store.models.orders import Order
from wapto.store.models.record import Record


class Media(Record):
    """One file of one message, known by the message's id; the file itself is in Slack alone."""

    order_id: int | None
    inquiry_id: int | None
    wamid = TextField(unique=True)
    order = ForeignKeyField(Order, null=True)
    inquiry = ForeignKeyField(Inquiry, null=True)
    media_id = TextField()
    kind = TextField()
    name = TextField(null=True)
    mime_type = TextField()
    sha256 = TextField(null=True)  # as WhatsApp told it: base64
    state = TextField()  # due | posting | posted | failed
    attempts = IntegerField(default=0)
    due_at = UtcField()
    file_id = TextField(null=True)  # Slack's
    problem = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "media"


# What is due is a small part of what there is: this index holds that part alone.
Media.add_index(Media.index(Media.due_at, Media.id, where=Media.state.in_(("due", "posting")), name="media_due"))
