"""`wapto orders export` and `wapto customers export`: everything, for a spreadsheet or a program."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import rich_click as click

from cli import shapes
from cli.context import StoreCommand, actor, now
from cli.order_filters import chosen, filters
from cli.output import csv_row
from cli.progress import progress
from wapto.desk.orders import export as desk
from wapto.desk.orders import search
from wapto.errors import Misconfigured

_SEEN_EVERY = 500  # rows; drawing a bar takes as long as writing some


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
        write(
            desk.orders(wanted, actor=actor(), now=now()), desk.ORDER_COLUMNS, fmt, output, lambda: search.count(wanted)
        )


def customers(fmt: str, output: Path | None) -> None:
    """Exports all customers."""
    write(desk.customers(actor=actor(), now=now()), desk.CUSTOMER_COLUMNS, fmt, output, desk.count_customers)


def write(
    rows: Iterable[desk.Row], columns: Sequence[str], fmt: str, output: Path | None, count: Callable[[], int] | None
) -> None:
    """Writes rows as they come. A terminal sees how far it is, unless it sees the rows."""
    sees_rows = output is None and sys.stdout.isatty()
    with _opened(output) as file:
        if fmt == "csv":
            file.write(csv_row(columns))
        for row in rows if sees_rows else _counted(rows, count):
            file.write(_json_line(row) if fmt == "jsonl" else csv_row(_plain(row[column]) for column in columns))


def _json_line(row: desk.Row) -> str:
    return json.dumps({column: _plain(value) for column, value in row.items()}, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    return shapes.instant(value) if isinstance(value, datetime) else value


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is there only once it is whole. A pipe or a device is written to as it is."""
    if output is None or (output.exists() and not output.is_file()):
        with open(output, "w", encoding="utf-8", newline="") if output else nullcontext(sys.stdout) as file:
            yield file
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


def _counted(rows: Iterable[desk.Row], count: Callable[[], int] | None) -> Iterator[desk.Row]:
    with progress("Exporting") as bar:
        total = count() if count and sys.stderr.isatty() else None
        for done, row in enumerate(rows, 1):
            if not done % _SEEN_EVERY:
                bar(done, total)
            yield row
