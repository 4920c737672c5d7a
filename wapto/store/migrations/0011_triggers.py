"""Plain text where no template can be sent. Frozen, as is every migration."""

from peewee import SQL, BigAutoField, BooleanField, Database, Model
from playhouse.migrate import SchemaMigrator


class Trigger(Model):
    id = BigAutoField()
    plain_text = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "triggers"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds a column."""
    with db.bind_ctx((Trigger,), bind_refs=False, bind_backrefs=False):
        context = db.get_sql_context()
        context.literal('ALTER TABLE "triggers" ADD COLUMN ').sql(Trigger.plain_text.ddl(context))
        db.execute_sql(*context.query())
