"""Who is at either end: the shop's numbers, the team, the customers."""

from peewee import SQL, BigIntegerField, ForeignKeyField, IntegerField, JSONField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.record import Record


class Number(Record):
    """A business phone number: one shop, one Slack channel."""

    phone_number_id = TextField(unique=True)
    waba = TextField(index=True)
    display = TextField()
    name = TextField()
    slack_channel = TextField()
    catalog = TextField(null=True)
    language = TextField()
    currency = TextField()
    timezone = TextField()
    assignment = TextField()
    last_agent_id = BigIntegerField(null=True)  # where the round of agents stands
    throughput = IntegerField(default=80)  # messages a second that Meta allows
    theoretical_at = UtcField(null=True)  # GCRA: when the next message may leave at the earliest
    paused_until = UtcField(null=True)  # nothing is sent before: the account needs an admin, or Meta asked for it
    paused_reason = TextField(null=True)
    created_at = UtcField()
    gone_at = UtcField(null=True)
    quality = TextField(null=True)  # what Meta told of it last: FLAGGED or UNFLAGGED
    limit_tier = TextField(null=True)  # how many customers a day Meta lets the portfolio write to first
    country_languages = JSONField(default=dict, constraints=[SQL("DEFAULT '{}'")])  # where the shop maps countries
    second_cart_minutes = IntegerField(default=1440, constraints=[SQL("DEFAULT 1440")])  # 0: each cart stands alone

    class Meta:
        table_name = "numbers"


class Agent(Record):
    """A member of the team, known by the Slack user id."""

    slack = TextField(unique=True)
    name = TextField()
    role = TextField()
    team = TextField(null=True)
    presence = TextField()
    capacity = IntegerField(null=True)
    created_at = UtcField()
    gone_at = UtcField(null=True)
    scope = TextField(default="all", constraints=[SQL("DEFAULT 'all'")])  # whose orders they work on: own, team, all

    class Meta:
        table_name = "agents"


class Customer(Record):
    """A person. What identifies them stands in their handles; the username is an attribute, never a key."""

    name = TextField(null=True)
    username = TextField(null=True)
    language = TextField(null=True)
    created_at = UtcField()
    marketing_stopped_at = UtcField(null=True)  # since when nothing of the marketing kind is sent
    marketing_stop_source = TextField(null=True)  # who said so: user_preferences, 131050, an agent's name
    forgotten_at = UtcField(null=True)  # since when nothing personal is known of them any more

    class Meta:
        table_name = "customers"


class Handle(Record):
    """One way to recognize a customer: a phone number with "+", or a user id within a business portfolio."""

    customer_id: int
    customer = ForeignKeyField(Customer)
    kind = TextField()  # phone | user_id
    scope = TextField(default="")  # of a user id: the WABA it was seen through; of a phone: ""
    value = TextField()
    created_at = UtcField()

    class Meta:
        table_name = "handles"
        indexes = ((("kind", "scope", "value"), True),)
