"""Lists of orders as answers to /wapto: ten at a time, and a button for more."""

import json
from dataclasses import asdict, dataclass, replace

from bot import answers, carried, guard, kit, lists
from bot.blocks import escape
from bot.calls import Call
from bot.kit import Block
from bot.slack import Content
from wapto.desk import overview
from wapto.desk.orders import search
from wapto.desk.overview import PAGE, Wanted

MORE = "list_more"


@dataclass(frozen=True)
class Listing:
    """What somebody asked to see: the name of a list or a status, perhaps with words to find, from `offset` on."""

    show: str
    text: str = ""
    offset: int = 0

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))


def answer(call: Call, listing: Listing) -> Content:
    """The orders of the list, as the person who asks means it."""
    actor = guard.looker(call)
    wanted = Wanted(show=listing.show, text=listing.text).filter(actor.agent_id or 0)
    rows, total = search.find(wanted, PAGE, offset=max(0, listing.offset)), search.count(wanted)
    which = answers.which(listing.show, listing.text, total)
    first = "most overdue" if listing.show == overview.LATE else "newest"
    head = escape(answers.listed(len(rows), total, which, after=listing.offset, first=first))
    lines = [lists.line(row, _link(call, row)) for row in rows]
    left = total - listing.offset - len(rows)
    return Content(head, [kit.section(head), *([kit.paragraph(*lines)] if lines else []), *_more(listing, left)])


def more(call: Call) -> Content:
    """The button below a list: the next ten."""
    guard.looker(call)
    return answer(call, carried.read(call.value, Listing))


def _more(listing: Listing, left: int) -> list[Block]:
    if left <= 0:
        return []
    following = replace(listing, offset=listing.offset + PAGE)
    return [kit.actions([kit.button(MORE, answers.more_of(min(left, PAGE)), following.pack())])]


def _link(call: Call, row: search.Row) -> str | None:
    return call.slack.workspace().link(row.card_channel, row.card_ts) if row.card_channel and row.card_ts else None
