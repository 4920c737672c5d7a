"""Languages by the customer's country, where a shop maps them. Frozen, as is every migration."""

from peewee import SQL, BigAutoField, Database, JSONField, Model
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Number(Model):
    id = BigAutoField()
    country_languages = JSONField(constraints=[SQL("DEFAULT '{}'")])

    class Meta:
        legacy_table_names = False
        table_name = "numbers"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds a column that processes of the version before need not know."""
    with db.bind_ctx((Number,), bind_refs=False, bind_backrefs=False):
        add_column(db, Number.country_languages)
