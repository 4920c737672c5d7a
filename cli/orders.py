"""`wapto orders`: look, assign, move on, note."""

from datetime import date
from typing import Any
from uuid import uuid4

import rich_click as click

from cli import complete, export, shapes
from cli.bulk import bulk, picklist
from cli.context import StoreGroup, actor, now
from cli.handover import handover
from cli.order_filters import chosen, filters, instant
from cli.output import emit, emit_one, format_options
from cli.watch import watch
from wapto.desk import numbers
from wapto.desk.assignment import agents, late
from wapto.desk.catalog import drift
from wapto.desk.conversations import conversations
from wapto.desk.customers import customers
from wapto.desk.orders import adjustments, edits, parcels, replay, search, second_carts, summaries, timeline, views
from wapto.desk.orders import items as line_items
from wapto.desk.orders import orders as desk
from wapto.desk.orders import undo as undoing
from wapto.domain import decisions, lifecycle, money, promises
from wapto.domain.lifecycle import slug_of
from wapto.errors import InvalidInput

COLUMNS = ("number", "status", "customer", "agent", "total", "created_at")


@click.group(cls=StoreGroup, commands=[bulk, picklist, handover, watch])
def orders() -> None:
    """Orders: look, assign, move on, note. An order number works in any case, with or without its prefix.

    Example: wapto orders list --unassigned
    """


orders.add_command(export.orders, "export")


@orders.command(name="list")
@filters
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(fmt: str, limit: int, **options: Any) -> None:
    """List orders, newest first.

    Example: wapto orders list --status received --unassigned
    """
    rows = search.find(chosen(**options), limit)
    if fmt == "table":
        emit([_row(row) for row in rows], COLUMNS, fmt, limit)
    else:
        emit(map(shapes.order, summaries.of_orders([row.id for row in rows])), COLUMNS, fmt, limit)


def _row(row: search.Row) -> dict[str, Any]:
    total = None if row.total_minor is None or not row.currency else money.to_decimal(row.total_minor, row.currency)
    return {
        "number": row.number,
        "status": row.status,
        "customer": row.customer,
        "agent": row.agent,
        "total": f"{total} {row.currency}" if total else None,
        "created_at": shapes.instant(row.created_at),
    }


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.option("--at", metavar="TIME", help="As it was at this day or instant (UTC), by its timeline.")
@format_options
def show(number: str, at: str | None, fmt: str) -> None:
    """Show one order, with what was said to and by the customer; or what it was at a time.

    Example: wapto orders show W-7KQ2 --at 2026-11-25T14:00
    """
    order = desk.find(number)
    if moment := instant(at):
        emit_one(shapes.then(replay.of_order(order.id, moment)), fmt)
        return
    view = views.of_order(order.id)
    record = shapes.order(view)
    record["assignment_reason"] = order.assignment_reason
    record["second_cart"] = shapes.second_cart(view.second) if view.second else None
    record["conversation"] = [shapes.said(one) for one in conversations.of_order(order)]
    if fmt == "table":
        from cli import order_screen

        order_screen.show(record)
    else:
        emit_one(record, fmt)


def _changed(order_id: int, fmt: str) -> None:
    emit_one(shapes.order(views.of_order(order_id)), fmt)


@orders.command()
@click.option("--customer", "phone", required=True, help="The customer's phone number, with its country code.")
@click.option("--item", "items", multiple=True, required=True, help="SKU=QUANTITY or SKU=QUANTITY@PRICE; repeatable.")
@click.option("--name", help="The customer's name, if they are new.")
@click.option("--note", default="", help="A note of the customer's.")
@click.option("--number", help="The business phone number that it is ordered from; may be left out while there is one.")
@format_options
def create(phone: str, items: tuple[str, ...], name: str | None, note: str, number: str | None, fmt: str) -> None:
    """Make an order for a customer, who is told as for a cart.

    Example: wapto orders create --customer "+55 11 98888-7777" --item MUG=2@19.90
    """
    shop = numbers.find(number)
    bought = line_items.read(items, note, shop.currency, line_items.prices(shop, now()))
    who = customers.of_phone(phone, shop.waba, name, now())
    order = desk.create(shop, who, bought, actor=actor(), now=now(), key=uuid4().hex)
    _changed(order.id, fmt)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.argument("agent", shell_complete=complete.agent)
