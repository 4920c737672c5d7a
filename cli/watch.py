"""`wapto orders watch`: the board of orders, drawn anew as it changes."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import rich_click as click

from cli.context import StoreCommand, now
from cli.order_filters import chosen, filters
from cli.output import plain
from wapto.desk.orders import search
from wapto.domain import money
from wapto.errors import Refused, TryLater

if TYPE_CHECKING:
    from rich.console import RenderableType

_FRAME = 3  # lines around the orders: the title, the headings and one to spare


@click.command(cls=StoreCommand)
@filters
@click.option("--every", type=click.FloatRange(0.2, 3600), default=2.0, show_default=True, help="Seconds.")
def watch(every: float, **options: Any) -> None:
    """Watch the newest orders in this terminal, as many as it has lines. Ctrl-C ends it.

    Example: wapto orders watch --unassigned
    """
    if not sys.stdout.isatty():
        raise Refused("A board needs a terminal; `wapto orders list` prints once.")
    from rich.console import Console
    from rich.live import Live

    wanted, console = chosen(**options), Console()
    with suppress(KeyboardInterrupt), Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(_board(wanted, max(1, console.size.height - _FRAME)), refresh=True)
            time.sleep(every)


def _board(wanted: search.Filter, lines: int) -> RenderableType:
    """The board as it is now; while the database is away it says so, and goes on."""
    from rich.text import Text

    try:
        return _table(search.find(wanted, lines), search.count(wanted), now())
    except TryLater as fault:
        return Text(f"{fault} Trying again…", style="yellow")


def _table(rows: list[search.Row], count: int, at: datetime) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    title = f"Orders: {count:,} at {at:%H:%M:%S} UTC"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, expand=True)
    for heading in ("number", "status", "customer", "agent", "total", "age"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for row in rows:
        cells = (row.number, row.status, row.customer or "", row.agent or "–", _total(row), _age(at, row.created_at))
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _total(row: search.Row) -> str:
    if row.total_minor is None or not row.currency:
        return ""
    return f"{money.to_decimal(row.total_minor, row.currency)} {row.currency}"


def _age(at: datetime, since: datetime) -> str:
    minutes = max(0, int((at - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
