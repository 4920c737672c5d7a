"""What a shop sells, as its catalog had it when it was read last: finding items, and what a cart's lines are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from peewee import Expression, fn

from wapto.desk.stock import moves as stock_moves
from wapto.domain import money
from wapto.domain.lines import LineItem
from wapto.domain.text import quoted
from wapto.errors import Misconfigured, NotFound
from wapto.store.models import CatalogAlias, CatalogItem, CatalogSync, Number

# Why a line is not simply an item that can be sold at this price; the doors say these flags in words.
UNKNOWN_SKU, OTHER_CATALOG = "unknown_sku", "other_catalog"
GONE, HIDDEN, REJECTED = "item_gone", "item_hidden", "item_rejected"
PRICE_DIFFERS, OUT_OF_STOCK, SHORT_STOCK = "price_differs", "out_of_stock", "short_stock"
SHORTAGES = (OUT_OF_STOCK, SHORT_STOCK)
FLAGS = (UNKNOWN_SKU, OTHER_CATALOG, GONE, HIDDEN, REJECTED, PRICE_DIFFERS, *SHORTAGES)

# Words of Meta's (reference §6); what is new to us is taken for good, since Meta lets customers order it.
IN_STOCK, SOLD_OUT = "in stock", "out of stock"
NOT_FOR_SALE = (SOLD_OUT, "discontinued", "mark_as_sold", "mark_as_expired", "pending")
_PUBLISHED = ("published", "")

_CHUNK = 500  # SKUs in one statement
_NO_CLAIMS: Mapping[str, int] = MappingProxyType({})


def catalog_of(number: Number) -> str:
    """The id of a number's catalog; Misconfigured while it has none."""
    if number.catalog is None:
        raise Misconfigured(
            f"The number {number.phone_number_id} has no catalog; set it with "
            f"`wapto numbers set {number.phone_number_id} catalog=ID` (Commerce Manager shows the id)."
        )
    return number.catalog


def in_use() -> list[str]:
    """The catalogs of the numbers in use."""
    query = Number.select(Number.catalog).where(Number.catalog.is_null(False), Number.gone_at.is_null()).distinct()
    return sorted(str(number.catalog) for number in query)


def price_at(item: CatalogItem, now: datetime) -> int | None:
    """What one costs at an instant, in minor units; None where that is not certain."""
    minor: int | None = item.price_minor
    if item.sale_text and (item.sale_minor is None or _is_on_sale(item, now)):
        minor = item.sale_minor
    return minor


def _is_on_sale(item: CatalogItem, now: datetime) -> bool:
    return (item.sale_from is None or item.sale_from <= now) and (item.sale_until is None or now < item.sale_until)


def title(item: CatalogItem) -> str:
    """An item's name with what tells it from its variants; its SKU when it has no name."""
    name = item.name or item.sku
    return f"{name} ({item.variant})" if item.variant else name


def known(number: Number, sku: str) -> CatalogItem | None:
    """The item of the number's catalog with this SKU, or what somebody has tied the SKU to."""
    return items_of(number.catalog, {sku}).get(sku) if number.catalog else None


def is_counted(inventory: int | None, availability: str) -> bool:
    """Whether a catalog counts the pieces of an item: zero beside "in stock" means that nobody does."""
    return inventory is not None and (inventory > 0 or availability != IN_STOCK)


def name_lines(
    number: Number, lines: Sequence[LineItem], now: datetime, catalog: str | None = None, order_id: int | None = None
) -> list[LineItem]:
    """The lines of one cart with the names and prices of the number's catalog, and flags for what is wrong with them.

    `catalog` is the one that the cart names. A catalog that was never read to its end makes no SKU unknown. With
    `order_id` what orders took, and Meta has not heard of, counts too; what this order took itself it has.
    """
    claims = stock_moves.claims(number.catalog, order_id) if number.catalog and order_id else _NO_CLAIMS
    return name_carts(number, [(lines, catalog)], now, claims)[0]


def name_carts(
    number: Number,
    carts: Sequence[tuple[Sequence[LineItem], str | None]],
    now: datetime,
    claims: Mapping[str, int] = _NO_CLAIMS,
) -> list[list[LineItem]]:
    """The same for the lines of many carts of a number: one query for all, and another if some SKU is not there.

    `claims` are pieces by SKU that cannot be had for them, or below zero that can be besides.
    """
    if number.catalog is None:
        return [list(lines) for lines, _ in carts]
    ours = [catalog in (None, number.catalog) for _, catalog in carts]
    skus = {line.sku for (lines, _), is_ours in zip(carts, ours, strict=True) if is_ours for line in lines}
    known = items_of(number.catalog, skus)
    missing = [UNKNOWN_SKU] if len(known) < len(skus) and is_read(number.catalog) else []
    return [
        _named_all(lines, known, missing, now, claims)
        if is_ours
        else [_flagged(line, [OTHER_CATALOG]) for line in lines]
        for (lines, _), is_ours in zip(carts, ours, strict=True)
    ]


def _named_all(
    lines: Sequence[LineItem],
    known: Mapping[str, CatalogItem],
    missing: Sequence[str],
    now: datetime,
    claims: Mapping[str, int],
) -> list[LineItem]:
    wanted = Counter[str]()
    for line in lines:
        wanted[line.sku] += line.quantity or 0
    return [_named(line, known.get(line.sku), wanted[line.sku], missing, now, claims) for line in lines]


