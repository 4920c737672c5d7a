"""The forms of moving many orders at once, and of picking for them: asked, shown before it happens, and after. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot import bulk_words, carried, kit, wording
from bot.carried import RowId
from bot.kit import Block, Line, foreign
from bot.modals import REASON, TARGET, field
from wapto.desk.orders.bulk import Pick, Result, Step
from wapto.desk.overview import Wanted
from wapto.domain import lifecycle

ASK, GO = "bulk_plan", "bulk_go"
MOST = 30  # what is done within the time that Slack waits for a form

_REASON, _NAME, _TOLD, _PROBLEM, _SKU = 300, 40, 120, 200, 40
_PICKS = 80


@dataclass(frozen=True)
class Selection:
    """What the first form remembers: which orders its owner looked at."""

    wanted: Wanted
    channel: str = ""


@dataclass(frozen=True)
class Plan:
    """What the second one remembers: just what was shown, each order with the status that it was seen in."""

    target: str
    reason: str | None
    orders: list[tuple[RowId, str]]
    channel: str = ""


def selection(view: dict[str, Any]) -> Selection:
    """What the first form remembers; InvalidInput when it is none of ours."""
    return carried.read(view["private_metadata"], Selection)


def planned(view: dict[str, Any]) -> Plan:
    """What the second one remembers."""
    return carried.read(view["private_metadata"], Plan)


def ask(wanted: Wanted, total: int) -> Block:
    """Asks where the listed orders go."""
    options = [kit.option(status.label, status.slug) for status in lifecycle.STATUSES.values()]
    typed = {"type": "plain_text_input", "max_length": _REASON}
    blocks = [
        kit.section(bulk_words.bulk_of(total, MOST)),
        field(TARGET, bulk_words.BULK_TARGET, {"type": "static_select", "options": options}, optional=False),
        field(REASON, bulk_words.BULK_REASON, typed, hint=bulk_words.BULK_REASON_HINT),
    ]
    return _modal(blocks, bulk_words.SHOW_FIRST, ASK, _packed(Selection(wanted)))


def preview(steps: Sequence[Step], target: str, reason: str | None) -> Block:
    """What would happen to each order, and what its customer would read; sent only if anything is possible."""
    possible = [(step.order_id, step.before) for step in steps if step.is_possible]
    lines = [_step(step, target) for step in steps]
    head = kit.section(bulk_words.bulk_plan(len(possible), len(steps), lifecycle.label(target)))
    if not possible:
        return _modal([head, *_paragraph(lines)])
    told = _packed(Plan(target, reason, possible))
    return _modal([head, *_paragraph(lines)], bulk_words.ADVANCE_ALL, GO, told)


def results(done: Sequence[Result], target: str) -> Block:
    """What became of each order."""
    moved = [result for result in done if result.problem is None]
    lines = [_result(result, target) for result in done]
    return _modal(
        [kit.section(bulk_words.bulk_done(len(moved), len(done), lifecycle.label(target))), *_paragraph(lines)]
    )


def picks(found: Sequence[Pick]) -> Block:
    """What has to be picked, by SKU."""
    if not found:
        return _modal([kit.section(bulk_words.NOTHING_TO_PICK)], title=bulk_words.PICK_LIST)
    lines = [_pick(pick) for pick in found[:_PICKS]]
    rest = [[kit.words(wording.more(len(found) - _PICKS), italic=True)]] if len(found) > _PICKS else []
    return _modal(_paragraph([*lines, *rest]), title=bulk_words.PICK_LIST)


def _packed(remembered: Selection | Plan) -> str:
    """As it is, since every letter in ASCII alone might not fit."""
    return json.dumps(asdict(remembered), separators=(",", ":"), ensure_ascii=False)


def _modal(
    blocks: Sequence[Block], submit: str = "", callback: str = "", remembered: str = "", title: str = ""
) -> Block:
    sent = {"submit": kit.plain(submit), "callback_id": callback, "private_metadata": remembered} if submit else {}
    names = {"title": kit.plain(title or bulk_words.ADVANCE_ALL), "close": kit.plain(wording.CLOSE)}
    return {"type": "modal", **names, **sent, "blocks": list(blocks)}


def _paragraph(lines: Sequence[Line]) -> list[Block]:
    return [kit.paragraph(*lines)] if lines else []


def _step(step: Step, target: str) -> Line:
    name = foreign(step.customer or "", _NAME) or wording.NO_NAME
    line = [kit.words(step.number, bold=True), kit.words(f" · {name} · {lifecycle.label(step.before)}")]
    if not step.is_possible:
        return [*line, kit.words(f" ⚠️ {foreign(step.problem or '', _PROBLEM)}", italic=True)]
    line.append(kit.words(f" → {lifecycle.label(target)} · "))
    if step.told:
        return [*line, kit.words(bulk_words.will_read(foreign(step.told, _TOLD)))]
    return [*line, kit.words(foreign(step.problem, _PROBLEM) if step.problem else bulk_words.WILL_READ_NOTHING)]


def _result(result: Result, target: str) -> Line:
    if result.problem is None:
        return [kit.words(result.number, bold=True), kit.words(f" → {lifecycle.label(target)}")]
    return [kit.words(result.number, bold=True), kit.words(f" ⚠️ {foreign(result.problem, _PROBLEM)}", italic=True)]


def _pick(pick: Pick) -> Line:
    sku = "" if pick.sku == pick.name else f" ({foreign(pick.sku, _SKU)})"
    notes = [bulk_words.pick_orders(pick.orders)]
    notes += [bulk_words.pick_unclear(pick.unclear)] if pick.unclear else []
    notes += [bulk_words.pick_short(pick.short)] if pick.short else []
    name = foreign(pick.name, _NAME)
    return [kit.words(f"{pick.quantity} × ", bold=True), kit.words(f"{name}{sku} · {' · '.join(notes)}")]
