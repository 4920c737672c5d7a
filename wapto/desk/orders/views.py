"""What the doors show of an order: one reading of the store, complete and frozen."""

from dataclasses import dataclass, replace
from datetime import datetime

from wapto.desk.approvals import approvals
from wapto.desk.approvals.approvals import Open
from wapto.desk.assignment import assignment, late
from wapto.desk.conversations import replies
from wapto.desk.customers import customers, doubts, remarks
from wapto.desk.customers.doubts import Doubt
from wapto.desk.orders import adjustments, line_items, parcels, second_carts, undo
from wapto.desk.orders.adjustments import Adjusted
from wapto.desk.orders.timeline import IDENTITY_CHANGED, Entry, entries
from wapto.desk.orders.versions import get
from wapto.desk.stock import moves as stock_moves
from wapto.domain import lifecycle, money
from wapto.domain.identity import order_number
from wapto.domain.lines import Difference, LineItem, differences
from wapto.domain.promises import Promised
from wapto.store.database import reading
from wapto.store.models import Agent, Customer, Message, Number, Order

STOCK_REFUSED = "stock_refused"  # a flag of the order: Meta does not count what it took or gave back


@dataclass(frozen=True)
class Told:
    """One message to the customer and how far it came."""

    id: int
    trigger: str
    state: str
    reason: str | None
    text: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    held_until: datetime | None = None  # so long the change that it tells of can be taken back
    is_outdated: bool = False  # the parcel was corrected since


@dataclass(frozen=True)
class Person:
    """An agent as a card names them."""

    id: int
    slack: str
    name: str


@dataclass(frozen=True)
class SecondCart:
    """What is known of a cart that may belong to an earlier order of the same customer."""

    earlier: str
    earlier_status: str
    choice: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class OrderView:
    """An order with all that a door shows of it, as of one moment."""

    id: int
    number: str
    seq: int
    version: int
    status: str
    cancelled_from: str | None
    fulfillment: str
    payment_status: str
    shop: str
    number_id: str
    language: str
    customer_name: str | None
    customer_phone: str | None
    customer_user_id: str | None
    note: str
    flags: tuple[str, ...]
    lines: tuple[LineItem, ...]
    agent: Person | None
    assignment_reason: str | None
    on_duty: tuple[Person, ...]
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    address: str | None
    eta: str | None
    told: tuple[Told, ...]
    created_at: datetime
    updated_at: datetime
    status_since: datetime
    changed_by: str | None
    reason: str | None
    second: SecondCart | None = None
    window_until: datetime | None = None  # so long the customer can be written to freely
    newer: tuple[str, ...] = ()  # carts that may belong to this order
    doubt: Doubt | None = None
    identity_changed_at: datetime | None = None
    adjusted: tuple[Adjusted, ...] = ()
    promised: Promised | None = None
    tags: tuple[str, ...] = ()  # of the customer
    asked: tuple[Open, ...] = ()  # what a second person has to agree to
    assigned_at: datetime | None = None  # since when it is with whoever has it
    card: tuple[str, str] | None = None  # its channel and ts, once it stands there

    @property
    def totals(self) -> list[money.Total]:
        """One sum per currency, never added up; fees and discounts are in it."""
        return money.totals(self._summands)

    @property
    def total(self) -> money.Total | None:
        """The one sum, or None where no single sum can be trusted."""
        return money.single_total(self._summands)

    @property
    def _summands(self) -> list[money.Line]:
        items = [(line.quantity, line.unit_minor, line.currency) for line in self.lines]
        return [*items, *((1, each.minor, each.currency) for each in self.adjusted)]

    @property
    def next_step(self) -> str | None:
        """The status that the primary button leads to."""
        return lifecycle.next_step(self.status, self.fulfillment)

    @property
    def moves(self) -> list[lifecycle.Move]:
        """All changes of status that are allowed now."""
        return lifecycle.moves_from(self.status, self.fulfillment, self.cancelled_from)


