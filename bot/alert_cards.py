"""Direct messages to agents about an order: that it is theirs, or that its customer was not told."""

from bot import cards, items, kit, wording
from bot.blocks import escape
from bot.kit import foreign
from bot.slack import Content
from wapto.desk.views import OrderView, Told
from wapto.domain.text import cut

_PERSON, _REASON, _LINES = 80, 200, 5


def yours(view: OrderView, link: str) -> Content:
    """The direct message to whoever got the order."""
    why = kit.context(escape(cut(view.assignment_reason or "", _REASON) or "It is yours."))
    head = f"*{kit.link_to(link, view.number)}* is yours · {escape(foreign(view.shop, _PERSON))}"
    return Content(
        f"Yours now: {cards.summary(view)}",
        [kit.section(head), kit.paragraph(items.customer(view), *items.lines(view, _LINES), *items.sums(view)), why],
    )


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
