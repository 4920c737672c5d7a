"""The customer's own view of an order: the token that opens it, and what it shows.

A token is the order's number and a signature of it, so none can be guessed and none has to be kept. What it opens is
decided when it is opened: nothing once the customer is forgotten, or when nothing has happened for long.
"""

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from itsdangerous import Signer

from wapto.desk.notices.languages import wanted
from wapto.desk.orders import adjustments, line_items, timeline
from wapto.desk.orders.adjustments import Adjusted
from wapto.domain.identity import order_id_of, order_number
from wapto.domain.lines import LineItem
from wapto.domain.milestones import Milestone, ahead, reached
from wapto.domain.variables import first_name
from wapto.errors import NotFound
from wapto.store.database import reading
from wapto.store.models import Customer, Number, Order

_PREFIX = "W-"
_SALT = "wapto.tracking"  # a signature made for anything else opens nothing here
_STATUS_KINDS = ("received", "status")


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """An order as its customer may see it: of the person the first name alone, and nothing of the team's."""

    number: str
    shop: str
    contact: str
    languages: tuple[str, ...]  # the most wanted first
    timezone: str
    first_name: str
    status: str
    milestones: tuple[Milestone, ...]
    ahead: tuple[str, ...]
    lines: tuple[LineItem, ...]
    adjusted: tuple[Adjusted, ...]
    total_minor: int | None
    currency: str | None
    carrier: str
    tracking_number: str
    tracking_url: str
    eta: date | None


_signer: Signer | None = None
_public_url: str | None = None


def sign_with(key: str | None, public_url: str | None = None) -> None:
    """The secret that tokens are made with in this process, and where pages are; without a secret there are none."""
    global _signer, _public_url
    _signer = Signer(key, salt=_SALT, key_derivation="hmac", digest_method=sha256) if key else None
    _public_url = public_url


def token_of(order_id: int) -> str | None:
    """The last part of the page's address, always the same for the order; None where no secret is known."""
    if _signer is None:
        return None
    return _signer.sign(order_number(order_id).removeprefix(_PREFIX)).decode()


def address_of(order_id: int) -> str | None:
    """The whole address of the page; None where it is not known."""
    token = token_of(order_id)
    return f"{_public_url}/t/{token}" if token and _public_url else None


def open_page(token: str, now: datetime, kept: timedelta) -> OrderPage:
    """What the token opens, until `kept` after the last thing that happened to the order.

    NotFound, always the same, for one that is altered, expired, or of somebody who was forgotten.
    """
    order_id = _order_id(token)
    with reading():
        order = Order.get_or_none(Order.id == order_id) if order_id else None
        if order is None or order.updated_at + kept < now or order.customer.forgotten_at is not None:
            raise NotFound("This link opens no order.")
        return _page(order, order.number, order.customer)


def _order_id(token: str) -> int | None:
    """The token is made anew and compared as a whole: a signature has several spellings, and one of them is ours."""
    order_id = order_id_of(token.partition(".")[0])
    ours = token_of(order_id) if order_id else None
    given = token.encode("utf-8", "replace")
    return order_id if hmac.compare_digest((ours or "").encode(), given) and ours else None


def _page(order: Order, number: Number, customer: Customer) -> OrderPage:
    changes = [entry for entry in timeline.entries(order.id) if entry.kind in _STATUS_KINDS]
    return OrderPage(
        number=order_number(order.id),
        shop=number.name,
        contact=number.display,
        languages=tuple(wanted(customer, number)),
        timezone=number.timezone,
        first_name=first_name(customer.name),
        status=order.status,
        milestones=reached((str(entry.after), entry.at) for entry in changes),
        ahead=ahead(order.status, order.fulfillment),
        lines=line_items.of_order(order.id),
        adjusted=adjustments.of_order(order.id),
        total_minor=order.total_minor,
        currency=order.currency,
        carrier=order.carrier or "",
        tracking_number=order.tracking_number or "",
        tracking_url=order.tracking_url or "",
        eta=date.fromisoformat(order.eta) if order.eta else None,
    )
