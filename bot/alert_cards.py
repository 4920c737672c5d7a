"""Direct messages to agents about an order: that it is theirs, or that its customer was not told."""

from collections.abc import Callable, Sequence

from bot import cards, items, kit, late_cards, wording
from bot.blocks import escape
from bot.kit import Block, Line, foreign
from bot.slack import Content
from wapto.desk.orders.views import OrderView, Told
from wapto.domain import lifecycle
from wapto.domain.text import cut

_PERSON, _REASON, _LINES, _BURST = 80, 200, 5, 20


def yours(view: OrderView, link: str) -> Content:
    """The direct message to whoever got the order, with the buttons of its card."""
    why = kit.context(escape(cut(view.assignment_reason or "", _REASON) or "It is yours."))
    head = f"*{kit.link_to(link, view.number)}* is yours · {escape(foreign(view.shop, _PERSON))}"
    facts = kit.paragraph(items.customer(view), *items.lines(view, _LINES), *items.sums(view))
    return Content(
        f"Yours now: {cards.summary(view)}",
        [kit.section(head), facts, *late_cards.line(view.promised), why, *cards.buttons_of_assignee(view)],
    )


def several(those: Sequence[OrderView], trouble: str | None, link: Callable[[str, str], str]) -> Content:
    """One direct message about orders that came, or became late, at nearly the same time."""
    text = wording.burst(len(those), "yours now" if trouble is None else "late")
    lines = [_one_of(view, link) for view in those[:_BURST]]
    rest = [[kit.words(wording.more(len(those) - _BURST), italic=True)]] if len(those) > _BURST else []
    return Content(f"{text}: {', '.join(view.number for view in those[:_BURST])}", _listed(text, [*lines, *rest]))


def _listed(text: str, lines: list[Line]) -> list[Block]:
    return [kit.section(f"*{text}*"), kit.paragraph(*lines)]


def _one_of(view: OrderView, link: Callable[[str, str], str]) -> Line:
    number = kit.link(link(*view.card), view.number) if view.card else kit.words(view.number)
    facts = (foreign(view.shop, _PERSON), items.name(view), items.pieces(view), items.total(view))
    words = " · ".join((*facts, lifecycle.label(view.status)))
    return [number, kit.words(f" · {words}"), *late_cards.parts(view.promised)]


def not_told(view: OrderView, told: Told, link: str) -> Content:
    """The direct message to the assignee of an order whose customer was not told, or may not have been."""
    head = f"*{kit.link_to(link, view.number)}*: {wording.not_reached(told.trigger, told.state)}"
    why = [kit.paragraph([kit.words(foreign(told.reason, _REASON))])] if told.reason else []
    words = foreign(told.text, _REASON)  # none where not even a template was found
    facts = kit.paragraph(items.customer(view), *([[kit.words(words, italic=True)]] if words else []))
    return Content(
        escape(f"{view.number}: {wording.not_reached(told.trigger, told.state)}"),
        [kit.section(head), *why, facts, *cards.remedies(view, told)],
    )


def plain_yours(view: OrderView, link: str) -> Content:
    """The same without blocks."""
    return Content(f"Yours now: {cards.summary(view)} {kit.link_to(link, wording.OPEN)}")


def plain_not_told(view: OrderView, told: Told, link: str) -> Content:
    """The same without blocks."""
    return Content(f"{not_told(view, told, link).text} {kit.link_to(link, wording.OPEN)}")
