"""Words that agents send again and again. Frozen, as is every migration."""

from peewee import BigAutoField, BigIntegerField, Database, ForeignKeyField, Model, TextField
from playhouse.migrate import SchemaMigrator


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class Number(Record):
    class Meta:
        table_name = "numbers"


class QuickReply(Record):
    number = ForeignKeyField(Number, null=True)
    name = TextField(unique=True)
    text = TextField()
    created_at = BigIntegerField()  # microseconds since 1970

    class Meta:
        table_name = "quick_replies"


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Adds a table."""
    with db.bind_ctx((Number, QuickReply), bind_refs=False, bind_backrefs=False):
        db.create_tables((QuickReply,), safe=False)