def items_of(catalog: str, skus: set[str]) -> dict[str, CatalogItem]:
    """The items of these SKUs; where there is none any more, the one that somebody has tied the SKU to."""
    found = {item.sku: item for item in _select(catalog, skus)}
    left = skus - {sku for sku, item in found.items() if item.gone_at is None}
    if left:
        here = (CatalogAlias.catalog == catalog) & CatalogAlias.sku.in_(sorted(left))
        targets = {alias.sku: alias.target for alias in CatalogAlias.select().where(here)}
        items = {item.sku: item for item in _select(catalog, set(targets.values()))}
        found |= {sku: items[target] for sku, target in targets.items() if target in items}
    return found


def _select(catalog: str, skus: Iterable[str]) -> Iterable[CatalogItem]:
    listed = sorted(skus)
    for start in range(0, len(listed), _CHUNK):
        chunk = listed[start : start + _CHUNK]
        yield from CatalogItem.select().where(CatalogItem.catalog == catalog, CatalogItem.sku.in_(chunk))


def is_read(catalog: str) -> bool:
    """Whether it was read to its end at least once."""
    done = CatalogSync.finished_at.is_null(False)
    return bool(CatalogSync.select().where(CatalogSync.catalog == catalog, done).exists())


def _named(
    line: LineItem,
    item: CatalogItem | None,
    wanted: int,
    missing: Sequence[str],
    now: datetime,
    claims: Mapping[str, int],
) -> LineItem:
    """With what the item says; a price that the line is compared with already stays, as it was when the cart came."""
    if OTHER_CATALOG in line.flags:
        return line  # the same SKU is something else there
    if item is None:
        return _flagged(line, missing)
    price = line.catalog_minor
    if price is None and item.currency == line.currency:
        price = price_at(item, now)
    flags = [*_doubts(item), *_shortage(item, wanted, wanted + claims.get(item.sku, 0))]
    if None not in (price, line.unit_minor) and price != line.unit_minor:
        flags.append(PRICE_DIFFERS)
    return replace(_flagged(line, flags), name=title(item), catalog_minor=price)


def _flagged(line: LineItem, flags: Sequence[str]) -> LineItem:
    """The line with these flags in place of earlier ones of the catalog; those of the cart itself stay."""
    return replace(line, flags=(*(flag for flag in line.flags if flag not in FLAGS), *flags))


def is_unknown(line: LineItem) -> bool:
    """Whether nothing is known of the line's SKU although its cart is of the number's own catalog."""
    return line.name == line.sku and OTHER_CATALOG not in line.flags


def _doubts(item: CatalogItem) -> Iterable[str]:
    if item.gone_at is not None:
        yield GONE
    if item.visibility not in _PUBLISHED:
        yield HIDDEN
    if item.review == "REJECTED":
        yield REJECTED


def _shortage(item: CatalogItem, wanted: int, needed: int) -> Iterable[str]:
    """Of what is `needed` of the stock: less than is wanted where the order has some already."""
    if needed <= 0 < wanted:
        return
    if item.availability in NOT_FOR_SALE:
        yield OUT_OF_STOCK
    elif is_counted(item.inventory, item.availability) and int(item.inventory or 0) < needed:
        yield SHORT_STOCK


def find(catalog: str, sku: str) -> CatalogItem:
    """The item with this SKU; NotFound, naming what looks like it."""
    item = CatalogItem.get_or_none(CatalogItem.catalog == catalog, CatalogItem.sku == sku)
    if item is None:
        near = [one.sku for one in search(catalog, sku, limit=3)]
        hint = f" Near it: {', '.join(near)}." if near else " `wapto catalog list --search WORDS` finds items."
        raise NotFound(f"The catalog has no item {quoted(sku)}.{hint}")
    return item


def search(catalog: str, text: str | None, *, limit: int, gone: bool = False) -> list[CatalogItem]:
    """Items whose SKU or name has this text, by SKU; all without a text. Those that are gone only if asked for."""
    which = CatalogItem.catalog == catalog
    if not gone:
        which &= CatalogItem.gone_at.is_null()
    if text:
        which &= _has(CatalogItem.sku, text) | _has(CatalogItem.name, text)
    return list(CatalogItem.select().where(which).order_by(CatalogItem.sku).limit(limit))


def _has(column: Any, text: str) -> Expression:
    """Whatever the case: SQLite and PostgreSQL differ in what LIKE takes for the same letter."""
    return fn.LOWER(column).contains(text.lower())


def shape(item: CatalogItem, now: datetime) -> dict[str, Any]:
    """An item as it is listed: prices in major units, null where the text cannot be read for certain."""
    minor = price_at(item, now)
    return {
        "catalog": item.catalog,
        "sku": item.sku,
        "name": title(item),
        "price": money.to_decimal(minor, item.currency) if minor is not None and item.currency else None,
        "currency": item.currency,
        "price_text": item.price_text,
        "availability": item.availability,
        "inventory": item.inventory,
        "visibility": item.visibility,
        "review": item.review,
        "review_reason": item.review_reason,
        "image_url": item.image_url,
        "gone": item.gone_at is not None,
    }
