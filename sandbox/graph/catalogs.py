"""Catalogs and what numbers show of them (reference §6).

Not checked: filters, who may see a catalog, and whether what `put` is given could be in one. Changes come by `put`
and `remove`, as an admin makes them in Commerce Manager.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request

from sandbox.graph.errors import GraphError, Unsupported
from sandbox.graph.world import World

Row = dict[str, Any]

ITEM = "item"
PRODUCTS, CATALOG, CATALOGS, COMMERCE = "products", "catalog", "product_catalogs", "whatsapp_commerce_settings"
_ITEM_FIELDS = (
    *("id", "retailer_id", "name", "description", "price", "sale_price", "sale_price_start_date"),
    *("sale_price_end_date", "currency", "availability", "visibility", "inventory", "quantity_to_sell_on_facebook"),
    *("image_url", "url", "retailer_product_group_id", "color", "size", "review_status"),
    *("capability_to_review_status", "errors"),
)
_ITEM_DEFAULTS = ("id", "name", "retailer_id")
_CATALOG_FIELDS = ("id", "name", "vertical", "product_count")
_PIECES = ("inventory", "quantity_to_sell_on_facebook")
_SWITCHES = ("is_cart_enabled", "is_catalog_visible")
_YES_OR_NO = {True: True, False: False, "true": True, "false": False}


def item(sku: str, name: str, price: str, currency: str, **more: Any) -> Row:
    """An item as §6 reads it, in stock and approved; `price` as people write it."""
    usual = {
        "retailer_id": sku,
        "name": name,
        "price": price,
        "currency": currency,
        "availability": "in stock",
        "visibility": "published",
        "image_url": f"https://images.example/{sku}.jpg",
        "review_status": "approved",
    }
    return usual | more


class Shelf:
    """The catalogs of the world.

    `heaviest` is how many items a page may ask for before Meta wants it smaller; `hidden` lists nothing although
    there is something.
    """

    def __init__(self) -> None:
        self.heaviest, self.hidden = 1_000, False
        self._lock = threading.Lock()
        self._items: dict[str, dict[str, Row]] = {}
        self._switches: dict[str, Row] = {}
        self._apart: set[str] = set()
        self._count = 0

    def put(self, catalog: str, *rows: Row) -> None:
        """Add items, or others in place of those with the same SKU; makes the catalog where there is none."""
        with self._lock:
            shelf = self._items.setdefault(catalog, {})
            for row in rows:
                known = shelf.get(row["retailer_id"], {"id": f"7{self._next_id():014}"})
                shelf[row["retailer_id"]] = {"id": known["id"], **row}

    def _next_id(self) -> int:
        self._count += 1
        return self._count

    def remove(self, catalog: str, *skus: str) -> None:
        """Take items out."""
        with self._lock:
            for sku in skus:
                del self._items[catalog][sku]

    def change(self, catalog: str, changes: dict[str, Row]) -> None:
        """Write these fields of items by SKU; the two names of the pieces to sell are one figure."""
        with self._lock:
            for sku, fields in changes.items():
                row = self._items[catalog].get(sku)
                if row is not None:
                    pieces = {name: fields[_PIECES[1]] for name in _PIECES if _PIECES[1] in fields}
                    row.update(fields | pieces)

    def item(self, item_id: str) -> Row | None:
        """The item with this id, of whichever catalog."""
        with self._lock:
            rows = (row for shelf in self._items.values() for row in shelf.values())
            return next((dict(row) for row in rows if row["id"] == item_id), None)

    def rows(self, catalog: str) -> list[Row] | None:
        """All items of a catalog, None when there is no such catalog."""
        with self._lock:
            shelf = self._items.get(catalog)
            return None if shelf is None else list(shelf.values())

    def disconnect(self, catalog: str) -> None:
        """Let no WhatsApp account be connected to it any more."""
        self._apart.add(catalog)

    def linked(self, catalogs: Iterable[str]) -> list[str]:
        """Those of them that exist and are connected."""
        return sorted({catalog for catalog in catalogs if catalog in self._items and catalog not in self._apart})

    def switches(self, number_id: str) -> Row:
        """What the number shows: §6's defaults, unless they were set."""
        return self._switches.setdefault(number_id, {"is_cart_enabled": True, "is_catalog_visible": False})


