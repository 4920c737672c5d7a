"""What the shop sells, as Meta's catalogs have it."""

from peewee import BigIntegerField, BooleanField, IntegerField, JSONField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.record import Record


class CatalogItem(Record):
    """An item of a catalog of Meta's, known by its SKU. Prices: what Meta wrote, and how much that is where certain."""

    catalog = TextField()
    sku = TextField()
    meta_id = TextField()
    name = TextField()
    variant = TextField()  # color and size, in words; empty for what comes in one kind
    variant_group = TextField(null=True)  # shared by the variants of one thing
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
    review = TextField()  # whether WhatsApp may show it: APPROVED, PENDING, REJECTED, …
    review_reason = TextField(null=True)
    synced_at = UtcField()  # when the sync began that saw it last
    gone_at = UtcField(null=True)

    class Meta:
        table_name = "catalog_items"
        indexes = ((("catalog", "sku"), True), (("catalog", "synced_at"), False))


class CatalogAlias(Record):
    """A SKU that carts still have, and the SKU of the item that it stands for."""

    catalog = TextField()
    sku = TextField()
    target = TextField()
    actor = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "catalog_aliases"
        indexes = ((("catalog", "sku"), True),)


class CatalogSync(Record):
    """How far the reading of a catalog is; one row per catalog."""

    catalog = TextField(unique=True)
    due_at = UtcField(null=True)  # null: nothing asks for it
    lease_until = UtcField(null=True)
    started_at = UtcField(null=True)  # of the sync that is not at its end
    again = BooleanField(default=False)  # asked for once more while it was being read
    after = TextField(null=True)  # Meta's cursor of the last page that was taken over
    page = IntegerField()  # items asked for at a time
    counts = JSONField()
    attempts = IntegerField(default=0)
    problem = TextField(null=True)
    finished_at = UtcField(null=True)
    summary = JSONField()  # the counts of the sync that was finished last

    class Meta:
        table_name = "catalog_syncs"
