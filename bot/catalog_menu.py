"""Choosing an item of the catalog by typing a part of its name or SKU, in forms about an order or an inquiry."""

from dataclasses import dataclass
from datetime import datetime

from bot import carried, guard, kit, wording
from bot.blocks import limits
from bot.calls import Call, Choices
from bot.carried import RowId
from bot.kit import Block, foreign
from wapto.desk.catalog import catalog
from wapto.desk.conversations import replies
from wapto.desk.orders.timeline import Subject
from wapto.domain import money
from wapto.store.models import CatalogItem, Number

PICKED, HOW_MANY = "picked", "how_many"

_MOST = 50  # beyond a hundred Slack shows none (reference §7.2, 39)
_NAME, _SKU = 40, 20
_MANY = "999999999"


def menu() -> Block:
    """The element of an input; what is chosen is a SKU."""
    return {"type": "external_select", "min_query_length": 2, "placeholder": kit.plain(wording.SEARCH_CATALOG)}


def how_many() -> Block:
    """The element of the input beside it."""
    number = {"type": "number_input", "is_decimal_allowed": False, "initial_value": "1"}
    return number | {"min_value": "1", "max_value": _MANY}


def suggest(call: Call) -> Choices:
    """What is offered for the letters typed so far."""
    guard.worker(call)
    number = _number(call)
    if not number.catalog:
        return Choices([])
    found = catalog.search(number.catalog, call.typed, limit=_MOST)
    return Choices([_option(item, number, call.now) for item in found if len(item.sku) <= limits.OPTION_VALUE])


@dataclass(frozen=True)
class _About:
    """What every such form remembers: what it is about."""

    order: RowId | None = None
    inquiry: RowId | None = None


def _number(call: Call) -> Number:
    about = carried.read(call.view["private_metadata"], _About)
    number: Number = replies.found(Subject(about.order, about.inquiry)).number
    return number


def _option(item: CatalogItem, number: Number, now: datetime) -> Block:
    minor = catalog.price_at(item, now)
    price = money.display(minor, item.currency, number.language) if minor is not None and item.currency else ""
    facts = (foreign(catalog.title(item), _NAME), price, foreign(item.sku, _SKU))
    return kit.option(" · ".join(filter(None, facts)), item.sku)
