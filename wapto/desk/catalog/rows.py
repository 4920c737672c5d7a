"""Writing what Meta lists of a catalog into the store, a few rows at a time, and counting what is news."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wapto.desk.notices.messages import breathe
from wapto.domain.price_text import price_of
from wapto.domain.text import clean, cut, flatten
from wapto.meta import catalog as meta
from wapto.store.database import transaction
from wapto.store.models import CatalogItem, CatalogSync

ADDED, CHANGED, GONE, KEPT, PRICES, STOCK = "added", "changed", "gone", "kept", "prices", "stock"
COUNTS = (ADDED, CHANGED, GONE, KEPT, PRICES, STOCK)

_CHUNK = 50  # rows in one transaction
_LONGEST_SKU, _LONGEST_NAME, _LONGEST_URL = 1_000, 200, 2_000
_MOST_INVENTORY = 10**9
_PRICE = ("currency", "price_text", "sale_text", "sale_from", "sale_until")
_STOCK = ("availability", "inventory")
_OTHER = ("meta_id", "name", "variant", "variant_group", "price_minor", "sale_minor", "visibility", "image_url")
_CONTENT = (*_PRICE, *_STOCK, *_OTHER, "review", "review_reason", "gone_at")

Counts = dict[str, int]


def take_over(row: CatalogSync, items: Sequence[meta.Item]) -> Counts:
    """Puts the items of a page in place of what was known of the same SKUs; what all pages so far came to."""
    counts = {name: row.counts.get(name, 0) for name in COUNTS}
    rows = [_row(row, item) for item in items if len(item.sku) <= _LONGEST_SKU]
    for start in range(0, len(rows), _CHUNK):
        chunk = {new["sku"]: new for new in rows[start : start + _CHUNK]}
        with transaction():
            _upsert(row, chunk, counts)
        breathe()
    return counts


def _upsert(row: CatalogSync, chunk: dict[str, dict[str, Any]], counts: Counts) -> None:
    here = (CatalogItem.catalog == row.catalog) & CatalogItem.sku.in_(list(chunk))
    known = {item.sku: item for item in CatalogItem.select().where(here)}
    changes = {sku: _changes(known[sku], new) for sku, new in chunk.items() if sku in known}
    counts[ADDED] += len(chunk) - len(known)
    counts[CHANGED] += sum(bool(changed) for changed in changes.values())
    counts[KEPT] += sum(not changed for changed in changes.values())
    counts[PRICES] += sum(not changed.isdisjoint(_PRICE) for changed in changes.values())
    counts[STOCK] += sum(not changed.isdisjoint(_STOCK) for changed in changes.values())
    write = [new for sku, new in chunk.items() if changes.get(sku, True)]
    if write:
        columns = (getattr(CatalogItem, name) for name in (*_CONTENT, "synced_at"))
        place = (CatalogItem.catalog, CatalogItem.sku)
        CatalogItem.insert_many(write).on_conflict(conflict_target=place, preserve=tuple(columns)).execute()
    same = [known[sku].id for sku, changed in changes.items() if not changed]
    CatalogItem.update(synced_at=row.started_at).where(CatalogItem.id.in_(same)).execute()


def _changes(known: CatalogItem, new: dict[str, Any]) -> set[str]:
    return {name for name in _CONTENT if getattr(known, name) != new[name]}


def _row(row: CatalogSync, item: meta.Item) -> dict[str, Any]:
    sale = item.sale
    is_clear = sale is not None and sale.is_dated
    stock = item.inventory
    return {
        "catalog": row.catalog,
        "sku": clean(item.sku),
        "meta_id": item.id,
        "name": cut(flatten(item.name), _LONGEST_NAME),
        "variant": cut(flatten(item.variant), _LONGEST_NAME),
        "variant_group": item.group,
        "currency": item.currency,
        "price_text": flatten(item.price),
        "price_minor": price_of(item.price, item.currency),
        "sale_text": flatten(sale.text) if sale else "",
        "sale_minor": price_of(sale.text, item.currency) if sale and is_clear else None,
        "sale_from": sale.since if sale else None,
        "sale_until": sale.until if sale else None,
        "availability": flatten(item.availability),
        "visibility": flatten(item.visibility),
        "inventory": stock if stock is not None and 0 <= stock <= _MOST_INVENTORY else None,
        "image_url": _address(item.image_url),
        "review": flatten(item.review),
        "review_reason": cut(flatten(item.review_reason), 500) if item.review_reason else None,
        "synced_at": row.started_at,
        "gone_at": None,
    }


def _address(url: str | None) -> str | None:
    return url if url and url.startswith(("https://", "http://")) and len(url) <= _LONGEST_URL else None


def bury(row: CatalogSync, now: datetime) -> int:
    """Marks what this reading did not see, a few at a time; how many they were."""
    unseen = (CatalogItem.catalog == row.catalog) & (CatalogItem.synced_at < row.started_at)
    count = 0
    while True:
        some = CatalogItem.select(CatalogItem.id).where(unseen, CatalogItem.gone_at.is_null()).limit(_CHUNK)
        with transaction():
            update = CatalogItem.update(gone_at=now).where(CatalogItem.id.in_([item.id for item in some]))
            done = int(update.execute())
        count += done
        if done < _CHUNK:
            return count
        breathe()
