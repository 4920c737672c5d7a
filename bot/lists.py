"""Orders as lines of a list, the same in answers and in the Home. Pure: nothing is sent or stored here."""

from collections.abc import Callable

from bot import kit, late_cards
from bot.kit import Line
from wapto.desk.orders.search import Row
from wapto.domain import lifecycle, money

_NAME = 40

Link = Callable[[Row], str | None]
"""The address of an order's card, None while it has none."""


def line(row: Row, link: str | None) -> Line:
    """An order in a line, with whether it is on time."""
    return [*facts(row, link), *late_cards.parts(row.promised)]


def facts(row: Row, link: str | None) -> Line:
    """Number, status, customer, total and agent of an order; the number leads to its card."""
    total = None
    if row.total_minor is not None and row.currency:
        total = money.display(row.total_minor, row.currency, row.language)
    known = (lifecycle.label(row.status), row.customer, total, row.agent)
    words = " · ".join(kit.foreign(fact, _NAME) for fact in known if fact)
    number = kit.link(link, row.number) if link else kit.words(row.number)
    return [number, kit.words(f" · {words}")]
