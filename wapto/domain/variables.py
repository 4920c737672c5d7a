"""The commerce variables: what a template's placeholder can be bound to, and its value for an order.

A value is one flat line in the customer's language, or "" where the order has nothing to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from wapto.domain.identity import locale_of
from wapto.domain.money import display
from wapto.domain.status_labels import STATUS_LABELS
from wapto.domain.text import cut, flatten, quoted
from wapto.errors import InvalidInput

_ITEMS_LIMIT = 500  # characters: leaves the other half of a message (reference §5: body 1024) to its own words
_NAME_LIMIT = 80


class Item(NamedTuple):
    """A line item as the customer saw it; `quantity` is None where the cart said nothing usable."""

    name: str
    quantity: int | None


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """All that the variables can tell about one order; None for what is not known.

    `created_at` is aware; `timezone` is the shop's IANA name, by which the customer reads it.
    """

    number: str
    status: str
    shop_name: str
    created_at: datetime
    timezone: str
    total_minor: int | None = None
    currency: str | None = None
    items: tuple[Item, ...] = ()
    note: str = ""
    customer_name: str | None = None
    agent_name: str | None = None
    reason: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    eta: date | None = None
    tracking_token: str | None = None


@dataclass(frozen=True)
class Variable:
    """A name to bind to, what it means for people who choose it, and an example for previews and template review."""

    name: str
    meaning: str
    sample: str


def value_of(name: str, facts: OrderFacts, language: str) -> str:
    """The variable's value as one flat line in `language`, "" if there is none; a text in quotes is its own value.

    InvalidInput, naming the nearest one, when there is no such variable.
    """
    check_variable(name)
    if is_fixed(name):
        return fixed_text(name)
    return flatten(_READERS[name](facts, language) or "")


def check_variable(name: str) -> None:
    """InvalidInput unless this is a variable, or a fixed text in quotes that is not empty."""
    if is_fixed(name):
        if not fixed_text(name):
            raise InvalidInput('A fixed text needs words between its quotes, such as "thank you".')
    elif name not in VARIABLES:
        near = get_close_matches(name, NAMES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(NAMES)}; or a fixed text in quotes."
        raise InvalidInput(f"{quoted(name)} is not a variable. {hint}")


def is_fixed(name: str) -> bool:
    """Whether a binding is a fixed text: it stands in double quotes."""
    return len(name) >= 2 and name[0] == name[-1] == '"'


def fixed_text(name: str) -> str:
    """The words of a fixed text, on one line."""
    return flatten(name[1:-1])


def _status(facts: OrderFacts, language: str) -> str:
    labels = STATUS_LABELS.get(locale_of(language).language, STATUS_LABELS["en"])
    return labels[facts.status]


def _total(facts: OrderFacts, language: str) -> str:
    if facts.total_minor is None or facts.currency is None:
        return ""
    return display(facts.total_minor, facts.currency, language)


def _items(facts: OrderFacts, language: str) -> str:
    """As many items as fit, then how many lines are left out ("+3")."""
    text = ""
    for position, item in enumerate(facts.items):
        longer = f"{text}, {_item(item)}" if text else _item(item)
        if len(longer) > _ITEMS_LIMIT:
            return f"{text}, +{len(facts.items) - position}"
        text = longer
    return text


def _item(item: Item) -> str:
    name = cut(flatten(item.name), _NAME_LIMIT)
    return name if item.quantity is None else f"{item.quantity} × {name}"


def _item_count(facts: OrderFacts, language: str) -> str:
    quantities = [item.quantity for item in facts.items if item.quantity is not None]
    if not facts.items or len(quantities) < len(facts.items):
        return ""
    return format_decimal(sum(quantities), locale=locale_of(language))


def _first_item(facts: OrderFacts, language: str) -> str:
    return cut(flatten(facts.items[0].name), _NAME_LIMIT) if facts.items else ""


def first_name(name: str | None) -> str:
    """The first word of a customer's name, or ""."""
    words = flatten(name or "").split()
    return words[0] if words else ""


def _date(facts: OrderFacts, language: str) -> str:
    return _day(facts.created_at.astimezone(ZoneInfo(facts.timezone)), language)


def _eta(facts: OrderFacts, language: str) -> str:
    return _day(facts.eta, language) if facts.eta else ""


def _day(day: date, language: str) -> str:
    return format_date(day, "medium", locale=locale_of(language))


# Name, meaning, sample, and how to read it from an order.
_Reader = Callable[[OrderFacts, str], str | None]
_TABLE: tuple[tuple[Variable, _Reader], ...] = (
    (Variable("customer.name", "the customer's name", "Ana Lima"), lambda facts, _: facts.customer_name),
    (
        Variable("customer.first_name", "the first word of the customer's name", "Ana"),
        lambda facts, _: first_name(facts.customer_name),
    ),
    (Variable("order.number", "the order number", "W-7KQ2"), lambda facts, _: facts.number),
    (Variable("order.status", "the status in the customer's language", "Shipped"), _status),
    (Variable("order.total", "the total with its currency, if one sum can be trusted", "R$ 99.70"), _total),
    (Variable("order.items", "all line items", "2 × Red shirt, 1 × Blue cap"), _items),
    (Variable("order.item_count", "how many pieces were ordered", "3"), _item_count),
    (Variable("order.first_item", "the first line item", "Red shirt"), _first_item),
    (Variable("order.note", "what the customer wrote with the cart", "Please gift-wrap"), lambda facts, _: facts.note),
    (Variable("order.date", "the day of the order, where the shop is", "Nov 24, 2026"), _date),
    (Variable("tracking.carrier", "who ships it", "Correios"), lambda facts, _: facts.carrier),
    (Variable("tracking.number", "the carrier's number", "BR123456789"), lambda facts, _: facts.tracking_number),
    (
        Variable("tracking.url", "the carrier's page for it", "https://carrier.example/BR123456789"),
        lambda facts, _: facts.tracking_url,
    ),
    (Variable("tracking.eta", "the day it should arrive", "Nov 27, 2026"), _eta),
    (
        Variable("tracking.token", "the last part of our tracking page's address, for a button", "q1w2e3"),
        lambda facts, _: facts.tracking_token,
    ),
    (Variable("agent.name", "who takes care of the order", "Rui"), lambda facts, _: facts.agent_name),
    (Variable("shop.name", "the shop's name", "Casa Wapto"), lambda facts, _: facts.shop_name),
    (
        Variable("cancel.reason", "the reason given for the last change", "Out of stock"),
        lambda facts, _: facts.reason,
    ),
)
VARIABLES = {variable.name: variable for variable, _ in _TABLE}
NAMES = tuple(VARIABLES)
_READERS = {variable.name: read for variable, read in _TABLE}
