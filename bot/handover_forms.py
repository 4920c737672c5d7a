"""What somebody leaves open, and the form that gives it to others. Pure: nothing is sent or stored here."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot import carried, handover_words, kit, lists, wording
from bot.blocks import escape, limits
from bot.carried import RowId
from bot.kit import Block, Line, foreign
from bot.lists import Link
from bot.modals import field
from bot.slack import Content
from bot.work_forms import person
from wapto.desk.assignment.agents import Listed
from wapto.desk.assignment.assignment import WORKING_ROLES
from wapto.desk.assignment.handover import Digest, Given
from wapto.desk.orders.search import Row
from wapto.domain import lifecycle
from wapto.errors import InvalidInput

ASK, LISTED, FORM = "handover", "handover_listed", "handover_form"
ORDERS, TO = "orders", "to"

_LINES, _NAME, _PROBLEM = 20, 40, 200


@dataclass(frozen=True)
class Whose:
    """What the button carries: in whose hands the orders are."""

    agent: RowId

    def pack(self) -> str:
        """As the value of the button."""
        return json.dumps(asdict(self), separators=(",", ":"))


def content(digest: Digest, link: Link) -> Content:
    """What somebody has in their hands, and the button that hands it over."""
    name = escape(foreign(digest.name, _NAME))
    if not digest.rows:
        return Content(handover_words.nothing(name))
    lines = [line for row in digest.rows[:_LINES] for line in _lines(row, digest, link)]
    left = digest.total - len(digest.rows[:_LINES])
    rest = [[kit.words(wording.more(left), italic=True)]] if left else []
    button = kit.button(ASK, handover_words.HAND_OVER, Whose(digest.agent_id).pack())
    head = handover_words.head(name, digest.total)
    return Content(
        head, [kit.section(f"*{head}*, those due first on top."), kit.paragraph(*lines, *rest), kit.actions([button])]
    )


def at_the_end(digest: Digest, link: Link) -> Content:
    """The same to whoever goes off duty."""
    left = handover_words.shift_over(digest.total, len(digest.unread), len(digest.untold))
    return content(digest, link)._replace(text=left)


def _lines(row: Row, digest: Digest, link: Link) -> list[Line]:
    marks = ((handover_words.UNREAD, digest.unread), (handover_words.UNTOLD, digest.untold))
    return [lists.line(row, link(row)), *([kit.words(f"    {words}")] for words, ids in marks if row.id in ids)]


def ask(rows: Sequence[Row], total: int, people: Sequence[Listed], channel: str) -> Block:
    """Asks which of these orders go, the first of `total`, and to whom; all of them unless some are taken out."""
    shown = rows[: limits.OPTIONS]
    orders = [kit.option(_named(row), f"{row.id}.{row.agent_id or 0}") for row in shown]
    holders = {row.agent_id for row in shown}
    workers = [each for each in people if each.agent.role in WORKING_ROLES and holders != {each.agent.id}]
    if not workers or not orders:
        raise InvalidInput(handover_words.NOBODY_ELSE if orders else handover_words.NOTHING)
    menus = (
        (ORDERS, handover_words.ORDERS, {"options": orders, "initial_options": orders}),
        (TO, handover_words.TO, {"options": [person(each) for each in workers][: limits.OPTIONS]}),
    )
    rest = [kit.context(handover_words.first_of(len(shown), total))] if total > len(shown) else []
    fields = [
        field(name, words, {"type": "multi_static_select", **menu}, optional=False) for name, words, menu in menus
    ]
    sent = {"submit": kit.plain(handover_words.HAND_OVER), "callback_id": FORM}
    return _modal([*rest, *fields], sent | {"private_metadata": json.dumps({"channel": channel})})


def _named(row: Row) -> str:
    facts = (row.number, lifecycle.label(row.status), foreign(row.customer or "", _NAME))
    return " · ".join(filter(None, facts))


def whose(text: str) -> Whose:
    """What the button carries; InvalidInput when it is none of ours."""
    return carried.read(text, Whose)


def chosen_orders(view: dict[str, Any]) -> list[tuple[int, int | None]]:
    """The orders that were chosen, each with whom it was seen with; InvalidInput when they are none of ours."""
    pairs = [value.partition(".") for value in _chosen(view, ORDERS)]
    return [(_id(order), _id(agent) or None) for order, _, agent in pairs]


def chosen_people(view: dict[str, Any]) -> list[int]:
    """Whom they go to."""
    return list(map(_id, _chosen(view, TO)))


def _chosen(view: dict[str, Any], block: str) -> list[str]:
    found = view["state"]["values"].get(block, {}).get(block, {}).get("selected_options") or []
    return [str(option.get("value")) for option in found]


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput(wording.MALFORMED)
    return int(text)


def results(done: Sequence[Given]) -> Block:
    """What became of each order."""
    moved = sum(each.problem is None for each in done)
    lines = [_result(each) for each in done]
    return _modal([kit.section(f"*{handover_words.given(moved, len(done))}*"), kit.paragraph(*lines)])


def _result(given: Given) -> Line:
    what = f" ⚠️ {foreign(given.problem, _PROBLEM)}" if given.problem else f" → {foreign(given.agent, _NAME)}"
    return [kit.words(given.number, bold=True), kit.words(what)]


def _modal(blocks: Sequence[Block], sent: Block | None = None) -> Block:
    names = {"title": kit.plain(handover_words.HAND_OVER), "close": kit.plain(wording.CLOSE)}
    return {"type": "modal", **names, **(sent or {}), "blocks": list(blocks)}