def of_order(order_id: int) -> OrderView:
    """Everything about one order, of one and the same moment."""
    with reading():
        return _view(get(order_id))


def _view(order: Order) -> OrderView:
    number = Number.get_by_id(order.number_id)
    customer = Customer.get_by_id(order.customer_id)
    timeline = entries(order.id)
    latest = next(entry for entry in reversed(timeline) if entry.kind in ("status", "received"))
    return OrderView(
        id=order.id,
        number=order_number(order.id),
        seq=order.last_seq,
        version=order.version,
        status=order.status,
        cancelled_from=order.cancelled_from,
        fulfillment=order.fulfillment,
        payment_status=order.payment_status,
        shop=number.name,
        number_id=number.phone_number_id,
        language=number.language,
        customer_name=customer.name,
        customer_phone=customers.shown_phone(customer.id),
        customer_user_id=customers.user_id_of(customer.id, customers.scope_of(number)),
        note=order.note,
        flags=(*order.flags, *([STOCK_REFUSED] if stock_moves.is_refused(order.id) else [])),
        lines=line_items.of_order(order.id),
        agent=_person(order.agent) if order.agent else None,
        assignment_reason=order.assignment_reason,
        on_duty=tuple(_person(agent) for agent in assignment.on_duty()),
        carrier=order.carrier,
        tracking_number=order.tracking_number,
        tracking_url=order.tracking_url,
        address=order.address,
        eta=order.eta,
        told=_told(order.id),
        created_at=order.created_at,
        updated_at=order.updated_at,
        status_since=latest.at,
        changed_by=latest.actor if latest.kind == "status" else None,
        reason=_reason(timeline, order.status),
        second=_second(order),
        window_until=replies.window_until(order.number_id, order.customer_id),
        newer=tuple(order_number(one.id) for one in second_carts.waiting_for(order.id)),
        doubt=doubts.of_customer(customer.id),
        identity_changed_at=next((entry.at for entry in reversed(timeline) if entry.kind == IDENTITY_CHANGED), None),
        adjusted=adjustments.of_order(order.id),
        promised=late.of_order(order),
        tags=remarks.tags_of([customer.id]).get(customer.id, ()),
        asked=approvals.open_of_order(order.id) if order.is_open else (),
        assigned_at=next((entry.at for entry in reversed(timeline) if entry.kind == "assigned"), None),
        card=(order.card_channel, order.card_ts) if order.card_channel and order.card_ts else None,
    )


def _person(agent: Agent) -> Person:
    return Person(agent.id, agent.slack, agent.name)


def _reason(timeline: list[Entry], status: str) -> str | None:
    """The words said with the change that led to this status."""
    changes = [entry for entry in timeline if entry.kind == "status"]
    return changes[-1].text if changes and changes[-1].after == status else None


def _second(order: Order) -> SecondCart | None:
    if order.earlier_id is None:
        return None
    earlier = order.earlier
    differing = differences(line_items.of_order(earlier.id), line_items.of_order(order.id))
    return SecondCart(order_number(earlier.id), earlier.status, str(order.earlier_choice), tuple(differing))


def _told(order_id: int) -> tuple[Told, ...]:
    notices = (Message.order == order_id) & Message.said_seq.is_null()  # what people wrote stands in the thread
    rows = Message.select().where(notices).order_by(Message.id)
    messages = list(rows)
    outdated = parcels.outdated(messages)
    return tuple(replace(told_row(row), is_outdated=row.id in outdated) for row in messages)


def told(message_id: int) -> Told:
    """One message to the customer, a notice or a reply."""
    return told_row(Message.get_by_id(message_id))


def told_row(row: Message) -> Told:
    """A message to the customer as the doors show it."""
    return Told(
        id=row.id,
        trigger=row.trigger,
        state=row.state,
        reason=row.reason,
        text=row.text,
        created_at=row.created_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        held_until=undo.held_until(row),
    )
