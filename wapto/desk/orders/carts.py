"""Reading a cart: what can be trusted becomes a number, what cannot becomes a flag. Nothing is invented."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from wapto.domain import money
from wapto.domain.lines import MAX_LINE_MINOR, LineItem, joined
from wapto.domain.text import clean, quoted
from wapto.errors import InvalidInput
from wapto.meta.payloads import Order as Cart
from wapto.meta.payloads import OrderItem

# What a shop still sells; more is flagged. Beyond the second, products would not fit the store's integers.
USUAL_QUANTITY, MAX_QUANTITY = 999, 10**9

# Flags of a line, then of the whole order; the doors say them in words.
NO_SKU = "no_sku"
QUANTITY_UNCLEAR, QUANTITY_ZERO, QUANTITY_LARGE = "quantity_unclear", "quantity_zero", "quantity_large"
PRICE_UNCLEAR, PRICE_ZERO = "price_unclear", "price_zero"
CURRENCY_UNCLEAR, OTHER_CURRENCY = "currency_unclear", "other_currency"
EMPTY_CART, SEVERAL_CURRENCIES, NO_TOTAL = "empty_cart", "several_currencies", "no_total"


@dataclass(frozen=True)
class Reading:
    """A cart as understood."""

    lines: tuple[LineItem, ...]
    note: str
    total: money.Total | None
    flags: tuple[str, ...]
    catalog: str | None = None  # the one that the cart names

    def columns(self) -> dict[str, Any]:
        """The columns of an order that its cart decides."""
        return {
            "note": self.note,
            "flags": list(self.flags),
            "currency": self.total.currency if self.total else None,
            "total_minor": self.total.minor if self.total else None,
        }


NOTHING = Cart(catalog_id=None, text="", items=())  # a cart message that came without its cart


def read(cart: Cart, shop_currency: str) -> Reading:
    """The lines, the note and the total of a cart; whatever is wrong with them is flagged."""
    reading = judged((_line(item, shop_currency) for item in cart.items), clean(cart.text).strip())
    return replace(reading, catalog=cart.catalog_id)


def join(first: Iterable[LineItem], second: Iterable[LineItem], note: str) -> Reading:
    """Two carts as one; a quantity that only their sum makes unusual is flagged too."""
    return judged((_with_usual_quantity(line) for line in joined(first, second)), note)


def judged(items: Iterable[LineItem], note: str) -> Reading:
    """These line items with their total, and with what is wrong with them as a whole."""
    lines = tuple(items)
    total = money.single_total(_sums(lines))
    return Reading(lines, note, total, tuple(_flags(lines, total)))


def _with_usual_quantity(line: LineItem) -> LineItem:
    if (line.quantity or 0) <= USUAL_QUANTITY or QUANTITY_LARGE in line.flags:
        return line
    return replace(line, flags=(*line.flags, QUANTITY_LARGE))


def with_quantity(line: LineItem, quantity: int | None) -> LineItem:
    """The line with another quantity, flagged for what is wrong with that one; InvalidInput beyond what can be kept."""
    if quantity == line.quantity:
        return line
    flags = [flag for flag in line.flags if flag not in (QUANTITY_UNCLEAR, QUANTITY_ZERO, QUANTITY_LARGE)]
    known = _quantity(None if quantity is None else Decimal(quantity), line.unit_minor or 0, flags)
    if known is None:
        raise InvalidInput(f"That is too many of {quoted(line.sku)} for one order.")
    return replace(line, quantity=known, flags=tuple(flags))


def with_price(line: LineItem, unit_minor: int, currency: str) -> LineItem:
    """The line at another price in the shop's currency, flagged if it costs nothing."""
    stale = (PRICE_UNCLEAR, PRICE_ZERO, CURRENCY_UNCLEAR, OTHER_CURRENCY)
    flags = [flag for flag in line.flags if flag not in stale] + ([] if unit_minor else [PRICE_ZERO])
    if (line.quantity or 0) * unit_minor > MAX_LINE_MINOR:
        raise InvalidInput(f"That is too much for {quoted(line.sku)}.")
    return replace(line, unit_minor=unit_minor, currency=currency, flags=tuple(flags))


def _sums(lines: Iterable[LineItem]) -> list[tuple[int | None, int | None, str | None]]:
    return [(line.quantity, line.unit_minor, line.currency) for line in lines]


def _flags(lines: tuple[LineItem, ...], total: money.Total | None) -> Iterable[str]:
    if not lines:
        yield EMPTY_CART
    elif len({line.currency for line in lines if line.currency}) > 1:
        yield SEVERAL_CURRENCIES
    elif total is None:
        yield NO_TOTAL


def _line(item: OrderItem, shop_currency: str) -> LineItem:
    flags: list[str] = []
    sku = clean(item.product_retailer_id)  # spaces and leading zeros belong to a SKU
    if not sku.strip():
        flags.append(NO_SKU)
    currency = _currency(item.currency, shop_currency, flags)
    unit_minor = _price(item.item_price, currency, flags)
    quantity = _quantity(item.quantity, unit_minor or 0, flags)
    sku = sku if sku.strip() else "?"
    return LineItem(sku, sku, quantity, unit_minor, currency, tuple(flags))


def _currency(code: str | None, shop_currency: str, flags: list[str]) -> str | None:
    if not code or not money.is_currency(code):
        flags.append(CURRENCY_UNCLEAR)
        return None
    if code != shop_currency:
        flags.append(OTHER_CURRENCY)
    return code


def _price(value: Decimal | None, currency: str | None, flags: list[str]) -> int | None:
    minor = _minor(value, currency)
    if minor is None:
        flags.append(PRICE_UNCLEAR)
    elif minor == 0:
        flags.append(PRICE_ZERO)
    return minor


def _minor(value: Decimal | None, currency: str | None) -> int | None:
    if value is None or currency is None or value < 0:
        return None
    try:
        return money.parse_minor(value, currency)
    except InvalidInput:
        return None


def _quantity(value: Decimal | None, unit_minor: int, flags: list[str]) -> int | None:
    if value is None or value != value.to_integral_value() or not 0 <= value <= MAX_QUANTITY:
        flags.append(QUANTITY_UNCLEAR)
        return None
    quantity = int(value)
    if quantity * unit_minor > MAX_LINE_MINOR:
        flags.append(QUANTITY_UNCLEAR)
        return None
    if quantity == 0:
        flags.append(QUANTITY_ZERO)
    elif quantity > USUAL_QUANTITY:
        flags.append(QUANTITY_LARGE)
    return quantity
