"""The whole list of a cart that is longer than its card, as posts in the thread. Pure."""

from dataclasses import replace

from bot import items, kit, wording
from bot.blocks import escape
from bot.slack import Content
from wapto.desk.conversations.long_carts import IN_POST
from wapto.desk.orders.views import OrderView

_TEXT = 9_000  # characters of the items of one post


def draw(view: OrderView, part: int) -> Content:
    """One part of the list, from 1 on."""
    head = [kit.words(_head(view, part), bold=True)]
    return Content(plain(view, part).text, [kit.paragraph(head, *items.lines(_part(view, part), IN_POST, _TEXT))])


def plain(view: OrderView, part: int) -> Content:
    """What it is, for notifications and for when Slack refuses the blocks."""
    return Content(escape(_head(view, part)))


def _head(view: OrderView, part: int) -> str:
    return wording.items_of(view.number, len(view.lines), part, max(part, -(-len(view.lines) // IN_POST)))


def _part(view: OrderView, part: int) -> OrderView:
    return replace(view, lines=view.lines[IN_POST * (part - 1) : IN_POST * part])
