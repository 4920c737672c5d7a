"""`wapto customers`: people, what they are known by, and who of them is one person."""

from typing import Any

import rich_click as click

from cli import privacy, remarks, shapes
from cli.context import StoreGroup, actor, now
from cli.output import emit, emit_one, format_options
from wapto.desk.conversations import conversations
from wapto.desk.customers import directory, merges, people, worth
from wapto.desk.customers import remarks as desk
from wapto.store.models import Customer

COLUMNS = ("id", "name", "phone", "user_id", "username", "language", "tags", "orders_count", "spent")


@click.group(cls=StoreGroup)
def customers() -> None:
    """Customers: look, name, merge. CUSTOMER is an id, a phone number, a user id, a @username or a whole name.

    Example: wapto customers list --search ana
    """


customers.add_command(privacy.export)
customers.add_command(privacy.forget)
customers.add_command(remarks.tag)
customers.add_command(remarks.note)


@customers.command(name="list")
@click.option("--search", help="By the beginning of a name, phone number or username, by a tag, or words of a note.")
@click.option("--tag", help="Only customers with this tag.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(search: str | None, tag: str | None, limit: int, fmt: str) -> None:
    """List customers, newest first.

    Example: wapto customers list --search +5511
    """
    found = directory.listing(search, limit, tag)
    bought = worth.bought_by([card.id for card in found])
    emit([{**shapes.customer(card), **remarks.bought(bought[card.id])} for card in found], COLUMNS, fmt, limit)


@customers.command()
@click.argument("customer")
@format_options
def show(customer: str, fmt: str) -> None:
    """Show one customer, with what they are known by, their orders and what was said.

    Example: wapto customers show +5511988887777
    """
    emit_one(_whole(directory.find(customer)), fmt)


def _whole(customer: Customer) -> dict[str, Any]:
    return {
        **remarks.card_of(customer.id),
        **remarks.bought(worth.bought_by([customer.id])[customer.id]),
        "marketing_stopped_at": shapes.instant(customer.marketing_stopped_at),
        "marketing_stop_source": customer.marketing_stop_source,
        "notes": [remarks.shape(note) for note in desk.notes_of(customer.id)],
        "scores": [remarks.score(row) for row in worth.scores_of(customer.id)],
        "handles": [shapes.handle(handle) for handle in directory.handles_of(customer.id)],
        "merged": directory.merged_into(customer.id),
        "orders": [shapes.order_of_customer(order) for order in directory.orders_of(customer.id)],
        "conversation": [shapes.said(one) for one in conversations.of_customer(customer.id)],
    }


@customers.command(name="set")
@click.argument("customer")
@click.option("--name", help="What the team calls them; WhatsApp never overwrites it.")
@click.option("--language", help="The language to write to them in, such as pt_BR; auto lets Wapto choose.")
@format_options
def set_(customer: str, name: str | None, language: str | None, fmt: str) -> None:
    """Set a customer's name or language.

    Example: wapto customers set +5511988887777 --name "Ana Lima" --language pt_BR
    """
    if name is None and language is None:
        raise click.UsageError("Say what to set: --name, --language or both.")
    found = directory.find(customer)
    directory.change(found.id, actor=actor(), now=now(), name=name, language=language)
    emit_one(remarks.card_of(found.id), fmt)


@customers.command()
@click.argument("customer")
@click.option("--handed-on", is_flag=True, help="Also if it was another customer's: it is no longer theirs.")
@format_options
def confirm(customer: str, handed_on: bool, fmt: str) -> None:
    """Confirm that the new number is the customer's; what waited is sent there.

    Example: wapto customers confirm 7
    """
    found = people.confirm_number(directory.find(customer).id, actor=actor(), now=now(), handed_on=handed_on)
    emit_one(remarks.card_of(found.id), fmt)


@customers.command()
@click.argument("kept")
@click.argument("merged")
@click.option("--reason", default="They are one person.", show_default=True, help="How you know.")
@format_options
def merge(kept: str, merged: str, reason: str, fmt: str) -> None:
    """Make two customers one: all that belongs to MERGED becomes KEPT's. `unmerge` puts it back.

    Example: wapto customers merge 7 12 --reason "she told us her new number"
    """
    first, second = directory.find(kept), directory.find(merged)
    trace = merges.merge(first.id, second.id, reason, actor=actor(), now=now())
    emit_one(shapes.merge(trace), fmt)


@customers.command()
@click.argument("merged")
@format_options
def unmerge(merged: str, fmt: str) -> None:
    """Take a customer out again, by the id from before the merge, with exactly what the merge moved.

    Example: wapto customers unmerge 12
    """
    emit_one(shapes.merge(merges.unmerge(directory.by_id(merged), actor=actor(), now=now())), fmt)
