"""Changing what an order consists of: other quantities, fewer items, more items."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from wapto.desk.approvals import approvals
from wapto.desk.catalog import catalog
from wapto.desk.orders import adjustments, carts, items, line_items, timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import check_version, decided_again, get_open, update
from wapto.desk.stock import stock
from wapto.domain import money
from wapto.domain.lines import LineItem
from wapto.domain.text import clean, cut, quoted
from wapto.errors import InvalidInput
from wapto.store.database import transaction
from wapto.store.models import CatalogItem, Number, Order

_SUMMARY = 500


@approvals.asking_a_second
@decided_again
def edit_items(
    order_id: int,
    *,
    actor: Actor,
    now: datetime,
    quantities: Mapping[int, int] | None = None,
    added: Mapping[str, int] | None = None,
    typed: Sequence[str] = (),
    version: int | None = None,
) -> Order:
    """Gives line items other quantities (by their place, from 1 on; 0 takes one out), then does what was typed.

    `added` are so many more of a SKU of the catalog. Typed are SKU=QUANTITY or SKU=QUANTITY@PRICE, for an item that
    is there or a new one, whose price the catalog knows too. Total and flags follow.
    Conflict, saying who was faster, if the order no longer has the `version` that a form was opened with.
    """
    with transaction() as tx:
        order = get_open(order_id, "its items stay as they are")
        check_version(order, version)
        before = line_items.of_order(order_id)
        more = _added(_counted(before, quantities or {}), added or {}, order.number, now)
        after = _typed(more, typed, order.number, now)
        if after == list(before):
            return order
        _check(after)
        if _moves_price(before, after, order.number, now):
            places = [[place, quantity] for place, quantity in (quantities or {}).items()]
            act = {"verb": "edit", "quantities": places, "typed": list(typed), "version": order.version}
            approvals.check(order, approvals.CHANGE_PRICE, actor, act | {"words": summary(after)})
        reading = carts.judged(catalog.name_lines(order.number, after, now, order_id=order_id), order.note)
        columns = adjustments.columns(order_id, reading)
        if (columns["total_minor"] or 0) < 0:
            raise InvalidInput("The discount would be larger than what is left; lower it first.")
        update(order, columns, now)  # first, so that of two at once one waits here and then begins anew
        line_items.replace(order_id, reading.lines)
        stock.follow(tx, order, order.status, now)
        timeline.record(order_id, "items", actor, now, before=summary(before), after=summary(after))
        tx.wake("desk")
    return Order.get_by_id(order_id)


def _counted(lines: Sequence[LineItem], quantities: Mapping[int, int]) -> list[LineItem]:
    if not set(quantities) <= set(range(1, len(lines) + 1)):
        raise InvalidInput("One of these items is not in the order any more; look at it again.")
    wanted = [(line, quantities.get(place, line.quantity)) for place, line in enumerate(lines, 1)]
    return [carts.with_quantity(line, quantity) for line, quantity in wanted if quantity != 0 or line.quantity == 0]


def _added(lines: list[LineItem], added: Mapping[str, int], number: Number, now: datetime) -> list[LineItem]:
    for sku, quantity in added.items():
        place = next((place for place, line in enumerate(lines) if line.sku == sku), None)
        if place is None:
            lines = [*lines, _new(sku, quantity, _catalog_price(sku, number, now), number.currency)]
        else:
            lines = _changed(lines, place, (lines[place].quantity or 0) + quantity, None, number.currency)
    return lines


def _typed(lines: list[LineItem], typed: Sequence[str], number: Number, now: datetime) -> list[LineItem]:
    for text in filter(None, map(str.strip, typed)):
        sku, quantity, price = items.parts(clean(text))
        unit_minor = money.parse_minor(price, number.currency) if price else None
        places = [place for place, line in enumerate(lines) if line.sku == sku]
        if len(places) > 1:
            raise InvalidInput(f"{quoted(sku)} stands in several lines; change them one by one in Slack: Edit items.")
        if places:
            lines = _changed(lines, places[0], int(quantity), unit_minor, number.currency)
        else:
            known = unit_minor if unit_minor is not None else _catalog_price(sku, number, now)
            lines = [*lines, _new(sku, int(quantity), known, number.currency)]
    return lines


def _changed(lines: list[LineItem], place: int, quantity: int, unit_minor: int | None, currency: str) -> list[LineItem]:
    line = lines[place]
    if unit_minor is not None:
        line = carts.with_price(line, unit_minor, currency)
    return [*lines[:place], *([carts.with_quantity(line, quantity)] if quantity else []), *lines[place + 1 :]]


def _catalog_price(sku: str, number: Number, now: datetime) -> int | None:
    """What the catalog asks for it now, if it is in the shop's currency."""
    here = (CatalogItem.catalog == number.catalog) & (CatalogItem.sku == sku)
    item = CatalogItem.get_or_none(here, CatalogItem.gone_at.is_null())
    return catalog.price_at(item, now) if item is not None and item.currency == number.currency else None


def _moves_price(before: Sequence[LineItem], after: Sequence[LineItem], number: Number, now: datetime) -> bool:
    """Whether something costs what neither the order nor the catalog asked for it until now."""
    known = {(line.sku, line.unit_minor) for line in before}
    new = [line for line in after if (line.sku, line.unit_minor) not in known]
    return any(line.unit_minor != _catalog_price(line.sku, number, now) for line in new)


def _new(sku: str, quantity: int, unit_minor: int | None, currency: str) -> LineItem:
    if not quantity:
        raise InvalidInput(f"{quoted(sku)} is not in the order, so it cannot be taken out.")
    if unit_minor is None:
        raise InvalidInput(f"{quoted(sku)} is new in the order; write its price too, such as {sku[:40]}=1@19.90.")
    return carts.with_quantity(carts.with_price(LineItem(sku, sku, None, None, None), unit_minor, currency), quantity)


def _check(lines: Sequence[LineItem]) -> None:
    if not lines:
        raise InvalidInput("An order needs an item; if the customer wants nothing any more, cancel it.")
    if len(lines) > items.MAX_LINES:
        raise InvalidInput(f"An order may have {items.MAX_LINES} lines; this one would have {len(lines)}.")


def summary(lines: Sequence[LineItem]) -> str:
    """The items in a few words, as the timeline has them."""
    return cut(", ".join(f"{'?' if line.quantity is None else line.quantity} × {line.sku}" for line in lines), _SUMMARY)
