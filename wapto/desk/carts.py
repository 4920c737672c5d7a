"""Reading a cart: what can be trusted becomes a number, what cannot becomes a flag. Nothing is invented."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from wapto.domain import money
from wapto.domain.text import clean
from wapto.errors import InvalidInput
from wapto.meta.payloads import Order as Cart
from wapto.meta.payloads import OrderItem

MAX_QUANTITY = 9_999

# Flags of a line, then of the whole order; the doors say them in words.
NO_SKU, QUANTITY_UNCLEAR, PRICE_UNCLEAR = "no_sku", "quantity_unclear", "price_unclear"
CURRENCY_UNCLEAR, PRICE_ZERO, OTHER_CURRENCY = "currency_unclear", "price_zero", "other_currency"
EMPTY_CART, SEVERAL_CURRENCIES, NO_TOTAL = "empty_cart", "several_currencies", "no_total"


@dataclass(frozen=True)
class Line:
    """A line item as the customer saw it; None where the cart said nothing usable, and then flagged."""

    sku: str
    quantity: int | None
    unit_minor: int | None
    currency: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A cart as understood."""

    lines: tuple[Line, ...]
    note: str
    total: money.Total | None
    flags: tuple[str, ...]


NOTHING = Cart(catalog_id=None, text="", items=())  # a cart message that came without its cart


def read(cart: Cart, shop_currency: str) -> Reading:
    """The lines, the note and the total of a cart; whatever is wrong with them is flagged."""
    lines = tuple(_line(item, shop_currency) for item in cart.items)
    total = money.single_total(_sums(lines))
    return Reading(lines, clean(cart.text).strip(), total, tuple(_flags(lines, total)))


def _sums(lines: Iterable[Line]) -> list[tuple[int | None, int | None, str | None]]:
    return [(line.quantity, line.unit_minor, line.currency) for line in lines]


def _flags(lines: tuple[Line, ...], total: money.Total | None) -> Iterable[str]:
    if not lines:
        yield EMPTY_CART
    elif len({line.currency for line in lines if line.currency}) > 1:
        yield SEVERAL_CURRENCIES
    elif total is None:
        yield NO_TOTAL


def _line(item: OrderItem, shop_currency: str) -> Line:
    flags: list[str] = []
    sku = clean(item.product_retailer_id)  # spaces and leading zeros belong to a SKU
    if not sku.strip():
        flags.append(NO_SKU)
    quantity = _quantity(item.quantity, flags)
    currency = _currency(item.currency, shop_currency, flags)
    unit_minor = _price(item.item_price, currency, flags)
    return Line(sku if sku.strip() else "?", quantity, unit_minor, currency, tuple(flags))


def _quantity(value: Decimal | None, flags: list[str]) -> int | None:
    if value is None or value != value.to_integral_value() or not 0 < value <= MAX_QUANTITY:
        flags.append(QUANTITY_UNCLEAR)
        return None
    return int(value)


def _currency(code: str | None, shop_currency: str, flags: list[str]) -> str | None:
    if not code or not money.is_currency(code):
        flags.append(CURRENCY_UNCLEAR)
        return None
    if code != shop_currency:
        flags.append(OTHER_CURRENCY)
    return code


def _price(value: Decimal | None, currency: str | None, flags: list[str]) -> int | None:
    if value is None or currency is None or value < 0:
        flags.append(PRICE_UNCLEAR)
        return None
    try:
        minor = money.parse_minor(value, currency)
    except InvalidInput:
        flags.append(PRICE_UNCLEAR)
        return None
    if minor == 0:
        flags.append(PRICE_ZERO)
    return minor
