"""How healthy a catalog is: what keeps customers from buying, and what agents will stumble over."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL, Expression, Tuple, fn

from wapto.desk.catalog.catalog import NOT_FOR_SALE
from wapto.store.database import reading
from wapto.store.models import CatalogAlias, CatalogItem, Number, Order, OrderLine

_EXAMPLES = 5
_AT_META = "in Commerce Manager"


@dataclass(frozen=True)
class Finding:
    """Items that have something wrong with them: how many, the first SKUs, and what to do.

    What is grave keeps customers from buying them.
    """

    name: str
    count: int
    examples: tuple[str, ...]
    advice: str
    is_grave: bool


@dataclass(frozen=True)
class Health:
    """A catalog's score: of 100 items, how many can be found, seen and bought as they are; None without items."""

    items: int
    score: int | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Look:
    name: str
    which: Any
    advice: str
    is_grave: bool = False


def check(catalog: str) -> Health:
    """What is wrong in a catalog as it was read last, the grave things first."""
    here = (CatalogItem.catalog == catalog) & CatalogItem.gone_at.is_null()
    away = (CatalogItem.catalog == catalog) & CatalogItem.gone_at.is_null(False)
    grave = list(_grave())
    with reading():
        items = _count(here)
        bad = _count(here & reduce(or_, [look.which for look in grave]))
        findings = [_find(here, look) for look in (*grave, *_other(catalog))]
        findings.append(_find(away, _sold_but_gone(catalog)))
    score = round(100 * (items - bad) / items) if items else None
    return Health(items, score, tuple(finding for finding in findings if finding.count))


def _grave() -> Iterator[_Look]:
    item = CatalogItem
    mend, price = f"Mend it or ask for a review {_AT_META}.", f"Give it a price {_AT_META}."
    yield _Look("rejected for WhatsApp", item.review == "REJECTED", mend, True)
    yield _Look("without price", item.price_text == "", price, True)
    yield _Look("price is zero", item.price_minor == 0, price, True)
    yield _Look("without image", item.image_url.is_null(), f"Give it an image {_AT_META}.", True)
    yield _Look("without name", item.name == "", f"Give it a name {_AT_META}.", True)
    yield _Look(
        "hidden", item.visibility.not_in(["published", ""]), "Publish it, or delete it if it is not sold.", True
    )
    yield _Look(
        "not in stock", item.availability.in_(NOT_FOR_SALE), "Restock it, or delete it if it is not sold.", True
    )


def _other(catalog: str) -> Iterator[_Look]:
    item = CatalogItem
    nobody_counts = (item.inventory == 0) & (item.availability == "in stock")
    unclear = (item.price_text != "") & item.price_minor.is_null()
    yield _Look("in stock with an inventory of zero", nobody_counts, "Set the inventory, or leave it empty.")
    yield _Look("under review", item.review == "PENDING", "Wait; Meta usually decides within a day.")
    yield _Look("price not certain", unclear, "Wapto compares no prices for it; look at its price text and currency.")
    yield _Look("named like another", _named_alike(catalog), "Tell them apart by name, color or size.")
    yield _Look("SKU like another's but for case", _written_alike(catalog), "Give one of them another SKU.")
    yield _Look("never sold", item.sku.not_in(_sold(catalog)), "No cart had it yet, which may be fine.")


def _sold_but_gone(catalog: str) -> _Look:
    tied = CatalogAlias.select(CatalogAlias.sku).where(CatalogAlias.catalog == catalog)
    lost = CatalogItem.sku.in_(_lines(catalog).where(Order.is_open)) & CatalogItem.sku.not_in(tied)
    return _Look("in open orders but gone", lost, "Tie its SKU to another item: `wapto catalog map OLD NEW`.")


def _named_alike(catalog: str) -> Any:
    twin = CatalogItem.alias()
    query = twin.select(twin.name, twin.variant).where(*_living(twin, catalog), twin.name != "")
    several = query.group_by(twin.name, twin.variant).having(fn.COUNT(twin.id) > 1)
    return Tuple(CatalogItem.name, CatalogItem.variant).in_(several)


def _written_alike(catalog: str) -> Any:
    twin = CatalogItem.alias()
    folded = fn.LOWER(twin.sku)
    several = twin.select(folded).where(*_living(twin, catalog)).group_by(folded).having(fn.COUNT(twin.id) > 1)
    return fn.LOWER(CatalogItem.sku).in_(several)


def _living(item: Any, catalog: str) -> tuple[Expression, Expression]:
    return item.catalog == catalog, item.gone_at.is_null()


def _sold(catalog: str) -> Any:
    """SKUs that carts had, and those of the items that such SKUs are tied to."""
    tied = CatalogAlias.select(CatalogAlias.target).where(
        CatalogAlias.catalog == catalog, CatalogAlias.sku.in_(_lines(catalog))
    )
    return _lines(catalog) | tied


def _lines(catalog: str) -> Any:
    return OrderLine.select(OrderLine.sku).join(Order).join(Number).where(Number.catalog == catalog)


def _find(here: Expression, look: _Look) -> Finding:
    which = here & look.which
    first = CatalogItem.select(CatalogItem.sku).where(which).order_by(CatalogItem.sku).limit(_EXAMPLES)
    return Finding(look.name, _count(which), tuple(item.sku for item in first), look.advice, look.is_grave)


def _count(which: Expression) -> int:
    return int(CatalogItem.select(fn.COUNT(SQL("*"))).where(which).scalar())
