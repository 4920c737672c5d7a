"""Orders of people who are away, words to one person, acts that need a second person. Frozen, as is every migration.

Every added column may be null or has a default in the database, so that a process of the version before can go on
writing while the new ones start.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    Database,
    ForeignKeyField,
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


class Number(Record):
    hand_back_minutes = IntegerField(constraints=[SQL("DEFAULT 1440")])
    two_person = JSONField(constraints=[SQL("DEFAULT '[]'")])

    class Meta:
        table_name = "numbers"


class Agent(Record):
    absent_since = UtcField(null=True)
    told_at = UtcField(null=True)
    slack_away = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "agents"


class Customer(Record):
    class Meta:
        table_name = "customers"


class Order(Record):
    class Meta:
        table_name = "orders"


class Approval(Record):
    kind = TextField()
    order = ForeignKeyField(Order, null=True)
    customer = ForeignKeyField(Customer, null=True)
    key = TextField()
    open_key = TextField(null=True, unique=True)
    act = JSONField()
    state = TextField()
    asked_by = TextField()
    asked_door = TextField()
    asked_agent_id = BigIntegerField(null=True)
    asked_at = UtcField()
    decided_by = TextField(null=True)
    decided_at = UtcField(null=True)

    class Meta:
        table_name = "approvals"


class Alert(Record):
    joined_id = BigIntegerField(null=True)

    class Meta:
        table_name = "alerts"


class AdminAlert(Record):
    agent = ForeignKeyField(Agent, null=True, index=False)
    about = TextField(null=True)
    approval = ForeignKeyField(Approval, null=True, index=False)

    class Meta:
        table_name = "admin_alerts"


Approval.add_index(Approval.index(Approval.key, Approval.id, name="approvals_of_key"))

GROWN = (
    (Number, Number.hand_back_minutes),
    (Number, Number.two_person),
    (Agent, Agent.absent_since),
    (Agent, Agent.told_at),
    (Agent, Agent.slack_away),
    (Alert, Alert.joined_id),
    (AdminAlert, AdminAlert.agent),
    (AdminAlert, AdminAlert.about),
    (AdminAlert, AdminAlert.approval),
)
ALERTS_JOINED = 'CREATE INDEX "alerts_joined" ON "alerts" ("joined_id") WHERE ("joined_id" IS NOT NULL)'


def up(_migrator: SchemaMigrator, db: Database) -> None:
    """Adds a table, columns and an index."""
    models = (Number, Agent, Customer, Order, Approval, Alert, AdminAlert)
    with db.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        db.create_tables([Approval], safe=False)
        for _model, field in GROWN:
            add_column(db, field)
        db.execute_sql(ALERTS_JOINED)
