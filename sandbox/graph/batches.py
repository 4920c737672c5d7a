"""Batches that change items of a catalog (reference §6): taken at once, done a moment later, told of by a handle.

Only UPDATE of availability and of the pieces to sell is taken; whatever else Meta lets batches do is refused.
"""

import secrets
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request

from sandbox.graph.catalogs import Shelf
from sandbox.graph.errors import GraphError, Unsupported

Row = dict[str, Any]

BATCH, BATCH_STATUS = "items_batch", "check_batch_request_status"
_MOST = 5_000
_PIECES = "quantity_to_sell_on_facebook"
_AVAILABILITIES = (
    *("in stock", "out of stock", "preorder", "available for order", "discontinued", "pending"),
    *("mark_as_sold", "mark_as_expired"),
)
_STATUS_FIELDS = (
    *("handle", "status", "errors", "errors_total_count", "warnings", "warnings_total_count"),
    "ids_of_invalid_requests",
)


class Batches:
    """The batches of the world.

    `looks`: how often the status is asked for before a batch is done; `refuse` has SKUs, and why Meta refuses to
    write them; `broken`: a batch ends in `error`, and nothing of it is written.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.looks, self.broken = 1, False
        self.refuse: dict[str, str] = {}
        self.taken: list[dict[str, Row]] = []
        self._shelf, self._lock = shelf, threading.Lock()
        self._open: dict[str, Row] = {}

    def take(self, catalog: str, rows: dict[str, Row]) -> str:
        """A batch of good rows by SKU; its handle."""
        handle = "AcB" + secrets.token_urlsafe(24)
        with self._lock:
            self.taken.append(rows)
            self._open[handle] = {"catalog": catalog, "rows": rows, "looks": self.looks, "status": "started"}
        return handle

    def forget(self) -> None:
        """Every handle is unknown from now on; what they stood for is done."""
        with self._lock:
            for batch in self._open.values():
                self._end(batch)
            self._open.clear()

    def look(self, catalog: str, handle: str) -> Row:
        """The status of a batch, which may end by this look; GraphError when there is none."""
        with self._lock:
            batch = self._open.get(handle)
            if batch is None or batch["catalog"] != catalog:
                raise GraphError(100, "Invalid parameter: handle")
            batch["looks"] -= 1
            if batch["looks"] <= 0:
                self._end(batch)
            refused = [sku for sku in batch["rows"] if sku in self.refuse and batch["status"] == "finished"]
            errors = [{"line": 0, "id": sku, "message": self.refuse[sku]} for sku in refused]
            return {
                "handle": handle,
                "status": batch["status"],
                "errors": errors,
                "errors_total_count": len(errors),
                "warnings": [],
                "warnings_total_count": 0,
                "ids_of_invalid_requests": refused,
            }

    def _end(self, batch: Row) -> None:
        if batch["status"] == "started":
            batch["status"] = "error" if self.broken else "finished"
            if not self.broken:
                good = {sku: row for sku, row in batch["rows"].items() if sku not in self.refuse}
                self._shelf.change(batch["catalog"], good)


class BatchApi:
    """The calls. `admit` and `read` are those of the rest of the Graph API."""

    def __init__(
        self,
        shelf: Shelf,
        batches: Batches,
        *,
        admit: Callable[..., None],
        read: Callable[[str, str | None, Row], Response],
        post: Callable[[str, Callable[[], Row]], Response],
    ) -> None:
        self._shelf, self._batches = shelf, batches
        self._admit, self._read, self._post = admit, read, post

    def mount(self, app: Flask) -> None:
        """Answer the calls."""
        app.add_url_rule(f"/<version>/<node>/{BATCH}", view_func=self.take, methods=["POST"])
        app.add_url_rule(f"/<version>/<node>/{BATCH_STATUS}", view_func=self.status)

    def take(self, version: str, node: str) -> Response:
        """POST /{version}/{catalog_id}/items_batch: bad rows are told of at once, the rest by the handle"""
        self._admit(version)
        known = self._known(node)
        rows, errors = _sorted_out(request.get_json(force=True, silent=True), known)

        def taken() -> Row:
            handles = [self._batches.take(node, rows)] if rows else []
            told = [{"retailer_id": sku, "errors": [{"message": why}], "warnings": []} for sku, why in errors.items()]
            return {"handles": handles, "validation_status": told}

        return self._post(BATCH, taken)

    def status(self, version: str, node: str) -> Response:
        """GET /{version}/{catalog_id}/check_batch_request_status?handle=…"""
        self._admit(version, "fields", "handle", "load_ids_of_invalid_requests")
        self._known(node)
        row = self._batches.look(node, request.args.get("handle", ""))
        if request.args.get("load_ids_of_invalid_requests") != "true":
            row["ids_of_invalid_requests"] = []
        fields = request.args.get("fields", "handle,status").split(",")
        if unknown := [name for name in fields if name not in _STATUS_FIELDS]:
            raise GraphError(100, f"Tried accessing nonexisting field ({unknown[0]})")
        return self._read(BATCH_STATUS, None, {"data": [{name: row[name] for name in fields}]})

    def _known(self, catalog: str) -> set[str]:
        rows = self._shelf.rows(catalog)
        if rows is None:
            raise Unsupported(request.method, catalog)
        return {row["retailer_id"] for row in rows}


def _sorted_out(body: Any, known: set[str]) -> tuple[dict[str, Row], dict[str, str]]:
    """The good rows by SKU, and what is wrong with the others; GraphError where the batch itself is not one."""
    if not isinstance(body, dict) or body.get("item_type") != "PRODUCT_ITEM" or body.get("allow_upsert") is not False:
        raise GraphError(100, "Only item_type PRODUCT_ITEM without allow_upsert is taken here.")
    requests = body.get("requests")
    if not isinstance(requests, list) or not 0 < len(requests) <= _MOST:
        raise GraphError(100, f"Param requests must be a list of 1 to {_MOST} requests.")
    rows, errors = dict[str, Row](), dict[str, str]()
    for each in requests:
        if not isinstance(each, dict) or set(each) != {"method", "data"} or each["method"] != "UPDATE":
            raise GraphError(100, "A request has method UPDATE and data here.")
        data = dict(each["data"])
        sku = data.pop("id", None)
        if not isinstance(sku, str) or sku in rows:
            raise GraphError(100, "Each request names one item, by its id, once.")
        if why := _fault(data, sku in known):
            errors[sku] = why
        else:
            rows[sku] = data
    return rows, errors


def _fault(data: Row, is_known: bool) -> str | None:
    if not is_known:
        return "The item does not exist in the catalog."
    if not data or set(data) - {_PIECES, "availability"}:
        return f"Only {_PIECES} and availability can be updated here."
    pieces = data.get(_PIECES, 0)
    if isinstance(pieces, bool) or not isinstance(pieces, int) or pieces < 0:
        return f"{_PIECES} must be a whole number that is not below zero."
    if data.get("availability", "in stock") not in _AVAILABILITIES:
        return "availability must be one of: " + ", ".join(_AVAILABILITIES)
    return None
