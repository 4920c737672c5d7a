"""`wapto orders bulk` and `wapto orders picklist`: many orders at once."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import rich_click as click

from cli import complete
from cli.confirm import agreed, yes_option
from cli.context import StoreCommand, actor, now
from cli.order_filters import chosen, filters
from cli.output import emit, format_options
from cli.progress import progress
from wapto.desk.orders import bulk as desk
from wapto.desk.orders.search import Filter
from wapto.domain.lifecycle import label, slug_of
from wapto.errors import Refused

_ALL = 10_000


@click.command(cls=StoreCommand)
@click.argument("to", metavar="STATUS", shell_complete=complete.status)
@filters
@click.option("--reason", help="Why: needed to cancel, return or step back.")
@click.option("--dry-run", is_flag=True, help="Only show what would happen, and who would be told what.")
@yes_option
@format_options
def bulk(to: str, reason: str | None, dry_run: bool, yes: bool, fmt: str, **options: Any) -> None:
    """Move all orders that match to a status, one by one; each customer is told as if it were done by hand.

    Example: wapto orders bulk shipped --status processing --since 2026-11-25 --dry-run
    """
    if not any(options.values()):
        raise click.UsageError("Say which orders: --status, --agent, --search or another filter.")
    target, wanted = slug_of(to), _open_unless_asked(chosen(**options))
    steps = desk.plan(wanted, target, limit=_ALL + 1, reason=reason)
    if len(steps) > _ALL:
        raise Refused(f"More than {_ALL:,} orders match; name fewer, such as by --since and --until.")
    if dry_run:
        emit([_planned(step, target) for step in steps], ("number", "from", "to", "customer", "told", "problem"), fmt)
        return
    moving = [step for step in steps if step.is_possible]
    if moving:
        agreed(_question(moving, target), yes=yes)
    done = _move(moving, target, reason)
    left = [desk.Result(step.number, step.before, step.problem) for step in steps if not step.is_possible]
    emit([_moved(result, target) for result in [*done, *left]], ("number", "from", "to", "problem"), fmt)
    failed = sum(result.problem is not None for result in [*done, *left])
    if failed:
        raise Refused(f"{failed} of {_orders(len(steps))} were left as they were; the list says why.")


def _question(moving: list[desk.Step], target: str) -> str:
    told = sum(step.told is not None for step in moving)
    return f"Move {_orders(len(moving))} to {label(target)}, and tell {told or 'no'} customer{'s' * (told != 1)}?"


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count:,} orders"


def _move(moving: list[desk.Step], target: str, reason: str | None) -> list[desk.Result]:
    done: list[desk.Result] = []
    with progress("Moving") as bar:
        for step in moving:
            seen = [(step.order_id, step.before)]
            done += desk.advance(seen, target, actor=actor(), now=now(), reason=reason)
            bar(len(done), len(moving))
    return done


def _open_unless_asked(wanted: Filter) -> Filter:
    return wanted if wanted.status else replace(wanted, open_only=True)


def _planned(step: desk.Step, target: str) -> dict[str, Any]:
    return {
        "number": step.number,
        "from": step.before,
        "to": target if step.is_possible else None,
        "customer": step.customer,
        "told": step.told,
        "problem": step.problem,
    }


def _moved(result: desk.Result, target: str) -> dict[str, Any]:
    to = None if result.problem else target
    return {"number": result.number, "from": result.before, "to": to, "problem": result.problem}


@click.command(cls=StoreCommand)
@filters
@format_options
def picklist(fmt: str, **options: Any) -> None:
    """Sum up by SKU what has to be picked for the orders that match, open ones unless a status is asked for.

    Example: wapto orders picklist --status processing
    """
    picks = desk.pick_list(_open_unless_asked(chosen(**options)))
    rows = [asdict(pick) | {"short": pick.short} for pick in picks]
    emit(rows, ("sku", "name", "quantity", "orders", "unclear", "in_stock", "short"), fmt)
