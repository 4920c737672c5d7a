"""Lines whose price is not the catalog's, or of which there is too little: honored, changed to what the catalog has,
declined, or the customer is asked.

The catalog's price is that of the moment when the cart came, its stock that of now. Nothing is changed by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from wapto.desk.approvals import approvals
from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.catalog import catalog, price_questions
from wapto.desk.orders import adjustments, carts, line_items, orders, timeline
from wapto.desk.orders.timeline import CUSTOMER, Actor
from wapto.desk.orders.versions import check_version, decided_again, get_open, update
from wapto.desk.stock import questions as stock_questions
from wapto.desk.stock import shortages, stock
from wapto.domain import lifecycle, money
from wapto.domain.decisions import ASK, CHANGE, DECLINE, HONOR, OF_PRICES
from wapto.domain.lines import LineItem
from wapto.domain.text import quoted
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.meta.payloads import InboundMessage
from wapto.store.database import transaction
from wapto.store.models import Customer, Number, Order

_KINDS = {HONOR: "price_honored", CHANGE: "price_changed", DECLINE: "line_declined", ASK: "price_asked"}
_STOCK_KINDS = {HONOR: "stock_kept", CHANGE: "stock_cut", DECLINE: "stock_declined", ASK: "stock_asked"}

_Settled = tuple[int, str | None, LineItem]
"""A line that is left: the place that it had, what was chosen for it, and what it is by now."""


def _honored(line: LineItem) -> LineItem:
    """What the customer saw is what counts from now on."""
    return replace(line, catalog_minor=line.unit_minor, flags=_other_flags(line))


def _changed(line: LineItem) -> LineItem:
    return replace(line, unit_minor=line.catalog_minor, flags=_other_flags(line))


def _other_flags(line: LineItem) -> tuple[str, ...]:
    return tuple(flag for flag in line.flags if flag not in (catalog.PRICE_DIFFERS, carts.PRICE_ZERO))


_SETTLED: dict[str | None, Callable[[LineItem], LineItem]] = {HONOR: _honored, CHANGE: _changed}


def is_drifting(line: LineItem) -> bool:
    """Whether the line waits for somebody to decide about its price."""
    return catalog.PRICE_DIFFERS in line.flags


def waits(line: LineItem) -> bool:
    """Whether the line waits for somebody to decide about its price or its pieces."""
    return is_drifting(line) or shortages.is_short(line)


@approvals.asking_a_second
@decided_again
def decide(
    order_id: int,
    choices: Mapping[int, str],
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    with_pieces: bool = True,
) -> Order:
    """Does with line items (by their place, from 1 on) what was chosen: `honor`, `change`, `decline` or `ask`.

    The total follows. Without `with_pieces` only prices are settled. Refused if such a line waits for no decision any
    more, or the customer cannot be asked because the window is closed; Conflict if the order no longer has the
    `version` that a form was opened with.
    """
    with transaction() as tx:
        order = get_open(order_id, "its prices stay as they are")
        check_version(order, version)
        before = line_items.of_order(order_id)
        _check(before, choices)
        if repriced := [line for line in _chosen(before, choices, CHANGE) if is_drifting(line)]:
            changed = "; ".join(f"{_price(line)} → {_offer(line)}" for line in repriced)
            act = {"verb": "settle", "choices": [list(each) for each in choices.items()], "version": order.version}
            approvals.check(order, approvals.CHANGE_PRICE, actor, act | {"words": changed})
        short = [place for place in choices if with_pieces and shortages.is_short(before[place - 1])]
        left = {place: shortages.left(order, before, place) for place in short}
        after = _after(before, choices, left)
        if set(choices.values()) - {ASK}:
            _settle(order, after, now)
            stock.follow(tx, order, order.status, now)
        for place, choice in sorted(choices.items()):
            _record(order_id, before[place - 1], choice, left.get(place), actor, now)
        for place, (old, chosen, line) in enumerate(after, 1):
            if chosen == ASK:
                _ask(order, place, line, left.get(old), actor, now)
        if ASK in choices.values() and order.status == lifecycle.RECEIVED:
            orders.change_status(order_id, lifecycle.PENDING, actor=actor, now=now)
        tx.wake("desk")
    return Order.get_by_id(order_id)


def answer(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> None:
    """Does what a customer answered by a button, and says so; what cannot be done is left to the team, who sees it."""
    if tapped := stock_questions.answer_of(number, customer, message):
        _answer_of_stock(tapped, message, now)
        return
    found = price_questions.answer_of(number, customer, message)
    if found is None:
        return
    order, place, kind = found
    line = line_items.of_order(order.id)[place - 1]
    choice = CHANGE if kind == price_questions.ACCEPT else DECLINE
    with suppress(Refused, InvalidInput, Conflict):
        changed = decide(order.id, {place: choice}, actor=CUSTOMER, now=now, with_pieces=False)
        price_questions.thank(changed, line, kind, message, WAPTO, now)


def _answer_of_stock(tapped: stock_questions.Answer, message: InboundMessage, now: datetime) -> None:
    """Only while there are as many as the customer was told; else the team has to speak with them."""
    order, place = tapped.order, tapped.place
    lines = line_items.of_order(order.id)
    is_yes = tapped.kind == price_questions.ACCEPT
    if not shortages.is_short(lines[place - 1]) or (is_yes and shortages.left(order, lines, place) != tapped.left):
        return
    choice = DECLINE if not is_yes else CHANGE if tapped.left else HONOR
    with suppress(Refused, InvalidInput, Conflict):
        changed = decide(order.id, {place: choice}, actor=CUSTOMER, now=now)
        stock_questions.thank(changed, lines[place - 1], tapped, message, WAPTO, now)


def _record(order_id: int, line: LineItem, choice: str, left: int | None, actor: Actor, now: datetime) -> None:
    if is_drifting(line):
        timeline.record(order_id, _KINDS[choice], actor, now, before=_price(line), after=_offer(line))
    if left is not None and not (is_drifting(line) and choice in (ASK, DECLINE)):
        wanted = shortages.wanted(line)
        timeline.record(order_id, _STOCK_KINDS[choice], actor, now, before=wanted, after=str(left))


def _ask(order: Order, place: int, line: LineItem, left: int | None, actor: Actor, now: datetime) -> None:
    """About the price first where both are to be settled: of what costs too much, fewer may be wanted."""
    if is_drifting(line) or left is None:
        price_questions.ask(order, place, line, actor, now)
    else:
        stock_questions.ask(order, place, line, left, actor, now)


def _check(lines: Sequence[LineItem], choices: Mapping[int, str]) -> None:
    for place, choice in choices.items():
        if choice not in OF_PRICES:
            raise InvalidInput(f"“{choice}” is not possible; choose one of: {', '.join(OF_PRICES)}.")
        if not 1 <= place <= len(lines) or not waits(lines[place - 1]):
            raise Refused("One of these items is settled already; look at the order again.")
    if list(choices.values()).count(DECLINE) == len(lines):
        raise InvalidInput("An order needs an item; if the customer wants nothing any more, cancel it.")


def _chosen(lines: Sequence[LineItem], choices: Mapping[int, str], choice: str) -> list[LineItem]:
    return [line for place, line in enumerate(lines, 1) if choices.get(place) == choice]


def _settle(order: Order, after: Sequence[_Settled], now: datetime) -> None:
    named = catalog.name_lines(order.number, [line for _, _, line in after], now, order_id=order.id)
    kept = [_enough(line) if choice == HONOR else line for (_, choice, _), line in zip(after, named, strict=True)]
    reading = carts.judged(kept, order.note)
    columns = adjustments.columns(order.id, reading)
    if (columns["total_minor"] or 0) < 0:
        raise InvalidInput("The discount would be larger than what is left; lower it first.")
    update(order, columns, now)  # first, so that of two at once one waits here and then begins anew
    line_items.replace(order.id, reading.lines)


def _after(lines: Sequence[LineItem], choices: Mapping[int, str], left: Mapping[int, int]) -> list[_Settled]:
    """What is left of the lines, each with the place that it had and what was chosen for it."""
    chosen = [(place, choices.get(place), line) for place, line in enumerate(lines, 1)]
    return [
        (place, choice, _settled(line, choice, left.get(place))) for place, choice, line in chosen if choice != DECLINE
    ]


def _settled(line: LineItem, choice: str | None, left: int | None) -> LineItem:
    if choice == CHANGE and left == 0:
        raise InvalidInput(f"None of {quoted(line.name[:80])} is left: take it out, keep it, or ask the customer.")
    settled = _SETTLED[choice](line) if choice in _SETTLED and is_drifting(line) else line
    return carts.with_quantity(settled, left) if choice == CHANGE and left is not None else settled


def _enough(line: LineItem) -> LineItem:
    return replace(line, flags=tuple(flag for flag in line.flags if flag not in catalog.SHORTAGES))


def _price(line: LineItem) -> str:
    return f"{line.name[:80]} {_written(line.unit_minor, line.currency)}"


def _offer(line: LineItem) -> str:
    return _written(line.catalog_minor, line.currency)


def _written(minor: int | None, currency: str | None) -> str:
    return f"{money.to_decimal(minor, currency)} {currency}" if minor is not None and currency else "?"
