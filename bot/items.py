"""What was bought, in words: line items, totals, and how two carts differ."""

from collections.abc import Callable, Sequence

from bot import kit, wording
from bot.kit import Line, foreign
from wapto.desk.catalog import drift
from wapto.desk.customers.remarks import MAX_TAG
from wapto.desk.orders.adjustments import Adjusted
from wapto.desk.orders.views import OrderView
from wapto.domain import money
from wapto.domain.lines import Difference, LineItem

_NAME, _SKU, _PERSON = 80, 40, 80
_LINES_TEXT = 5_000  # characters of the line items of one order
_DIFFERENCES = 10
_TAGS = 5


def total(view: OrderView) -> str:
    """The sum in the shop's language; one sum per currency, or that none can be trusted."""
    if view.total:
        return money.display(view.total.minor, view.total.currency, view.language)
    if not view.totals or any(line.total_minor is None or line.currency is None for line in view.lines):
        return wording.TOTAL_UNCERTAIN
    return " and ".join(money.display(minor, currency, view.language) for currency, minor in view.totals)


def name(view: OrderView) -> str:
    """The customer's name, or that there is none."""
    return foreign(view.customer_name or "", _PERSON) or wording.NO_NAME


def customer(view: OrderView) -> Line:
    """Who bought it, with a masked number, and how the team has tagged them."""
    tags = "".join(f" · #{foreign(tag, MAX_TAG)}" for tag in view.tags[:_TAGS])
    return [kit.words(name(view), bold=True), kit.words(f" · {wording.phone(view.customer_phone)}{tags}")]


def pieces(view: OrderView) -> str:
    """How many pieces it is."""
    quantities = [line.quantity for line in view.lines]
    known = [quantity for quantity in quantities if quantity is not None]
    return wording.pieces(sum(known) if len(known) == len(quantities) else len(quantities))


def lines(view: OrderView, most: int, room: int = _LINES_TEXT, rest: Callable[[int], str] = wording.more) -> list[Line]:
    """At most so many line items in so many characters, each in its line, and how many more there are."""
    shown: list[Line] = []
    for line in view.lines[:most]:
        shown.append(_line(line, view.language))
        if kit.length(shown) > room:
            shown.pop()
            break
    left = len(view.lines) - len(shown)
    end = rest(left) if left else "" if shown else wording.NO_LINES
    return [*shown, *([[kit.words(end, italic=True)]] if end else [])]


def _line(line: LineItem, language: str) -> Line:
    quantity = "?" if line.quantity is None else str(line.quantity)
    name = foreign(line.name, _NAME) or "?"
    sku = "" if line.sku == line.name else f" ({foreign(line.sku, _SKU)})"
    flags = ", ".join(wording.flag(flag) for flag in line.flags)
    return [
        kit.words(f"• {quantity} × {name}{sku}{_price(line, language)}"),
        *([kit.words(f" ⚠️ {flags}", italic=True)] if flags else []),
    ]


def _price(line: LineItem, language: str) -> str:
    if line.unit_minor is None or line.currency is None:
        return ""
    unit = money.display(line.unit_minor, line.currency, language)
    if line.catalog_minor is not None and drift.is_drifting(line):
        price = money.display(line.catalog_minor, line.currency, language)
        unit += f" ({wording.CATALOG_PRICE.format(price=price)})"
    if line.total_minor is None:
        return f" · {unit} each"
    return f" · {unit} = {money.display(line.total_minor, line.currency, language)}"


def sums(view: OrderView) -> list[Line]:
    """Fees and discounts, and what it all comes to."""
    adjusted = [_adjusted(each, view.language) for each in view.adjusted]
    return [*adjusted, [kit.words("Total: "), kit.words(total(view), bold=True)]]


def _adjusted(each: Adjusted, language: str) -> Line:
    return [kit.words(f"{wording.ADJUSTED[each.kind]}: {money.display(each.minor, each.currency, language)}")]


def _difference(row: Difference, language: str) -> Line:
    if row.before is None or row.after is None:
        sign, line = ("➕", row.after) if row.before is None else ("➖", row.before)
        return [kit.words(f"{sign} {_wanted(line, language)}")] if line else []
    return [kit.words(f"✏️ {_wanted(row.after, language)}, was {_quantity_and_price(row.before, language)}")]


def _wanted(line: LineItem, language: str) -> str:
    sku = "" if line.sku == line.name else f" ({foreign(line.sku, _SKU)})"
    return f"{foreign(line.name, _NAME) or '?'}{sku}: {_quantity_and_price(line, language)}"


def _quantity_and_price(line: LineItem, language: str) -> str:
    quantity = "?" if line.quantity is None else str(line.quantity)
    if line.unit_minor is None or line.currency is None:
        return f"{quantity} × ?"
    return f"{quantity} × {money.display(line.unit_minor, line.currency, language)}"


def differing(rows: Sequence[Difference], language: str) -> list[Line]:
    """What differs between two carts, or that nothing does."""
    unlike = [row for row in rows if not row.is_same]
    shown = [_difference(row, language) for row in unlike[:_DIFFERENCES]]
    rest = [wording.more(len(unlike) - len(shown))] if len(unlike) > len(shown) else []
    rest += [] if unlike else [wording.SAME_ITEMS]
    return [*shown, *[[kit.words(each, italic=True)] for each in rest]]
