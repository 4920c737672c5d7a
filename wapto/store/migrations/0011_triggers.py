"""Plain text where no template can be sent. Frozen, as is every migration."""

from peewee import SQL, BigAutoField, BooleanField, Database, Model
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Trigger(Model):
    id = BigAutoField()
    plain_text = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "triggers"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds a column."""
    with db.bind_ctx((Trigger,), bind_refs=False, bind_backrefs=False):
        add_column(db, Trigger.plain_text)
