"""The records of the desk. What each table holds stands in DESIGN; here are the shapes.

Texts are `TextField`s (no arbitrary lengths), money is integer minor units, instants are UTC.
A column that ends in `_at` is an instant; rows vanish only by `gone_at` or by retention.
"""

from wapto.store.models.approvals import Approval
from wapto.store.models.catalog import CatalogAlias, CatalogItem, CatalogSync
from wapto.store.models.inbox import Echo, Inbound, InboxElement, InboxEntry, ParkedReceipt
from wapto.store.models.inquiries import Inquiry, InquiryEvent
from wapto.store.models.media import Media
from wapto.store.models.orders import Adjustment, Note, Order, OrderEvent, OrderLine, Promise
from wapto.store.models.outbox import Message, Template, Trigger
from wapto.store.models.people import Agent, Customer, Handle, Merge, Number, TeamHours
from wapto.store.models.processes import Duty, Finding, Heartbeat
from wapto.store.models.remarks import CustomerNote, CustomerTag
from wapto.store.models.replies import QuickReply
from wapto.store.models.slack import AdminAlert, Alert, Home, SlackChannel, SlackPost, SlackSeen
from wapto.store.models.stock import StockLevel, StockMove
from wapto.store.models.surveys import Survey

ALL = (
    Number,
    Agent,
    TeamHours,
    Customer,
    Handle,
    Merge,
    CustomerTag,
    CustomerNote,
    Order,
    OrderLine,
    Adjustment,
    Promise,
    Note,
    OrderEvent,
    Inquiry,
    InquiryEvent,
    InboxEntry,
    InboxElement,
    Inbound,
    Echo,
    ParkedReceipt,
    Media,
    Message,
    Template,
    Trigger,
    QuickReply,
    Survey,
    Approval,
    Alert,
    SlackChannel,
    AdminAlert,
    SlackPost,
    SlackSeen,
    Home,
    Duty,
    Heartbeat,
    Finding,
    CatalogItem,
    CatalogAlias,
    CatalogSync,
    StockMove,
    StockLevel,
)

__all__ = [
    "ALL",
    "Adjustment",
    "AdminAlert",
    "Agent",
    "Alert",
    "Approval",
    "CatalogAlias",
    "CatalogItem",
    "CatalogSync",
    "Customer",
    "CustomerNote",
    "CustomerTag",
    "Duty",
    "Echo",
    "Finding",
    "Handle",
    "Heartbeat",
    "Home",
    "Inbound",
    "InboxElement",
    "InboxEntry",
    "Inquiry",
    "InquiryEvent",
    "Media",
    "Merge",
    "Message",
    "Note",
    "Number",
    "Order",
    "OrderEvent",
    "OrderLine",
    "ParkedReceipt",
    "Promise",
    "QuickReply",
    "SlackChannel",
    "SlackPost",
    "SlackSeen",
    "StockLevel",
    "StockMove",
    "Survey",
    "TeamHours",
    "Template",
    "Trigger",
]
