"""Words of notes, by which orders are found; and what an entry says of parcel and address. Frozen, as all migrations.

The indexes are kept by the database itself, so that processes of the version before keep them too.
"""

from peewee import BigAutoField, Database, JSONField, Model, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column


class Note(Model):
    id = BigAutoField()
    facts = JSONField(null=True)

    class Meta:
        table_name = "notes"


WORDY = (("orders", "note"), ("notes", "text"))  # table and column

# What PostgreSQL would take for a part of an address, a number, a tag or an entity stands between words.
SIGNS = "-./:@_+&=~?#<>*\\'"
PLAIN = "to_tsvector('simple', translate(\"{column}\", '{signs}', '{blanks}'))"

ON_POSTGRESQL = 'CREATE INDEX "{table}_words" ON "{table}" USING gin ({plain}) WHERE "{column}" <> \'\''

ON_SQLITE = (
    """CREATE VIRTUAL TABLE "{table}_words" USING fts5
    ("{column}", content='{table}', content_rowid='id', tokenize='unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER "{table}_words_added" AFTER INSERT ON "{table}" WHEN new."{column}" <> ''
    BEGIN
        INSERT INTO "{table}_words" (rowid, "{column}") VALUES (new.id, new."{column}");
    END""",
    """CREATE TRIGGER "{table}_words_changed" AFTER UPDATE OF "{column}" ON "{table}"
    WHEN old."{column}" <> new."{column}"
    BEGIN
        INSERT INTO "{table}_words" ("{table}_words", rowid, "{column}")
        SELECT 'delete', old.id, old."{column}" WHERE old."{column}" <> '';
        INSERT INTO "{table}_words" (rowid, "{column}")
        SELECT new.id, new."{column}" WHERE new."{column}" <> '';
    END""",
    """CREATE TRIGGER "{table}_words_gone" AFTER DELETE ON "{table}" WHEN old."{column}" <> ''
    BEGIN
        INSERT INTO "{table}_words" ("{table}_words", rowid, "{column}") VALUES ('delete', old.id, old."{column}");
    END""",
    """INSERT INTO "{table}_words" (rowid, "{column}")
    SELECT id, "{column}" FROM "{table}" WHERE "{column}" <> ''""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Adds a column, and an index of words to each of the tables that has notes."""
    with db.bind_ctx((Note,), bind_refs=False, bind_backrefs=False):
        add_column(db, Note.facts)
    for table, column in WORDY:
        plain = PLAIN.format(column=column, signs=SIGNS.replace("'", "''"), blanks=" " * len(SIGNS))
        for statement in (ON_POSTGRESQL,) if isinstance(db, PostgresqlDatabase) else ON_SQLITE:
            db.execute_sql(statement.format(table=table, column=column, plain=plain))
