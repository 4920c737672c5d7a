"""Line items as people type them: SKU=QUANTITY or SKU=QUANTITY@PRICE."""

import re
from collections.abc import Sequence
from decimal import Decimal

from wapto.desk import carts
from wapto.domain.text import quoted
from wapto.errors import InvalidInput
from wapto.meta.payloads import Order as Cart
from wapto.meta.payloads import OrderItem

_LINE = re.compile(r"(?P<sku>.+?)\s*=\s*(?P<quantity>\d{1,9})\s*(?:@\s*(?P<price>\d{1,12}(?:[.,]\d{1,4})?))?", re.ASCII)
MAX_LINES = 200


def read(lines: Sequence[str], note: str, currency: str) -> carts.Reading:
    """The items as of a cart; a missing price is flagged. InvalidInput names the line that cannot be read."""
    typed = [line.strip() for line in lines if line.strip()]
    if not typed:
        raise InvalidInput("Say what is ordered: a line such as MUG=2@19.90 for each item.")
    if len(typed) > MAX_LINES:
        raise InvalidInput(f"An order may have {MAX_LINES} lines; this one has {len(typed)}.")
    return carts.read(Cart(None, note, tuple(_item(line, currency) for line in typed)), currency)


def parts(line: str) -> tuple[str, str, str]:
    """SKU, quantity and price of one line, as digits; no price is an empty one. InvalidInput when it is no item."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise InvalidInput(f"{quoted(line)} is no item; write SKU=QUANTITY@PRICE, such as MUG=2@19.90.")
    return found["sku"].strip(), found["quantity"], (found["price"] or "").replace(",", ".")


def _item(line: str, currency: str) -> OrderItem:
    sku, quantity, price = parts(line)
    return OrderItem(
        product_retailer_id=sku,
        quantity=Decimal(quantity),
        quantity_text=quantity,
        item_price=Decimal(price) if price else None,
        item_price_text=price,
        currency=currency,
    )
