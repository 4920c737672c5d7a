"""Line items as people type them: SKU=QUANTITY or SKU=QUANTITY@PRICE."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from wapto.desk.catalog import catalog
from wapto.desk.orders import carts
from wapto.domain import money
from wapto.domain.text import quoted
from wapto.errors import InvalidInput
from wapto.meta.payloads import Order as Cart
from wapto.meta.payloads import OrderItem
from wapto.store.models import Number

_LINE = re.compile(r"(?P<sku>.+?)\s*=\s*(?P<quantity>\d{1,9})\s*(?:@\s*(?P<price>\d{1,12}(?:[.,]\d{1,4})?))?", re.ASCII)
MAX_LINES = 200


def read(
    lines: Sequence[str], note: str, currency: str, price_of: Callable[[str], Decimal | None] = lambda _: None
) -> carts.Reading:
    """The items as of a cart; a price that is missing and not known either is flagged.

    InvalidInput names the line that cannot be read.
    """
    typed = [line.strip() for line in lines if line.strip()]
    if not typed:
        raise InvalidInput("Say what is ordered: a line such as MUG=2@19.90 for each item.")
    if len(typed) > MAX_LINES:
        raise InvalidInput(f"An order may have {MAX_LINES} lines; this one has {len(typed)}.")
    return carts.read(Cart(None, note, tuple(_item(line, currency, price_of) for line in typed)), currency)


def parts(line: str) -> tuple[str, str, str]:
    """SKU, quantity and price of one line, as digits; no price is an empty one. InvalidInput when it is no item."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise InvalidInput(f"{quoted(line)} is no item; write SKU=QUANTITY@PRICE, such as MUG=2@19.90.")
    return found["sku"].strip(), found["quantity"], (found["price"] or "").replace(",", ".")


def prices(number: Number, now: datetime) -> Callable[[str], Decimal | None]:
    """What the number's catalog asks for a SKU now, in the number's currency."""

    def price_of(sku: str) -> Decimal | None:
        item = catalog.known(number, sku)
        minor = catalog.price_at(item, now) if item and item.currency == number.currency else None
        return None if minor is None else Decimal(money.to_decimal(minor, number.currency))

    return price_of


def _item(line: str, currency: str, price_of: Callable[[str], Decimal | None]) -> OrderItem:
    sku, quantity, price = parts(line)
    return OrderItem(
        product_retailer_id=sku,
        quantity=Decimal(quantity),
        quantity_text=quantity,
        item_price=Decimal(price) if price else price_of(sku),
        item_price_text=price,
        currency=currency,
    )
