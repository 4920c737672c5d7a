"""Comparing and joining the line items of two carts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# Beyond this a product would not fit the store's integers.
MAX_LINE_MINOR = 10**15


@dataclass(frozen=True)
class LineItem:
    """A line item as the customer saw it; None where the cart said nothing usable, and then flagged."""

    sku: str
    name: str
    quantity: int | None
    unit_minor: int | None
    currency: str | None
    flags: tuple[str, ...] = ()
    catalog_minor: int | None = None  # the catalog's unit price when the cart came, where that is certain

    @property
    def total_minor(self) -> int | None:
        """Quantity times unit price in minor units."""
        return None if self.quantity is None or self.unit_minor is None else self.quantity * self.unit_minor


@dataclass(frozen=True)
class Difference:
    """What became of a line item between two carts; one side is None when only the other cart has it."""

    before: LineItem | None
    after: LineItem | None

    @property
    def is_same(self) -> bool:
        """Whether both carts say the same of it."""
        return self.before is not None and self.after is not None and _facts(self.before) == _facts(self.after)


def differences(before: Iterable[LineItem], after: Iterable[LineItem]) -> list[Difference]:
    """LineItem by line, in the order of the later cart, then what only the earlier one had.

    A SKU that stands once in each cart is one line, whatever changed of it; otherwise like is compared with like.
    """
    old, new = _summed(before), _summed(after)
    rows = [Difference(_counterpart(line, old, new), line) for line in new]
    met = [row.before for row in rows]
    return rows + [Difference(line, None) for line in old if line not in met]


def joined(first: Iterable[LineItem], second: Iterable[LineItem]) -> list[LineItem]:
    """Both carts as one: quantities of the same SKU at the same price are added up, everything else stands alone."""
    return _summed([*first, *second])


def _facts(line: LineItem) -> tuple[object, ...]:
    return line.sku, line.quantity, line.unit_minor, line.currency


def _counterpart(line: LineItem, old: Sequence[LineItem], new: Sequence[LineItem]) -> LineItem | None:
    theirs = [other for other in old if other.sku == line.sku]
    if len(theirs) == 1 and sum(other.sku == line.sku for other in new) == 1:
        return theirs[0]
    return next((other for other in theirs if _price(other) == _price(line)), None)


def _price(line: LineItem) -> tuple[object, ...]:
    return line.sku, line.unit_minor, line.currency


def _summed(lines: Iterable[LineItem]) -> list[LineItem]:
    result: list[LineItem] = []
    for line in lines:
        place = next((at for at, other in enumerate(result) if _can_be_added(other, line)), None)
        if place is None:
            result.append(line)
        else:
            result[place] = _added(result[place], line)
    return result


def _can_be_added(one: LineItem, other: LineItem) -> bool:
    """An unknown quantity adds nothing, and what would not fit stays apart."""
    if _price(one) != _price(other) or one.quantity is None or other.quantity is None:
        return False
    return (one.quantity + other.quantity) * (one.unit_minor or 1) <= MAX_LINE_MINOR


def _added(one: LineItem, other: LineItem) -> LineItem:
    quantity = (one.quantity or 0) + (other.quantity or 0)
    return replace(one, quantity=quantity, flags=(*one.flags, *(flag for flag in other.flags if flag not in one.flags)))
