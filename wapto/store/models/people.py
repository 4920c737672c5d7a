"""Who is at either end: the shop's numbers, the team, the customers."""

from peewee import SQL, BigIntegerField, BooleanField, ForeignKeyField, IntegerField, JSONField, TextField, fn

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
    address_template = TextField(null=True)  # what asks for an address outside of the customer service window
    paused_until = UtcField(null=True)  # nothing is sent before: the account needs an admin, or Meta asked for it
    paused_reason = TextField(null=True)
    created_at = UtcField()
    gone_at = UtcField(null=True)
    quality = TextField(null=True)  # what Meta told of it last: FLAGGED or UNFLAGGED
    limit_tier = TextField(null=True)  # how many customers a day Meta lets the portfolio write to first
    country_languages = JSONField(default=dict, constraints=[SQL("DEFAULT '{}'")])  # where the shop maps countries
    second_cart_minutes = IntegerField(default=1440, constraints=[SQL("DEFAULT 1440")])  # 0: each cart stands alone
    where_is_it = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # such questions are answered at once
    cancel_until = TextField(null=True)  # the last status in which customers may cancel by a button
    portfolio = TextField(null=True)  # the business portfolio that owns the WABA; null until Meta told it
    hours = TextField(null=True)  # when the shop works, by its own clock; null is always
    promises = JSONField(default=dict, constraints=[SQL("DEFAULT '{}'")])  # by status: minutes of working time
    rules = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])  # which team orders are for; the first that fits
    rounds = JSONField(default=dict, constraints=[SQL("DEFAULT '{}'")])  # where the round of each team stands
    sticky = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # to the agent of the customer's last one
    survey = TextField(default="review", constraints=[SQL("DEFAULT 'review'")])  # review | csat | nps
    survey_mode = TextField(default="automatic", constraints=[SQL("DEFAULT 'automatic'")])  # automatic | manual | off
    survey_template = TextField(null=True)  # null: the review request of the starter pack
    survey_delay_minutes = IntegerField(default=1440, constraints=[SQL("DEFAULT 1440")])  # after Delivered
    survey_rest_days = IntegerField(default=30, constraints=[SQL("DEFAULT 30")])  # of a customer, between two surveys
    hand_back_minutes = IntegerField(default=1440, constraints=[SQL("DEFAULT 1440")])  # 0: whoever is away keeps orders
    two_person = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])  # acts that need a second person
    update_stock = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # at Meta, by what is confirmed
    silence_minutes = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # of working hours; 0: no alarm
    heard_at = UtcField(null=True)  # when a webhook about it was worked on last, to the minute

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
    hours = TextField(null=True)  # when they work, with a time zone; null is as their team
    off_hours = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # as the scheduler found it last
    absent_since = UtcField(null=True)  # as the scheduler found it; null is on duty
    told_at = UtcField(null=True)  # the last direct message about an order: those that follow soon are joined
    slack_away = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # Slack's word, which decides nothing

    class Meta:
        table_name = "agents"


class TeamHours(Record):
    """When a team works, for those of it who have no hours of their own."""

    team = TextField(unique=True)
    hours = TextField()

    class Meta:
        table_name = "team_hours"


class Customer(Record):
    """A person. What identifies them stands in their handles; the username is an attribute, never a key."""

    name = TextField(null=True)
    username = TextField(null=True)
    language = TextField(null=True)
    created_at = UtcField()
    marketing_stopped_at = UtcField(null=True)  # since when nothing of the marketing kind is sent
    marketing_stop_source = TextField(null=True)  # who said so: user_preferences, 131050, an agent's name
    forgotten_at = UtcField(null=True)  # since when nothing personal is known of them any more
    merged_into_id = BigIntegerField(null=True)  # whoever they turned out to be; then nothing finds this row but its id

    class Meta:
        table_name = "customers"


class Handle(Record):
    """One way to recognize a customer: a phone number with "+", or a user id within a business portfolio.

    It is one customer's alone while it is neither gone nor doubted: of these, others may know the same value.
    """

    customer_id: int
    customer = ForeignKeyField(Customer)
    kind = TextField()  # phone | user_id
    scope = TextField(default="")  # of a user id: the portfolio, or the WABA while that is not known; of a phone: ""
    value = TextField()
    created_at = UtcField()
    doubted_at = UtcField(null=True)  # since when it is theirs by WhatsApp's word alone
    gone_at = UtcField(null=True)  # when it stopped being theirs
    confirmed_at = UtcField(null=True)
    confirmed_by = TextField(null=True)

    class Meta:
        table_name = "handles"
        indexes = ((("kind", "scope", "value"), False),)


class Merge(Record):
    """That two customers were found to be one: who said so, and exactly what moved, so that it can be put back."""

    kept_id: int
    merged_id: int
    kept = ForeignKeyField(Customer, backref="+")
    merged = ForeignKeyField(Customer, backref="+")
    at = UtcField()
    actor = TextField()
    door = TextField()
    reason = TextField()
    moved = JSONField()  # by table: the ids of the rows that changed hands
    ended = JSONField()  # ids of handles that both had, of which one was given up
    filled = JSONField()  # names of columns that the kept one lacked
    undone_at = UtcField(null=True)
    undone_by = TextField(null=True)
    undone_door = TextField(null=True)

    class Meta:
        table_name = "merges"


Customer.add_index(Customer.index(fn.LOWER(Customer.name), name="customers_by_name"))
Handle.add_index(
    Handle.index(
        Handle.kind,
        Handle.scope,
        Handle.value,
        unique=True,
        where=Handle.gone_at.is_null() & Handle.doubted_at.is_null(),
        name="handles_theirs",
    )
)
