"""Alerts about notices that did not reach their customers. Frozen, as is every migration."""

from peewee import BigAutoField, Database, ForeignKeyField, Model, TextField
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Message(Record):
    class Meta:
        table_name = "outbox"


class Alert(Record):
    message = ForeignKeyField(Message, null=True, index=False)
    trouble = TextField(null=True)

    class Meta:
        table_name = "alerts"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns."""
    with db.bind_ctx((Alert, Message), bind_refs=False, bind_backrefs=False):
        add_column(db, Alert.message)
        add_column(db, Alert.trouble)
