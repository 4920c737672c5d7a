"""The line items of an order, as rows and as what the domain works with."""

from collections.abc import Iterable

from wapto.domain.lines import LineItem
from wapto.store.batches import insert_rows
from wapto.store.models import OrderLine


def of_order(order_id: int) -> tuple[LineItem, ...]:
    """The order's line items in their order."""
    rows = OrderLine.select().where(OrderLine.order == order_id).order_by(OrderLine.position)
    return tuple(map(item_of, rows))


def item_of(row: OrderLine) -> LineItem:
    """The line item that a row holds."""
    return LineItem(
        row.sku, row.name, row.quantity, row.unit_price_minor, row.currency, tuple(row.flags), row.catalog_minor
    )


def add(order_id: int, lines: Iterable[LineItem]) -> None:
    """Writes the line items of a new order, in the caller's transaction."""
    add_all([(order_id, lines)])


def add_all(given: Iterable[tuple[int, Iterable[LineItem]]]) -> None:
    """The same for several orders."""
    rows = [
        {
            "order": order_id,
            "position": position,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_minor,
            "currency": line.currency,
            "flags": list(line.flags),
            "catalog_minor": line.catalog_minor,
        }
        for order_id, lines in given
        for position, line in enumerate(lines, 1)
    ]
    insert_rows(OrderLine, rows)


def replace(order_id: int, lines: Iterable[LineItem]) -> None:
    """Writes other line items in place of those that there are, in the caller's transaction."""
    OrderLine.delete().where(OrderLine.order == order_id).execute()
    add(order_id, lines)
