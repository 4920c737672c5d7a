"""An order as people read it in a terminal: what its card says, each thing where there is something to say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.wording import flag
from cli.output import paged, seen
from wapto.domain.lifecycle import label

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDE = 10_000  # a line stays one line for whoever reads it by a program
_AMOUNTS = (0, 3, 4)  # columns of items
_DUE = {"on_time": "on time, due", "at_risk": "at risk, due", "late": "late since"}


def show(order: dict[str, Any]) -> None:
    """Prints what `wapto orders show --json` has of an order."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=_WIDE)
    facts = [(name, seen(value)) for name, value in _facts(order) if value]
    parts = {"Items": _items(order), "Second cart": _second(order), "Said": _said(order)}
    with paged(console, len(facts) + sum(len(rows) + 2 for rows in parts.values() if rows)):
        console.print(Text(f"{order['number']}  {label(order['status'])}", style="bold"))
        console.print(_grid(facts))
        for title, rows in parts.items():
            if rows:
                console.print(Text(f"\n{title}", style="bold"))
                console.print(_grid(rows, right=_AMOUNTS if title == "Items" else ()))


def _facts(order: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    who, parcel = order["customer"], order["tracking"]
    yield "customer", _joined(who["name"], who["phone"] or who["user_id"])
    yield "agent", " ".join(filter(None, (order["agent"] or "nobody", _in_brackets(order["assignment_reason"]))))
    yield "handover", _joined(order["fulfillment"], order["payment_status"])
    yield "promise", order["lateness"] and f"{_DUE[order['lateness']]} {seen(order['due_at'])}"
    yield "flags", _joined(*map(flag, order["flags"]))
    yield "note", order["note"]
    yield "parcel", _joined(*(parcel[key] for key in ("carrier", "number", "url", "eta")))
    yield "address", order["address"]
    yield "came", order["created_at"]
    yield "changed", order["updated_at"]


def _items(order: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [_item(line) for line in order["items"]]
    rows += [("", "", one["kind"], "", f"{one['amount']} {one['currency']}", "") for one in order["adjustments"]]
    sums = _joined(*(f"{one['amount']} {one['currency']}" for one in order["totals"]))
    total = f"{order['total']} {order['currency']}" if order["total"] is not None else f"no sum ({sums})"
    return [*rows, ("", "", "total", "", total, "")]


def _item(line: dict[str, Any]) -> tuple[str, ...]:
    quantity = "?" if line["quantity"] is None else line["quantity"]
    amount = f"{line['line_total']} {line['currency']}" if line["line_total"] is not None else "?"
    each, flags = line["unit_price"] or "?", _joined(*map(flag, line["flags"]))
    return tuple(map(seen, (f"{quantity} ×", line["sku"], line["name"], each, amount, flags)))


def _second(order: dict[str, Any]) -> list[tuple[str, ...]]:
    second = order["second_cart"]
    if second is None:
        return []
    head = (f"beside {second['of']}: {second['choice']}", "", "")
    return [head, *(_difference(row["before"], row["after"]) for row in second["differences"])]


def _difference(before: dict[str, Any] | None, after: dict[str, Any] | None) -> tuple[str, ...]:
    counts = [str(line["quantity"]) if line else "none" for line in (before, after)]
    return seen((before or after or {})["name"]), counts[0], f"→ {counts[1]}"


def _said(order: dict[str, Any]) -> list[tuple[str, ...]]:
    names = {"in": "customer", "out": "shop"}
    return [
        (seen(one["at"]), names[one["direction"]], seen(one["text"] or f"[{one['kind']}]"), seen(one["state"]))
        for one in order["conversation"]
    ]


def _in_brackets(reason: str | None) -> str | None:
    return f"({reason.rstrip('.')})" if reason else None


def _joined(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))


def _grid(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(cell, justify="right" if at in right else "left") for at, cell in enumerate(row)))
    return table
