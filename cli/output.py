"""How results are printed: a table for people, JSON or CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.table import Table

Record = Mapping[str, Any]
"""What JSON can hold; instants are text by then (`cli.shapes.instant`)."""


def format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--format table|json|csv`, and `--json` for short; the command gets `fmt`."""
    choice = click.Choice(["table", "json", "csv"])
    command = click.option("--json", "fmt", flag_value="json", help="Short for --format json.")(command)
    return click.option("--format", "fmt", type=choice, default="table", help="How to print.")(command)


def emit(records: Iterable[Record], columns: Sequence[str], fmt: str | None, limit: int | None = None) -> None:
    """Prints records; a table shows only `columns`, JSON and CSV everything.

    At a terminal it is said when there are none, and when `limit` may have left some out.
    """
    rows = list(records)
    if fmt == "json":
        _json(rows)
    elif fmt == "csv":
        _csv(rows, columns)
    else:
        _table(rows, columns)
        if sys.stdout.isatty() and len(rows) in (0, limit):
            click.echo(f"These are {limit}; --limit N shows more." if rows else "Nothing found.", err=True)


def emit_one(record: Record, fmt: str | None) -> None:
    """Prints one record; as a table, a line per key."""
    if fmt == "json":
        _json(record)
    elif fmt == "csv":
        _csv([record], list(record))
    else:
        width = max(len(key) for key in record)
        for key, value in record.items():
            said = _detail(value)
            print(f"{key:<{width}}  {said}" if said and not said.startswith("\n") else f"{key}{said}")


def _detail(value: object) -> str:
    """A value as people read it: rows as lines of columns, where any row says something in them."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_detail(part)}" for key, part in value.items() if part not in (None, "", []))
    if not isinstance(value, list | tuple):
        return seen(value)
    if not all(isinstance(row, dict) for row in value):
        return ", ".join(map(_detail, value))
    return "".join(f"\n  {line}" for line in _columns(value))


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    keys = [key for key in (rows[0] if rows else ()) if any(row.get(key) not in (None, "", []) for row in rows)]
    cells = [keys, *([_detail(row.get(key)) for key in keys] for row in rows)] if rows else []
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def plain(text: str) -> str:
    """What others wrote, as a terminal may show it: none of it moves the cursor or turns the line around."""
    return text.translate(_PICTURES)


_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    ord("\n"): " ⏎ ",
    **dict.fromkeys(range(0x7F, 0xA0), "�"),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
}


def _json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2).translate(_ESCAPES))


# What a terminal would obey, and JSON leaves as it is; both are the same text to a program.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def _csv(rows: Sequence[Record], columns: Sequence[str]) -> None:
    keys = list(rows[0]) if rows else list(columns)
    sys.stdout.write(csv_row(keys))
    sys.stdout.writelines(csv_row(row[key] for key in keys) for row in rows)


def csv_row(values: Iterable[object]) -> str:
    """One line of a CSV, no cell of which is a formula."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow([_harmless(_cell(value)) for value in values])
    return line.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula; a leading apostrophe makes it text.

    Nothing in it is a command to a terminal, which may be where it is looked at.
    """
    cell = cell.translate(_UNPRINTED)
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


_UNPRINTED = {code: sign for code, sign in _PICTURES.items() if chr(code) not in "\t\n\r"}


def _table(rows: Sequence[Record], columns: Sequence[str]) -> None:
    from rich.console import Console

    cells = {column: [seen(row[column]) for row in rows] for column in columns}
    if not sys.stdout.isatty():  # a program reads, for which every row is one line with every column
        Console(width=10_000).print(_drawn(cells, dict.fromkeys(cells)))
        return
    console = Console()
    filled = {column: those for column, those in cells.items() if any(those)}
    widths = _widths(filled, console.size.width)
    with paged(console, len(rows) * (1 if widths else len(filled) + 1)):
        console.print(_drawn(filled, widths) if widths else _blocks(filled))


def _drawn(cells: Mapping[str, Sequence[str]], widths: Mapping[str, int | None]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in cells:
        width = widths[column]
        table.add_column(column.replace("_", " "), overflow="fold", width=width, no_wrap=width is None)
    for row in zip(*cells.values(), strict=True):
        table.add_row(*map(Text, row))
    return table


_LONG, _GAP = 20, 2


def _widths(cells: Mapping[str, Sequence[str]], available: int) -> dict[str, int]:
    """How wide each column may be so that no words are broken but long ones; none where there is no room for that."""
    from rich.cells import cell_len

    least = {column: min(_LONG, max(map(cell_len, _words(column, those)))) for column, those in cells.items()}
    widths = {column: max(map(cell_len, (column, *those))) for column, those in cells.items()}
    room = available - _GAP * (len(cells) - 1)
    if sum(least.values()) > room:
        return {}
    while sum(widths.values()) > room:
        widest = max((column for column in cells if widths[column] > least[column]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _words(column: str, cells: Sequence[str]) -> list[str]:
    return [*column.split("_"), *(word for cell in cells for word in cell.split())]


def _blocks(cells: Mapping[str, Sequence[str]]) -> Group:
    """Rows one below the other, for a terminal that is too narrow for them side by side."""
    from rich.console import Group
    from rich.text import Text

    width = max(map(len, cells), default=0)
    names = [column.replace("_", " ").ljust(width) for column in cells]
    rows = [
        [f"{name}  {cell}" for name, cell in zip(names, row, strict=True) if cell]
        for row in zip(*cells.values(), strict=True)
    ]
    return Group(*(Text("\n".join([*lines, ""])) for lines in rows))


@contextmanager
def paged(console: Console, lines: int) -> Iterator[None]:
    """At a terminal with fewer lines than these, what is printed to the console goes through the pager."""
    if not sys.stdout.isatty() or lines < console.size.height:
        yield
        return
    os.environ.setdefault("LESS", "-FRX")  # ends at once where all fits, and leaves what was read on the screen
    with console.pager(styles=console.color_system is not None):
        yield


def seen(value: object) -> str:
    """A cell for people: an instant without what nobody reads."""
    text = plain(_brief(value))
    return f"{text[:10]} {text[11:16]}" if _INSTANT.fullmatch(text) else text


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def _brief(value: object) -> str:
    """A value in one cell of a table that people read."""
    if not isinstance(value, list | tuple):
        return _cell(value)
    return ", ".join(" ".join(map(_cell, part.values())) if isinstance(part, dict) else _cell(part) for part in value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)
