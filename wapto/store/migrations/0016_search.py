"""What people search by: SKUs, names, and how orders ended. Frozen, as is every migration."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

# Spelled as the models spell them, which also compares them.
INDEXES = (
    'CREATE INDEX "order_lines_of_sku" ON "order_lines" ("sku", "order_id")',
    'CREATE INDEX "customers_by_name" ON "customers" (LOWER("name"))',
    'CREATE INDEX "orders_closed" ON "orders" ("status", "created_at", "id") WHERE NOT "is_open"',
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Adds indexes."""
    for index in INDEXES:
        db.execute_sql(index)
