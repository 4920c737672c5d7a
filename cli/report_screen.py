"""Reports on a terminal: the rows of the files, with bars where lengths say more than figures."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from rich.bar import Bar
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from wapto.desk.reports.report import Days, Part, Row
from wapto.domain import lifecycle

_BAR = 40  # cells
_MONTHS_BEYOND = 62  # days
_WIDE = 10_000  # a line stays one line for whoever reads it by a program


def show(days: Days, parts: Sequence[Part]) -> None:
    """Prints a report."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(Text(f"{days.first} to {days.last}, by the clocks of each shop"))
    for part in parts:
        console.print()
        console.print(Text(_TITLES[part.name], style="bold"))
        console.print(_DRAWN[part.name](days, part) if part.rows else Text("Nothing."))


def _days(days: Days, part: Part) -> RenderableType:
    """A line for each day, or month, on which orders came in; revenue without what was cancelled or returned."""
    orders: defaultdict[str, int] = defaultdict(int)
    revenue: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in part.rows:
        when = _when(days, row["day"])
        orders[when] += row["orders"]
        if row["revenue"] is not None and row["status"] not in lifecycle.UNPAID_ENDS:
            revenue[when][row["currency"]] += Decimal(row["revenue"])
    table = _table("day" if _by_day(days) else "month", "orders", "", "revenue")
    for when, count in orders.items():
        sums = " + ".join(f"{amount:,} {currency}" for currency, amount in sorted(revenue[when].items()))
        table.add_row(when, str(count), _bar(count, max(orders.values())), sums)
    return table


def _by_day(days: Days) -> bool:
    return (days.last - days.first).days < _MONTHS_BEYOND


def _when(days: Days, day: date) -> str:
    return day.isoformat() if _by_day(days) else f"{day:%Y-%m}"


def _statuses(_days: Days, part: Part) -> RenderableType:
    longest = max(row["p90_seconds"] or 0 for row in part.rows)
    table = _table("status", "left it", "median", "9 of 10 within", "", "late", "there now")
    for row in part.rows:
        bar = _bar(row["p90_seconds"] or 0, longest)
        times = (duration(row["median_seconds"]), duration(row["p90_seconds"]))
        counts = (str(row["late"]), str(row["there_now"]))
        table.add_row(lifecycle.label(row["status"]), str(row["passed"]), *times, bar, *counts)
    return table


def _agents(_days: Days, part: Part) -> RenderableType:
    most = max(row["taken"] for row in part.rows)
    table = _table("agent", "taken", "", "% of all", "× even share", "done", "open now", "replies", "median", "9 of 10")
    for row in part.rows:
        evenness = (row["share_percent"] or "", row["times_even_share"] or "")
        counts = (str(row["done"]), str(row["open_now"]), str(row["replies"]))
        times = (duration(row["reply_median_seconds"]), duration(row["reply_p90_seconds"]))
        table.add_row(Text(row["agent"]), str(row["taken"]), _bar(row["taken"], most), *evenness, *counts, *times)
    return table


def _plain(_days: Days, part: Part) -> RenderableType:
    table = _table(*(column.replace("_", " ") for column in part.columns))
    for row in part.rows:
        table.add_row(*(Text(_cell(row, column)) for column in part.columns))
    return table


def _cell(row: Row, column: str) -> str:
    value = row[column]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    return table


def _bar(value: float, most: float) -> Bar:
    return Bar(max(most, 1), 0, value, width=_BAR)


def duration(seconds: int | None) -> str:
    """In the two largest units: `45 s`, `5 min`, `2 h 5 min`, `3 d 4 h`."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3_600, seconds // 86_400
    if not hours:
        return f"{minutes} min"
    return f"{days} d {hours % 24} h" if days else f"{hours} h {minutes % 60} min"


_TITLES = {
    "days": "Orders that came in; revenue without cancelled and returned ones",
    "statuses": "Time in each status",
    "agents": "Agents",
    "templates": "Messages by template and cost",
    "untold": "Orders whose customer has not heard of their status",
    "questions": "“Where is it?”, before and after customers were told by themselves",
}
_DRAWN: dict[str, Callable[[Days, Part], RenderableType]] = {
    "days": _days,
    "statuses": _statuses,
    "agents": _agents,
    "templates": _plain,
    "untold": _plain,
    "questions": _plain,
}
