"""Calendar work and signs of life."""

from peewee import TextField

from wapto.store.fields import UtcField
from wapto.store.models.record import Record


class Duty(Record):
    """Calendar work: due at an instant, moved on by a guarded update."""

    name = TextField(unique=True)
    due_at = UtcField()

    class Meta:
        table_name = "duties"


class Heartbeat(Record):
    """The last sign of life of a process or lane."""

    name = TextField(unique=True)
    at = UtcField()
    detail = TextField(null=True)

    class Meta:
        table_name = "heartbeats"


class Finding(Record):
    """What the doctor's rounds found of a thing: `state` as the admins know it, `seen` as it was the last time."""

    name = TextField(unique=True)
    state = TextField()
    seen = TextField()
    since = UtcField()

    class Meta:
        table_name = "findings"
