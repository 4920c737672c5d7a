"""`wapto orders export` and `wapto customers export`: everything, for a spreadsheet or a program."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import rich_click as click

from cli import shapes
from cli.context import StoreCommand
from cli.order_filters import chosen, filters
from cli.output import csv_row
from wapto.desk import export as desk
from wapto.desk import search
from wapto.errors import Misconfigured


def export_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--format csv|jsonl` and `--output FILE`; the command gets `fmt` and `output`."""
    choice, path = click.Choice(["csv", "jsonl"]), click.Path(path_type=Path, dir_okay=False)
    command = click.option("--output", type=path, help="Into this file, which only you can read.")(command)
    return click.option("--format", "fmt", type=choice, default="csv", show_default=True, help="CSV, or JSON a line.")(
        command
    )


@click.command(cls=StoreCommand)
@filters
@click.option("--lines", is_flag=True, help="One row for each line item instead of each order.")
@export_options
def orders(lines: bool, fmt: str, output: Path | None, **options: Any) -> None:
    """Export orders, oldest first: one row each, or one for each line item.

    Example: wapto orders export --since 2026-11-01 --lines --output november.csv
    """
    wanted = chosen(**options)
    if lines:
        write(desk.lines(wanted), desk.LINE_COLUMNS, fmt, output, None)
    else:
        write(desk.orders(wanted), desk.ORDER_COLUMNS, fmt, output, lambda: search.count(wanted))


def customers(fmt: str, output: Path | None) -> None:
    """Exports all customers."""
    write(desk.customers(), desk.CUSTOMER_COLUMNS, fmt, output, desk.count_customers)


def write(
    rows: Iterable[desk.Row], columns: Sequence[str], fmt: str, output: Path | None, count: Callable[[], int] | None
) -> None:
    """Writes rows as they come. A terminal sees how far it is, unless it sees the rows."""
    is_watched = sys.stderr.isatty() and not (output is None and sys.stdout.isatty())
    with _opened(output) as file:
        if fmt == "csv":
            file.write(csv_row(columns))
        for row in _shown(rows, count) if is_watched else rows:
            file.write(_json_line(row) if fmt == "jsonl" else csv_row(_plain(row[column]) for column in columns))


def _json_line(row: desk.Row) -> str:
    return json.dumps({column: _plain(value) for column, value in row.items()}, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    return shapes.instant(value) if isinstance(value, datetime) else value


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is there only once it is whole."""
    if output is None:
        yield sys.stdout
        return
    part = output.with_name(f"{output.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as fault:
        raise Misconfigured(f"{output} cannot be written ({fault.strerror}).") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(output)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _shown(rows: Iterable[desk.Row], count: Callable[[], int] | None) -> Iterator[desk.Row]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(rows, total=count() if count else None, description="Exporting")
