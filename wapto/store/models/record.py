"""The bases of all tables."""

from peewee import SQL, BigAutoField, IntegerField, Model, TextField

from wapto.store.database import db
from wapto.store.fields import UtcField


class Record(Model):
    """The base of all tables."""

    id = BigAutoField()

    class Meta:
        database = db
        legacy_table_names = False


class Carded(Record):
    """What has a card in Slack, with a thread below it.

    `last_seq` counts its events; up to `shown_seq` they are on the card, up to `thread_seq` in the thread.
    """

    last_seq = IntegerField(default=0)
    shown_seq = IntegerField(default=0)
    card_channel = TextField(null=True)
    card_ts = TextField(null=True)
    card_state = TextField()
    card_due_at = UtcField()  # not looked at before: backoff, or the lease of a post whose outcome is unknown
    card_attempts = IntegerField(default=0)
    card_problem = TextField(null=True)
    thread_seq = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])
