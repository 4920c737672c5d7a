"""Lines whose price is not the catalog's: honored, changed to the catalog's, declined, or the customer is asked.

The catalog's price is that of the moment when the cart came. Nothing is repriced by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from wapto.desk import adjustments, approvals, carts, catalog, line_items, orders, price_questions, stock, timeline
from wapto.desk.assignment import WAPTO
from wapto.desk.timeline import CUSTOMER, Actor
from wapto.desk.versions import check_version, decided_again, get_open, update
from wapto.domain import lifecycle, money
from wapto.domain.decisions import ASK, CHANGE, DECLINE, HONOR, OF_PRICES
from wapto.domain.lines import LineItem
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.meta.payloads import InboundMessage
from wapto.store.database import transaction
from wapto.store.models import Customer, Number, Order

_KINDS = {HONOR: "price_honored", CHANGE: "price_changed", DECLINE: "line_declined", ASK: "price_asked"}


def _honored(line: LineItem) -> LineItem:
    """What the customer saw is what counts from now on."""
    return replace(line, catalog_minor=line.unit_minor, flags=_other_flags(line))


def _changed(line: LineItem) -> LineItem:
    return replace(line, unit_minor=line.catalog_minor, flags=_other_flags(line))


def _other_flags(line: LineItem) -> tuple[str, ...]:
    return tuple(flag for flag in line.flags if flag not in (catalog.PRICE_DIFFERS, carts.PRICE_ZERO))


_SETTLED: dict[str, Callable[[LineItem], LineItem]] = {HONOR: _honored, CHANGE: _changed}


def is_drifting(line: LineItem) -> bool:
    """Whether the line waits for somebody to decide about its price."""
    return catalog.PRICE_DIFFERS in line.flags


@approvals.asking_a_second
@decided_again
def decide(
    order_id: int, choices: Mapping[int, str], *, actor: Actor, now: datetime, version: int | None = None
) -> Order:
    """Does with line items (by their place, from 1 on) what was chosen: `honor`, `change`, `decline` or `ask`.

    The total follows. Refused if such a line waits for no decision any more, or the customer cannot be asked because
    the window is closed; Conflict if the order no longer has the `version` that a form was opened with.
    """
    with transaction() as tx:
        order = get_open(order_id, "its prices stay as they are")
        check_version(order, version)
        before = line_items.of_order(order_id)
        _check(before, choices)
        if CHANGE in choices.values():
            changed = "; ".join(f"{_price(line)} → {_offer(line)}" for line in _chosen(before, choices, CHANGE))
            act = {"verb": "settle", "choices": [list(each) for each in choices.items()], "version": order.version}
            approvals.check(order, approvals.CHANGE_PRICE, actor, act | {"words": changed})
        after = _after(before, choices)
        if set(choices.values()) - {ASK}:
            _settle(order, [line for _, line in after], now)
            stock.follow(tx, order, order.status, now)
        for place, choice in sorted(choices.items()):
            line = before[place - 1]
            timeline.record(order_id, _KINDS[choice], actor, now, before=_price(line), after=_offer(line))
        for place, (chosen, line) in enumerate(after, 1):
            if chosen == ASK:
                price_questions.ask(order, place, line, actor, now)
        if ASK in choices.values() and order.status == lifecycle.RECEIVED:
            orders.change_status(order_id, lifecycle.PENDING, actor=actor, now=now)
        tx.wake("desk")
    return Order.get_by_id(order_id)


def answer(number: Number, customer: Customer, message: InboundMessage, now: datetime) -> None:
    """Does what a customer answered by a button, and says so; what cannot be done is left to the team, who sees it."""
    found = price_questions.answer_of(number, customer, message)
    if found is None:
        return
    order, place, kind = found
    line = line_items.of_order(order.id)[place - 1]
    choice = CHANGE if kind == price_questions.ACCEPT else DECLINE
    with suppress(Refused, InvalidInput, Conflict):
        changed = decide(order.id, {place: choice}, actor=CUSTOMER, now=now)
        price_questions.thank(changed, line, kind, message, WAPTO, now)


def _check(lines: Sequence[LineItem], choices: Mapping[int, str]) -> None:
    for place, choice in choices.items():
        if choice not in OF_PRICES:
            raise InvalidInput(f"“{choice}” is not possible; choose one of: {', '.join(OF_PRICES)}.")
        if not 1 <= place <= len(lines) or not is_drifting(lines[place - 1]):
            raise Refused("The price of one of these items is settled already; look at the order again.")
    if list(choices.values()).count(DECLINE) == len(lines):
        raise InvalidInput("An order needs an item; if the customer wants nothing any more, cancel it.")


def _chosen(lines: Sequence[LineItem], choices: Mapping[int, str], choice: str) -> list[LineItem]:
    return [line for place, line in enumerate(lines, 1) if choices.get(place) == choice]


def _settle(order: Order, lines: Sequence[LineItem], now: datetime) -> None:
    reading = carts.judged(catalog.name_lines(order.number, lines, now, order_id=order.id), order.note)
    columns = adjustments.columns(order.id, reading)
    if (columns["total_minor"] or 0) < 0:
        raise InvalidInput("The discount would be larger than what is left; lower it first.")
    update(order, columns, now)  # first, so that of two at once one waits here and then begins anew
    line_items.replace(order.id, reading.lines)


def _after(lines: Sequence[LineItem], choices: Mapping[int, str]) -> list[tuple[str | None, LineItem]]:
    """What is left of the lines, each with what was chosen for it."""
    chosen = [(choices.get(place), line) for place, line in enumerate(lines, 1)]
    return [(choice, _SETTLED.get(choice or ASK, _same)(line)) for choice, line in chosen if choice != DECLINE]


def _same(line: LineItem) -> LineItem:
    return line


def _price(line: LineItem) -> str:
    return f"{line.name[:80]} {_written(line.unit_minor, line.currency)}"


def _offer(line: LineItem) -> str:
    return _written(line.catalog_minor, line.currency)


def _written(minor: int | None, currency: str | None) -> str:
    return f"{money.to_decimal(minor, currency)} {currency}" if minor is not None and currency else "?"