class CatalogApi:
    """The calls. `admit`, `read` and `page` are those of the rest of the Graph API."""

    def __init__(
        self,
        world: World,
        shelf: Shelf,
        *,
        admit: Callable[..., None],
        read: Callable[[str, str | None, Row], Response],
        page: Callable[[list[Row]], Row],
    ) -> None:
        self._world, self._shelf = world, shelf
        self._admit, self._read, self._page = admit, read, page

    def mount(self, app: Flask) -> None:
        """Answer the calls; those on a catalog itself are taken by whoever has the node."""
        app.add_url_rule("/<version>/<node>/products", view_func=self.list_items)
        app.add_url_rule("/<version>/<node>/product_catalogs", view_func=self.list_catalogs)
        app.add_url_rule("/<version>/<node>/whatsapp_commerce_settings", view_func=self.show_switches)
        app.add_url_rule("/<version>/<node>/whatsapp_commerce_settings", view_func=self.set_switches, methods=["POST"])

    def list_items(self, version: str, node: str) -> Response:
        """GET /{version}/{catalog_id}/products"""
        self._admit(version, "fields", "limit", "after")
        rows = self._rows(node)
        if int(request.args.get("limit", 25)) > self._shelf.heaviest:
            raise GraphError(1, "Please reduce the amount of data you're asking for, then retry your request", http=500)
        fields = _fields(_ITEM_DEFAULTS, _ITEM_FIELDS)
        page = self._page([] if self._shelf.hidden else rows)
        page["data"] = [{name: row[name] for name in fields if row.get(name) is not None} for row in page["data"]]
        return self._read(PRODUCTS, None, page)

    def list_catalogs(self, version: str, node: str) -> Response:
        """GET /{version}/{waba_id}/product_catalogs"""
        self._admit(version, "fields", "limit", "after")
        waba = self._world.waba(node)
        if waba is None:
            raise Unsupported(request.method, node)
        ids = self._shelf.linked(number.catalog_id for number in waba.numbers)
        return self._read(CATALOGS, None, self._page([self.row(catalog) for catalog in ids]))

    def is_catalog(self, node: str) -> bool:
        """Whether this is the id of a catalog."""
        return self._shelf.rows(node) is not None

    def show(self, version: str, node: str) -> Response:
        """GET /{version}/{catalog_id}"""
        self._admit(version, "fields")
        return self._read(CATALOG, None, self.row(node))

    def show_item(self, version: str, node: str) -> Response | None:
        """GET /{version}/{item_id}; None where that is no item"""
        row = self._shelf.item(node)
        if row is None:
            return None
        self._admit(version, "fields")
        fields = _fields(_ITEM_DEFAULTS, _ITEM_FIELDS)
        return self._read(ITEM, None, {name: row[name] for name in fields if row.get(name) is not None})

    def row(self, catalog: str) -> Row:
        """A catalog with the fields that were asked for."""
        facts = {
            "id": catalog,
            "name": f"Catalog {catalog}",
            "vertical": "commerce",
            "product_count": len(self._rows(catalog)),
        }
        return {name: facts[name] for name in _fields(("id", "name"), _CATALOG_FIELDS)}

    def show_switches(self, version: str, node: str) -> Response:
        """GET /{version}/{phone_number_id}/whatsapp_commerce_settings"""
        self._admit(version, "fields")
        number = self._world.number(node)
        if number is None:
            raise Unsupported(request.method, node)
        linked = self._shelf.linked([number.catalog_id])
        data = [{**self._shelf.switches(node), "id": f"8{node}"}] if linked else []
        return self._read(COMMERCE, node, {"data": data})

    def set_switches(self, version: str, node: str) -> Response:
        """POST /{version}/{phone_number_id}/whatsapp_commerce_settings"""
        self._admit(version, *_SWITCHES)
        if self._world.number(node) is None:
            raise Unsupported(request.method, node)
        wanted = {**request.args.to_dict(), **(request.get_json(force=True, silent=True) or {})}
        for name, value in wanted.items():
            if name not in _SWITCHES or value not in _YES_OR_NO:
                raise GraphError(100, f"Param {name} must be one of {', '.join(_SWITCHES)}, and true or false.")
        answer = self._read(COMMERCE, node, {"success": True})
        self._shelf.switches(node).update({name: _YES_OR_NO[value] for name, value in wanted.items()})
        return answer

    def _rows(self, catalog: str) -> list[Row]:
        rows = self._shelf.rows(catalog)
        if rows is None:
            raise Unsupported(request.method, catalog)
        return rows


def _fields(default: Iterable[str], known: Iterable[str]) -> list[str]:
    fields = request.args.get("fields", ",".join(default)).split(",")
    for name in fields:
        if name not in known:
            raise GraphError(100, f"Tried accessing nonexisting field ({name})")
    return list(dict.fromkeys(["id", *fields]))
