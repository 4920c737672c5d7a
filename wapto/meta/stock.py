"""The stock that Meta's catalogs count: reading an item's, and writing it by batches (reference §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wapto.errors import TryLater
from wapto.meta.client import GraphClient, Json
from wapto.meta.values import id_of, integer_of, list_of, object_of, text_of

# Both name one figure: the one that batches and feeds write, and what it was called before.
_WRITTEN, _READ = "quantity_to_sell_on_facebook", ("inventory", "quantity_to_sell_on_facebook")
_FIELDS = "id,retailer_id,availability,inventory,quantity_to_sell_on_facebook"
_STATUS_FIELDS = "handle,status,errors,errors_total_count,ids_of_invalid_requests"
_ENDED, _LOST = ("finished",), ("error", "canceled")


@dataclass(frozen=True, slots=True)
class Stock:
    """How many pieces of an item a catalog counts, None where nobody said, and its availability in Meta's words."""

    inventory: int | None
    availability: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A batch that Meta took: the handle to ask with, None where no row was good, and by SKU why a row was not."""

    handle: str | None
    rejected: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a batch is. `is_ended`: every row is written or rejected; `is_lost`: nobody knows which rows are."""

    is_ended: bool
    is_lost: bool
    rejected: dict[str, str]


def of_item(client: GraphClient, item_id: str) -> Stock:
    """What Meta counts at this moment. GraphError with code 100 when there is no such item, or TryLater."""
    row = client.get(item_id, fields=_FIELDS)
    counted = (integer_of(row.get(name)) for name in _READ)
    inventory = next((number for number in counted if number is not None), None)
    return Stock(inventory, text_of(row.get("availability")).strip().lower())


def write(client: GraphClient, catalog: str, rows: Mapping[str, Stock]) -> Posted:
    """Puts these figures in place of what was there; without an availability that stays as it is.

    Harmless to repeat with the same figures. TryLater when it may not have been written.
    """
    requests = [{"method": "UPDATE", "data": _row(sku, stock)} for sku, stock in rows.items()]
    answer = client.post(catalog, "items_batch", item_type="PRODUCT_ITEM", allow_upsert=False, requests=requests)
    rejected = dict(_rejections(answer))
    handle = next(filter(None, map(id_of, list_of(answer.get("handles")))), None)
    if handle is None and rows.keys() - rejected.keys():
        raise TryLater("Meta took new stock without saying how to ask about it.")
    return Posted(handle, rejected)


def outcome(client: GraphClient, catalog: str, handle: str) -> Outcome:
    """How a batch ended, or that it has not. GraphError with code 100 when Meta does not know the handle any more."""
    query = {"handle": handle, "load_ids_of_invalid_requests": "true", "fields": _STATUS_FIELDS}
    row = object_of(client.get(catalog, "check_batch_request_status", **query).get("data"))
    status = text_of(row.get("status")).strip().lower()
    rejected = _invalid(row)
    is_complete = (integer_of(row.get("errors_total_count")) or 0) == 0 or bool(rejected)
    return Outcome(status in _ENDED and is_complete, status in _LOST or status in _ENDED, rejected)


def _row(sku: str, stock: Stock) -> Json:
    row: Json = {"id": sku, _WRITTEN: stock.inventory}
    return row | ({"availability": stock.availability} if stock.availability else {})


def _rejections(answer: Json) -> Sequence[tuple[str, str]]:
    rows = map(object_of, list_of(answer.get("validation_status")))
    return [(text_of(row.get("retailer_id")), _words(row.get("errors"))) for row in rows if list_of(row.get("errors"))]


def _invalid(row: Json) -> dict[str, str]:
    errors = [object_of(error) for error in list_of(row.get("errors"))]
    told = {text_of(error.get("id")): text_of(error.get("message")) for error in errors}
    unexplained = dict.fromkeys(map(text_of, list_of(row.get("ids_of_invalid_requests"))), "")
    return {sku: why for sku, why in (unexplained | told).items() if sku}


def _words(errors: Any) -> str:
    return "; ".join(filter(None, (text_of(object_of(error).get("message")) for error in list_of(errors))))
