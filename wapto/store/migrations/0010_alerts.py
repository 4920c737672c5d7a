"""Alerts about notices that did not reach their customers. Frozen, as is every migration."""

from peewee import BigAutoField, Database, Field, ForeignKeyField, Model, TextField
from playhouse.migrate import SchemaMigrator


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
        _add_column(db, Alert, Alert.message, ' REFERENCES "outbox" ("id")')
        _add_column(db, Alert, Alert.trouble, "")


def _add_column(db: Database, model: type[Model], field: Field, reference: str) -> None:
    context = db.get_sql_context()
    context.literal(f'ALTER TABLE "{model._meta.table_name}" ADD COLUMN ').sql(field.ddl(context)).literal(reference)
    db.execute_sql(*context.query())
