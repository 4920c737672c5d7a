"""Catalogs of Meta's and what a number shows of them (reference §6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wapto.errors import TryLater
from wapto.meta.client import GraphClient, Json
from wapto.meta.errors import GraphError
from wapto.meta.values import id_of, integer_of, list_of, object_of, text_of

_ITEM_FIELDS = (
    "id,retailer_id,name,price,sale_price,sale_price_start_date,sale_price_end_date,currency,availability,"
    "visibility,inventory,quantity_to_sell_on_facebook,image_url,retailer_product_group_id,color,size,"
    "review_status,capability_to_review_status,errors"
)
_SETTINGS = "whatsapp_commerce_settings"
_WHATSAPP = "WHATSAPP"
_UNKNOWN_ERROR = 1  # what Meta answers, among others, to a page that is too big


@dataclass(frozen=True, slots=True)
class SalePrice:
    """A price for a time, as written; both ends may be open. `is_dated` is False if a date could not be read."""

    text: str
    since: datetime | None
    until: datetime | None
    is_dated: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a catalog as Meta gives it; prices are texts for people, in no known language."""

    id: str
    sku: str
    name: str
    price: str
    sale: SalePrice | None
    currency: str | None
    availability: str
    visibility: str
    inventory: int | None
    image_url: str | None
    group: str | None
    variant: str
    review: str
    review_reason: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, and the cursor that asks for those after them; None at the end."""

    items: tuple[Item, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """A catalog that is linked to a WhatsApp account; only those of the vertical `commerce` can be shown."""

    id: str
    name: str
    vertical: str
    item_count: int | None


@dataclass(frozen=True, slots=True)
class Commerce:
    """What customers of a number see: whether there is a cart, and whether the catalog stands in the profile."""

    is_cart_enabled: bool
    is_catalog_visible: bool


def is_too_much(refusal: GraphError) -> bool:
    """Whether Meta may give a smaller page where it refused this one (reference §6)."""
    return refusal.code == _UNKNOWN_ERROR or "reduce the amount of data" in refusal.details.lower()


def items(client: GraphClient, catalog: str, *, after: str | None, limit: int) -> Page:
    """One page of a catalog. GraphError, for which see `is_too_much`, or TryLater."""
    query = {"fields": _ITEM_FIELDS, "limit": str(limit)} | ({"after": after} if after else {})
    page = client.get(catalog, "products", **query)
    rows = page.get("data")
    if not isinstance(rows, list):
        raise TryLater("Meta answered without a list of items.")
    return Page(tuple(_items(rows)), _next(page, after))


def linked(client: GraphClient, waba: str) -> list[CatalogInfo]:
    """The catalogs that a WhatsApp account is connected to; Meta allows one."""
    page = client.get(waba, "product_catalogs", fields="id,name,vertical,product_count")
    return [_info(object_of(row)) for row in list_of(page.get("data"))]


def size(client: GraphClient, catalog: str) -> int | None:
    """How many items Meta counts in a catalog; None when it does not say."""
    return integer_of(client.get(catalog, fields="id,product_count").get("product_count"))


def commerce(client: GraphClient, phone_number_id: str) -> Commerce | None:
    """What customers of a number see; None when Meta says nothing, as for a number without a catalog."""
    told = client.get(phone_number_id, _SETTINGS).get("data")
    row = object_of(told)
    if not row:
        return None
    return Commerce(row.get("is_cart_enabled") is True, row.get("is_catalog_visible") is True)


def set_commerce(client: GraphClient, phone_number_id: str, wanted: Commerce) -> None:
    """Shows or hides cart and catalog."""
    client.post(
        phone_number_id,
        _SETTINGS,
        is_cart_enabled=wanted.is_cart_enabled,
        is_catalog_visible=wanted.is_catalog_visible,
    )


def _next(page: Json, after: str | None) -> str | None:
    paging = object_of(page.get("paging"))
    if not paging.get("next"):
        return None
    cursor = text_of(object_of(paging.get("cursors")).get("after"))
    if cursor in ("", after):
        raise TryLater("Meta's list of items cannot be read to its end.")
    return cursor


def _items(rows: list[Any]) -> Iterator[Item]:
    """Those that have a SKU: a cart could not name the others."""
    for row in map(object_of, rows):
        sku = text_of(row.get("retailer_id"))
        if sku.strip():
            yield _item(sku, row)


def _item(sku: str, row: Json) -> Item:
    return Item(
        id=text_of(row.get("id")),
        sku=sku,
        name=text_of(row.get("name")),
        price=text_of(row.get("price")),
        sale=_sale(row),
        currency=text_of(row.get("currency")).strip().upper() or None,
        availability=text_of(row.get("availability")).strip().lower(),
        visibility=text_of(row.get("visibility")).strip().lower(),
        inventory=_first_integer(row, "inventory", "quantity_to_sell_on_facebook"),
        image_url=text_of(row.get("image_url")) or None,
        group=id_of(row.get("retailer_product_group_id")),
        variant=", ".join(filter(None, (text_of(row.get(name)).strip() for name in ("color", "size")))),
        review=_review(row),
        review_reason=_reasons(row),
    )


def _first_integer(row: Json, *names: str) -> int | None:
    found = (integer_of(row.get(name)) for name in names)
    return next((number for number in found if number is not None), None)


def _sale(row: Json) -> SalePrice | None:
    text = text_of(row.get("sale_price"))
    if not text:
        return None
    written = [text_of(row.get(f"sale_price_{end}_date")) for end in ("start", "end")]
    since, until = map(_instant, written)
    return SalePrice(text, since, until, is_dated=[bool(since), bool(until)] == [bool(date) for date in written])


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def _review(row: Json) -> str:
    """What WhatsApp decided, else what Meta decided as a whole; empty when there is no word of it."""
    by_capability = row.get("capability_to_review_status")
    for capability, status in _pairs(by_capability):
        if capability.upper() == _WHATSAPP:
            return status.upper()
    return text_of(row.get("review_status")).upper()


def _pairs(by_capability: Any) -> Iterator[tuple[str, str]]:
    """As an object, or as a list of objects with `key` and `value`: the reference knows no example."""
    if isinstance(by_capability, list):
        yield from ((text_of(row.get("key")), text_of(row.get("value"))) for row in map(object_of, by_capability))
    yield from ((name, text_of(status)) for name, status in object_of(by_capability).items())


def _reasons(row: Json) -> str | None:
    told = [object_of(error) for error in list_of(row.get("errors"))]
    words = [text_of(error.get("description")) or text_of(error.get("title")) for error in told]
    return "; ".join(filter(None, words)) or None


def _info(row: Json) -> CatalogInfo:
    return CatalogInfo(
        text_of(row.get("id")),
        text_of(row.get("name")),
        text_of(row.get("vertical")).lower(),
        integer_of(row.get("product_count")),
    )
