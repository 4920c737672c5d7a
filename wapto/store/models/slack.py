"""What Slack was shown and told."""

from peewee import BigIntegerField, ForeignKeyField, IntegerField, JSONField, TextField

from wapto.store.fields import UtcField
from wapto.store.models.approvals import Approval
from wapto.store.models.inquiries import Inquiry
from wapto.store.models.orders import Order
from wapto.store.models.outbox import Message
from wapto.store.models.people import Agent
from wapto.store.models.record import Record


class Alert(Record):
    """A direct message owed to an agent about an order: at most one per key."""

    order_id: int
    agent_id: int
    order = ForeignKeyField(Order)
    agent = ForeignKeyField(Agent)
    message_id: int | None
    message = ForeignKeyField(Message, null=True, index=False)  # about a notice that may not have reached the customer
    trouble = TextField(null=True)  # the state of that notice: told only while it is still so
    key = TextField(unique=True)
    state = TextField()  # due | posting | posted | dropped | unknown | joined
    attempts = IntegerField(default=0)
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()
    joined_id = BigIntegerField(null=True)  # the alert whose message tells of this one too

    class Meta:
        table_name = "alerts"


class SlackChannel(Record):
    """The turn of a Slack channel: one poster at a time, one post a second."""

    channel = TextField(unique=True)
    lease_until = UtcField()

    class Meta:
        table_name = "slack_channels"


class AdminAlert(Record):
    """Something that the admins, or one `agent`, have to know: told once, and once more when it is over."""

    agent_id: int | None
    approval_id: int | None
    key = TextField(unique=True)
    words = TextField()
    state = TextField()  # due | posting | posted | dropped
    attempts = IntegerField(default=0)
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()
    over_at = UtcField(null=True)
    agent = ForeignKeyField(Agent, null=True, index=False)
    about = TextField(null=True)  # digest: drawn when it is sent, of what is so then
    approval = ForeignKeyField(Approval, null=True, index=False)  # what a second person is asked for

    class Meta:
        table_name = "admin_alerts"


class SlackSeen(Record):
    """An event of Slack's that was worked on: it comes again when its answer got lost."""

    event_id = TextField(unique=True)
    at = UtcField()

    class Meta:
        table_name = "slack_seen"


class SlackPost(Record):
    """One message of ours in Slack: in the thread under a card, or (from 0 to 0) the card of an inquiry.

    It tells the entries of the timeline from `first_seq` to `last_seq`.
    """

    order_id: int | None
    inquiry_id: int | None
    order = ForeignKeyField(Order, null=True)
    inquiry = ForeignKeyField(Inquiry, null=True)
    first_seq = IntegerField()
    last_seq = IntegerField()
    state = TextField()  # due | posting | posted | stale
    attempts = IntegerField(default=0)
    due_at = UtcField()
    channel = TextField(null=True)
    ts = TextField(null=True)
    problem = TextField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "slack_posts"
        indexes = ((("order", "first_seq"), True), (("inquiry", "first_seq"), True))


class Home(Record):
    """The Home tab of somebody who opened it: what they want to see there, and what Slack shows of it."""

    agent_id: int
    agent = ForeignKeyField(Agent, unique=True)
    wanted = JSONField()
    version = IntegerField(default=1)  # moves with `wanted`
    opened_at = UtcField()
    due_at = UtcField()  # not looked at before
    seen_event = BigIntegerField(default=0)  # the newest event that it takes account of
    digest = TextField(null=True)  # of what is shown
    view_hash = TextField(null=True)  # Slack's, of what is shown

    class Meta:
        table_name = "homes"


# What is open, due or in flight is a small part of what there is: these indexes hold that part alone.
Alert.add_index(Alert.index(Alert.due_at, Alert.id, where=Alert.state.in_(("due", "posting")), name="alerts_due"))
Alert.add_index(Alert.index(Alert.joined_id, where=Alert.joined_id.is_null(False), name="alerts_joined"))
AdminAlert.add_index(
    AdminAlert.index(
        AdminAlert.due_at, AdminAlert.id, where=AdminAlert.state.in_(("due", "posting")), name="admin_alerts_due"
    )
)
SlackPost.add_index(
    SlackPost.index(
        SlackPost.due_at,
        SlackPost.id,
        where=SlackPost.state.in_(("due", "posting", "stale")),
        name="slack_posts_due",
    )
)