@format_options
def assign(number: str, agent: str, fmt: str) -> None:
    """Give an order to an agent, who is told at once.

    Example: wapto orders assign W-7KQ2 Ana
    """
    order = desk.find(number)
    desk.assign(order.id, agents.find(agent).id, actor=actor(), now=now())
    _changed(order.id, fmt)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@format_options
def release(number: str, fmt: str) -> None:
    """Put an order back into the queue.

    Example: wapto orders release W-7KQ2
    """
    order = desk.find(number)
    desk.assign(order.id, None, actor=actor(), now=now())
    _changed(order.id, fmt)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.argument("status", shell_complete=complete.status)
@click.option("--tracking-number", help="Number of the parcel.")
@click.option("--carrier", help="Who brings it.")
@click.option("--tracking-url", help="Where it can be followed.")
@click.option("--eta", help="Day of arrival, YYYY-MM-DD.")
@click.option("--reason", help="Why: needed to cancel, return, reopen or step back.")
@format_options
def status(
    number: str,
    status: str,
    tracking_number: str | None,
    carrier: str | None,
    tracking_url: str | None,
    eta: str | None,
    reason: str | None,
    fmt: str,
) -> None:
    """Move an order to a status; the customer is told by the status's trigger.

    Example: wapto orders status W-7KQ2 shipped --carrier Correios --tracking-number BR123 --eta 2026-12-01
    """
    order = desk.find(number)
    tracking = desk.Tracking(carrier, tracking_number, tracking_url, _day(eta))
    desk.change_status(order.id, slug_of(status), actor=actor(), now=now(), reason=reason, tracking=tracking)
    _changed(order.id, fmt)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"“{text}” is not a day such as 2026-12-01.") from None


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.argument("time")
@click.option("--reason", required=True, help="Why it takes longer.")
@format_options
def snooze(number: str, time: str, reason: str, fmt: str) -> None:
    """Put off when an order is late, by 30m, 4h or 2d from now.

    Example: wapto orders snooze W-7KQ2 4h --reason "waits for the courier"
    """
    order = desk.find(number)
    late.snooze(order.id, promises.duration(time), reason, actor=actor(), now=now())
    _changed(order.id, fmt)


