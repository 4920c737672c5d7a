"""Items of Meta's catalogs, and how far their reading is. Frozen, as is every migration."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    Database,
    IntegerField,
    JSONField,
    Model,
    TextField,
)
from playhouse.migrate import SchemaMigrator

from wapto.store.columns import add_column

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


class CatalogItem(Record):
    catalog = TextField()
    sku = TextField()
    meta_id = TextField()
    name = TextField()
    variant = TextField()
    variant_group = TextField(null=True)
    currency = TextField(null=True)
    price_text = TextField()
    price_minor = BigIntegerField(null=True)
    sale_text = TextField()
    sale_minor = BigIntegerField(null=True)
    sale_from = UtcField(null=True)
    sale_until = UtcField(null=True)
    availability = TextField()
    visibility = TextField()
    inventory = IntegerField(null=True)
    image_url = TextField(null=True)
    review = TextField()
    review_reason = TextField(null=True)
    synced_at = UtcField()
    gone_at = UtcField(null=True)

    class Meta:
        table_name = "catalog_items"
        indexes = ((("catalog", "sku"), True), (("catalog", "synced_at"), False))


class CatalogAlias(Record):
    catalog = TextField()
    sku = TextField()
    target = TextField()
    actor = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "catalog_aliases"
        indexes = ((("catalog", "sku"), True),)


class CatalogSync(Record):
    catalog = TextField(unique=True)
    due_at = UtcField(null=True)
    lease_until = UtcField(null=True)
    started_at = UtcField(null=True)
    again = BooleanField()
    after = TextField(null=True)
    page = IntegerField()
    counts = JSONField()
    attempts = IntegerField()
    problem = TextField(null=True)
    finished_at = UtcField(null=True)
    summary = JSONField()

    class Meta:
        table_name = "catalog_syncs"


class OrderLine(Record):
    catalog_minor = BigIntegerField(null=True)

    class Meta:
        table_name = "order_lines"


NEW = (CatalogItem, CatalogAlias, CatalogSync)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds tables and a column."""
    with db.bind_ctx((*NEW, OrderLine), bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=False)
        add_column(db, OrderLine.catalog_minor)
