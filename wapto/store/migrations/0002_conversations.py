"""Conversations of every kind, and what Meta says of accounts. Frozen, as is every migration.

Every added column may be null or has a default in the database, so that a process of the version before can go on
writing while the new ones start.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    Database,
    Field,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    Node,
    TextField,
)
from playhouse.migrate import SchemaMigrator

UtcField = BigIntegerField  # microseconds since 1970


class Record(Model):
    id = BigAutoField()

    class Meta:
        legacy_table_names = False


def _default(text: str) -> list[Node]:
    return [SQL(f"DEFAULT {text}")]


class Number(Record):
    quality = TextField(null=True)
    limit_tier = TextField(null=True)

    class Meta:
        table_name = "numbers"


class Customer(Record):
    marketing_stopped_at = UtcField(null=True)
    marketing_stop_source = TextField(null=True)

    class Meta:
        table_name = "customers"


class Inbound(Record):
    context_wamid = TextField(null=True)
    detail = JSONField(constraints=_default("'{}'"))
    edited_at = UtcField(null=True)
    revoked_at = UtcField(null=True)

    class Meta:
        table_name = "inbound"


class Template(Record):
    quality = TextField(null=True)
    status_reason = TextField(null=True)
    previous_category = TextField(null=True)
    coming_category = TextField(null=True)
    changed_at = UtcField(null=True)
    change = TextField(null=True)

    class Meta:
        table_name = "templates"


class Echo(Record):
    wamid = TextField(unique=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    direction = TextField()
    source = TextField()
    kind = TextField()
    text = TextField(null=True)
    sent_at = UtcField()
    received_at = UtcField()

    class Meta:
        table_name = "echoes"
        indexes = ((("customer", "sent_at"), False),)


class AdminAlert(Record):
    key = TextField(unique=True)
    words = TextField()
    state = TextField()
    attempts = IntegerField()
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()
    over_at = UtcField(null=True)

    class Meta:
        table_name = "admin_alerts"


NEW = (Echo, AdminAlert)
GROWN = (
    (Number, (Number.quality, Number.limit_tier)),
    (Customer, (Customer.marketing_stopped_at, Customer.marketing_stop_source)),
    (Inbound, (Inbound.context_wamid, Inbound.detail, Inbound.edited_at, Inbound.revoked_at)),
    (
        Template,
        (
            Template.quality,
            Template.status_reason,
            Template.previous_category,
            Template.coming_category,
            Template.changed_at,
            Template.change,
        ),
    ),
)

# What was changed later, held or is due is a small part of what there is: these indexes hold that part alone.
INBOUND_CHANGES = (
    'CREATE INDEX "inbound_changes" ON "inbound" ("context_wamid") WHERE ("kind" IN (\'edit\', \'revoke\'))'
)
OUTBOX_HELD = 'CREATE INDEX "outbox_held" ON "outbox" ("id") WHERE ("state" IN (\'held\'))'
AdminAlert.add_index(
    AdminAlert.index(
        AdminAlert.due_at, AdminAlert.id, where=AdminAlert.state.in_(("due", "posting")), name="admin_alerts_due"
    )
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds tables and columns."""
    models = (*NEW, *(model for model, _ in GROWN))
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        db.create_tables(NEW, safe=False)
        for model, fields in GROWN:
            for field in fields:
                _add_column(db, model, field)
        db.execute_sql(INBOUND_CHANGES)
        db.execute_sql(OUTBOX_HELD)


def _add_column(db: Database, model: type[Model], field: Field) -> None:
    context = db.get_sql_context()
    context.literal(f'ALTER TABLE "{model._meta.table_name}" ADD COLUMN ').sql(field.ddl(context))
    db.execute_sql(*context.query())
