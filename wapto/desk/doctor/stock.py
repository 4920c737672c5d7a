"""The doctor on stock: whether what orders took and gave back reaches Meta."""

from collections.abc import Iterator
from typing import Any

from peewee import SQL, fn

from wapto.desk import numbers
from wapto.desk.doctor.doctor import Check, Look, well, worse
from wapto.store.models import StockLevel

_EXAMPLES = 3


def looks() -> list[Look]:
    """What to look at; nothing where no number writes stock and none is left to write."""
    return [Look("stock", lambda _: _stock(), needs=("database",))]


def _stock() -> Iterator[Check]:
    refused = StockLevel.select().where(StockLevel.problem.is_null(False)).order_by(StockLevel.id)
    if first := list(refused.limit(_EXAMPLES)):
        why = "; ".join(f"{level.sku}: {level.problem}" for level in first)
        evidence = f"Meta refuses the new stock of {_count(refused)} item(s): {why}"
        yield worse("stock", evidence, "Mend them in Commerce Manager; Wapto tries each again every 6 hours.")
    elif any(number.update_stock for number in numbers.listing()):
        left = _count(StockLevel.select().where(StockLevel.due_at.is_null(False)))
        yield well("stock", f"Meta is told of what confirmed orders take; {left} item(s) are on the way.")


def _count(query: Any) -> int:
    return int(query.columns(fn.COUNT(SQL("*"))).order_by().scalar())
