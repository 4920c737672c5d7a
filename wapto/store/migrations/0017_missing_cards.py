"""Cards that are missing and cards that are there, apart. Frozen, as is every migration."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

# Spelled as the models spell them, which also compares them.
INDEXES = (
    'CREATE INDEX "orders_of_known_cards" ON "orders" ("card_due_at", "id") '
    'WHERE (("shown_seq" < "last_seq") AND ("card_state" != \'absent\'))',
    'CREATE INDEX "orders_without_cards" ON "orders" ("number_id", "card_due_at", "id") '
    'WHERE (("shown_seq" < "last_seq") AND ("card_state" = \'absent\'))',
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Adds indexes."""
    for index in INDEXES:
        db.execute_sql(index)
