"""Surveys after a delivery, and what is done about a low score. Frozen, as is every migration."""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    Database,
    ForeignKeyField,
    IntegerField,
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


class Number(Record):
    survey = TextField(constraints=[SQL("DEFAULT 'review'")])
    survey_mode = TextField(constraints=[SQL("DEFAULT 'automatic'")])
    survey_template = TextField(null=True)
    survey_delay_minutes = IntegerField(constraints=[SQL("DEFAULT 1440")])
    survey_rest_days = IntegerField(constraints=[SQL("DEFAULT 30")])

    class Meta:
        table_name = "numbers"


class Customer(Record):
    class Meta:
        table_name = "customers"


class Order(Record):
    class Meta:
        table_name = "orders"


class Message(Record):
    class Meta:
        table_name = "outbox"


class Survey(Record):
    order = ForeignKeyField(Order, unique=True)
    number = ForeignKeyField(Number)
    customer = ForeignKeyField(Customer)
    kind = TextField()
    state = TextField()
    reason = TextField(null=True)
    delivered_at = UtcField()
    due_at = UtcField()
    asked_at = UtcField(null=True)
    message = ForeignKeyField(Message, null=True)
    score = IntegerField(null=True)
    answered_at = UtcField(null=True)
    comment = TextField(null=True)
    recovery = TextField(null=True)
    outcome = TextField(null=True)
    closed_by = TextField(null=True)
    closed_at = UtcField(null=True)

    class Meta:
        table_name = "surveys"


Survey.add_index(Survey.index(Survey.due_at, Survey.id, where=Survey.state == "waiting", name="surveys_due"))
Survey.add_index(Survey.index(Survey.id, where=Survey.recovery == "open", name="surveys_recovering"))

GROWN = (
    Number.survey,
    Number.survey_mode,
    Number.survey_template,
    Number.survey_delay_minutes,
    Number.survey_rest_days,
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Adds columns and a table."""
    with db.bind_ctx((Number, Customer, Order, Message, Survey), bind_refs=False, bind_backrefs=False):
        for field in GROWN:
            add_column(db, field)
        db.create_tables((Survey,), safe=False)
