"""`wapto report`: orders, agents and messages in figures, for a screen, a spreadsheet or a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import rich_click as click

from cli import shapes
from cli.context import StoreGroup, now
from cli.output import emit, format_options
from wapto.desk import numbers
from wapto.desk.reports import agents as report_agents
from wapto.desk.reports import messages as report_messages
from wapto.desk.reports import orders as report_orders
from wapto.desk.reports import report as desk
from wapto.errors import InvalidInput


@click.group(cls=StoreGroup)
def report() -> None:
    """Orders, agents and messages in figures.

    Example: wapto report orders --since 2026-11-01 --until 2026-11-30
    """


def days(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that all reports share; the command gets them as `options`."""
    for option in (
        click.option("--part", help="Only this part; a CSV holds one, the first where none is named."),
        click.option("--number", help="Only this business phone number."),
        click.option("--until", help="Last day, included; today where none is named."),
        click.option("--since", help="First day; 30 days up to the last one where none is named."),
        format_options,
    ):
        command = option(command)
    return command


@report.command()
@days
def orders(**options: Any) -> None:
    """Orders and revenue by day, and the time that orders spend in each status.

    Days are those of each shop's time zone. Parts: days, statuses.

    Example: wapto report orders --since 2026-11-01 --until 2026-11-30 --format csv
    """
    _print(report_orders.report, **options)


@report.command()
@days
def agents(**options: Any) -> None:
    """What each agent took, finished and answered, and how evenly orders were spread.

    Example: wapto report agents --since 2026-11-23
    """
    _print(report_agents.report, **options)


@report.command()
@days
def messages(**options: Any) -> None:
    """Messages by template and cost, orders whose customers were not told, and how often customers ask.

    Parts: templates, untold, questions.

    Example: wapto report messages --part questions
    """
    _print(report_messages.report, **options)


def _print(
    report_of: Callable[[desk.Days], Sequence[desk.Part]],
    *,
    since: str | None,
    until: str | None,
    number: str | None,
    part: str | None,
    fmt: str,
) -> None:
    chosen = desk.chosen(_day(since), _day(until), numbers.find(number) if number else None, now())
    parts = report_of(chosen)
    shown = [desk.part_of(parts, part)] if part else parts
    if fmt == "csv":
        one = desk.part_of(parts, part)
        emit([_plain(row) for row in one.rows], one.columns, fmt)
    elif fmt == "json":
        found = {one.name: [_plain(row) for row in one.rows] for one in shown}
        json.dump({**_ends(chosen), **found}, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        from cli import report_screen

        report_screen.show(chosen, shown)


def _ends(chosen: desk.Days) -> dict[str, str]:
    return {"since": chosen.first.isoformat(), "until": chosen.last.isoformat()}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"“{text}” is not a day such as 2026-11-25.") from None


def _plain(row: desk.Row) -> dict[str, Any]:
    return {name: _text(value) for name, value in row.items()}


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return shapes.instant(value)
    return value.isoformat() if isinstance(value, date) else value
