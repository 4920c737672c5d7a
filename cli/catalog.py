"""`wapto catalog`: what the shop sells, as Meta's catalog has it."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import rich_click as click

from cli.context import StoreGroup, actor, graph, now
from cli.output import emit, emit_one, format_options
from cli.progress import progress
from wapto.desk import numbers
from wapto.desk.catalog import catalog as desk
from wapto.desk.catalog import check as catalog_check
from wapto.desk.catalog import commerce
from wapto.desk.catalog import lines as catalog_lines
from wapto.desk.catalog import sync as catalog_sync
from wapto.desk.catalog.rows import Counts
from wapto.errors import Refused
from wapto.meta import catalog as meta
from wapto.meta.client import GraphClient
from wapto.store.models import Number

COLUMNS = ("sku", "name", "price", "currency", "availability", "inventory", "visibility", "review")
FINDINGS = ("name", "count", "examples", "advice")
_PATIENCE_SECONDS = 8


@click.group(cls=StoreGroup)
def catalog() -> None:
    """What the shop sells, as Meta's catalog has it.

    Example: wapto catalog sync
    """


@catalog.command()
@click.option("--number", help="Id of the business phone number.  [default: all]")
def sync(number: str | None) -> None:
    """Fetch items from Meta; goes on where an earlier sync broke off.

    Example: wapto catalog sync
    """
    client = graph()
    chosen = [numbers.find(number)] if number else numbers.listing() or [numbers.find(None)]
    for which in sorted({desk.catalog_of(commerce.link(client, one)) for one in chosen}):
        click.echo(f"Catalog {which}: {_summary(_fetch(client, which))}", err=True)


def _fetch(client: GraphClient, which: str) -> Counts:
    with progress(f"Catalog {which}") as bar:
        size = meta.size(client, which) if sys.stderr.isatty() else None
        return _sync(client, which, lambda seen: bar(seen, size))


def _sync(client: GraphClient, which: str, told: Callable[[int], None]) -> Counts:
    """Waits a little while the worker reads the same catalog, as it does when a number was just added."""
    for _ in range(_PATIENCE_SECONDS):
        with suppress(Refused):
            return catalog_sync.sync(client, which, now, told)
        time.sleep(1)
    return catalog_sync.sync(client, which, now, told)


def _summary(found: Counts) -> str:
    """The sum of a sync in one line."""
    parts = [f"{found[kind]} in {kind.removesuffix('s')}" for kind in ("prices", "stock") if found[kind]]
    which = f" ({', '.join(parts)})" if parts else ""
    news = f"{found['added']} added, {found['changed']} changed{which}, {found['gone']} gone"
    return f"{news}, {found['kept']} as they were."


@catalog.command(name="list")
@click.option("--number", help="Id of the business phone number.")
@click.option("--search", metavar="TEXT", help="Only items whose SKU or name has this.")
@click.option("--gone", is_flag=True, help="Those that Meta no longer lists too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(number: str | None, search: str | None, gone: bool, limit: int, fmt: str) -> None:
    """List the items known here, by SKU.

    Example: wapto catalog list --search shirt
    """
    items = desk.search(desk.catalog_of(numbers.find(number)), search, limit=limit, gone=gone)
    emit([desk.shape(item, now()) for item in items], COLUMNS, fmt, limit)


@catalog.command()
@click.option("--number", help="Id of the business phone number.")
@format_options
def check(number: str | None, fmt: str) -> None:
    """Say how healthy the catalog is, and what to mend; reads what the last sync fetched.

    Example: wapto catalog check --json
    """
    which = desk.catalog_of(numbers.find(number))
    health = catalog_check.check(which)
    rows = [_finding(one) for one in health.findings]
    if fmt == "json":
        emit_one({"catalog": which, "items": health.items, "score": health.score, "findings": rows}, fmt)
        return
    emit([row | {"examples": ", ".join(row["examples"])} for row in rows], FINDINGS, fmt)
    click.echo(_score(health), err=True)


def _finding(one: catalog_check.Finding) -> dict[str, Any]:
    examples = list(one.examples)
    return {"name": one.name, "count": one.count, "examples": examples, "advice": one.advice, "grave": one.is_grave}


def _score(health: catalog_check.Health) -> str:
    if health.score is None:
        return "No items are known; fetch them with `wapto catalog sync`."
    return f"Health: {health.score} of 100; {health.items:,} items."


@catalog.command(name="map")
@click.argument("old")
@click.argument("new")
@click.option("--number", help="Id of the business phone number.")
def map_(old: str, new: str, number: str | None) -> None:
    """Let carts with the SKU OLD mean the item NEW, from now on and in open orders.

    Example: wapto catalog map SHIRT-1 SHIRT-RED-M
    """
    changed = catalog_lines.tie(numbers.find(number), old, new, actor=actor(), now=now())
    click.echo(f"{old} means {new} from now on; {changed} open order(s) changed.", err=True)


@catalog.command()
@click.option("--number", help="Id of the business phone number.")
@click.option("--cart/--no-cart", default=None, help="Whether customers can send carts.")
@click.option("--visible/--hidden", default=None, help="Whether the catalog stands in the number's profile.")
@format_options
def settings(number: str | None, cart: bool | None, visible: bool | None, fmt: str) -> None:
    """Show, and set if asked to, what customers see of a number's catalog.

    Example: wapto catalog settings --cart --visible
    """
    which = numbers.find(number)
    emit_one(_switches(which, commerce.show(graph(), which, cart=cart, visible=visible)), fmt)


def _switches(number: Number, shown: meta.Commerce) -> dict[str, Any]:
    return {
        "phone_number_id": number.phone_number_id,
        "catalog": number.catalog,
        "cart": shown.is_cart_enabled,
        "visible": shown.is_catalog_visible,
    }
