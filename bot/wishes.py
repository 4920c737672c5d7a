"""The direct message to an agent whose customer asks for something by a button of WhatsApp."""

from bot import cards, kit, wording
from bot.blocks import escape
from bot.slack import Content
from wapto.desk.orders.views import OrderView


def alert(view: OrderView, wish: str, link: str) -> Content:
    """What is asked for, and the way to the order's card."""
    words = escape(wording.WISHES[wish])
    return Content(
        f"{words}: {cards.summary(view)}",
        [kit.section(f"*{kit.link_to(link, view.number)}*: {words}."), kit.context(cards.summary(view))],
    )