@orders.command(name="set")
@click.argument("number", shell_complete=complete.order)
@click.option("--fulfillment", type=click.Choice(list(lifecycle.ROADS)), help="How the order is handed over.")
@click.option("--payment", type=click.Choice(lifecycle.PAYMENTS), help="Whether it is paid.")
@click.option("--carrier", help="Who brings it, corrected.")
@click.option("--tracking-number", help="Number of the parcel, corrected.")
@click.option("--tracking-url", help="Where it can be followed, corrected.")
@click.option("--eta", help="Day of arrival, YYYY-MM-DD, corrected.")
@format_options
def set_(
    number: str,
    fulfillment: str | None,
    payment: str | None,
    carrier: str | None,
    tracking_number: str | None,
    tracking_url: str | None,
    eta: str | None,
    fmt: str,
) -> None:
    """Record how an order is handed over and whether it is paid, or correct how its parcel is followed.

    A corrected parcel tells the customer nothing by itself: `wapto messages retry` tells them again.

    Example: wapto orders set W-7KQ2 --fulfillment pickup --payment paid
    """
    parcel = desk.Tracking(carrier, tracking_number, tracking_url, _day(eta))
    if not any((fulfillment, payment, *desk.tracking_values(parcel))):
        raise click.UsageError("Say what to set: --fulfillment, --payment, or what to correct of the parcel.")
    order = desk.find(number)
    desk.set_facts(order.id, actor=actor(), now=now(), fulfillment=fulfillment, payment=payment)
    if desk.tracking_values(parcel):
        parcels.correct(order.id, parcel, actor=actor(), now=now())
    _changed(order.id, fmt)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.option(
    "--item",
    "items",
    multiple=True,
    metavar="SKU=QTY[@PRICE]",
    help="Another quantity (0 takes it out), or a new item.",
)
@click.option("--shipping", help="Fee for shipping; 0 takes it away.")
@click.option("--discount", help="What is taken off; 0 takes it away.")
@format_options
def edit(number: str, items: tuple[str, ...], shipping: str | None, discount: str | None, fmt: str) -> None:
    """Change what an open order consists of, and what it costs beside the items. A new item needs its price.

    Example: wapto orders edit W-7KQ2 --item MUG=3 --item PEN=1@4.50 --shipping 12
    """
    amounts = {kind: amount for kind, amount in (("shipping", shipping), ("discount", discount)) if amount is not None}
    if not items and not amounts:
        raise click.UsageError("Say what to change: --item, --shipping or --discount.")
    order = desk.find(number)
    if items:
        edits.edit_items(order.id, typed=items, actor=actor(), now=now())
    if amounts:
        adjustments.adjust(order.id, amounts, actor=actor(), now=now())
    _changed(order.id, fmt)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.argument("text", nargs=-1, required=True)
def note(number: str, text: tuple[str, ...]) -> None:
    """Keep an internal note; the customer never sees it.

    Example: wapto orders note W-7KQ2 "gift wrap it, please"
    """
    desk.add_note(desk.find(number).id, " ".join(text), actor=actor(), now=now())
    click.echo("Noted.", err=True)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@format_options
def undo(number: str, fmt: str) -> None:
    """Take the newest change of status back while its message is held (see `wapto triggers set --hold`).

    Example: wapto orders undo W-7KQ2
    """
    order = desk.find(number)
    undoing.undo(order.id, undoing.latest(order.id), actor=actor(), now=now())
    _changed(order.id, fmt)


@orders.command(name="second-cart")
@click.argument("number", shell_complete=complete.order)
@click.argument("choice", type=click.Choice(decisions.OF_CARTS))
@format_options
def second_cart(number: str, choice: str, fmt: str) -> None:
    """Decide whether a second cart belongs to the customer's earlier order; shows the order that goes on.

    Example: wapto orders second-cart W-7KQ2 merge
    """
    _changed(second_carts.settle(desk.find(number).id, choice, actor=actor(), now=now()).id, fmt)


@orders.command()
@click.argument("number", shell_complete=complete.order)
@click.argument("place", type=click.IntRange(1, 200))
@click.argument("choice", type=click.Choice(decisions.OF_PRICES))
@format_options
def price(number: str, place: int, choice: str, fmt: str) -> None:
    """Settle the line at PLACE (from 1 on) whose price is not the catalog's, or of which there is too little.

    honor keeps what the customer saw, change takes the catalog's price and no more than is left, decline takes the
    line out, ask asks the customer by buttons.

    Example: wapto orders price W-7KQ2 1 honor
    """
    _changed(drift.decide(desk.find(number).id, {place: choice}, actor=actor(), now=now()).id, fmt)


@orders.command(name="timeline")
@click.argument("number", shell_complete=complete.order)
@format_options
def timeline_(number: str, fmt: str) -> None:
    """Show who did what, when, and through which door.

    Example: wapto orders timeline W-7KQ2
    """
    entries = [shapes.entry(entry) for entry in timeline.entries(desk.find(number).id)]
    emit(entries, ("seq", "at", "kind", "actor", "door", "from", "to", "text"), fmt)
