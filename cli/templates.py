"""`wapto templates`: WhatsApp templates as Meta has them."""

import rich_click as click

from cli.context import StoreGroup, graph, now
from cli.output import emit, format_options
from wapto.desk import numbers
from wapto.desk import templates as desk

COLUMNS = ("waba", "name", "language", "status", "category", "quality", "placeholders", "change")


@click.group(cls=StoreGroup)
def templates() -> None:
    """WhatsApp templates as Meta has them.

    Example: wapto templates sync
    """


@templates.command()
def sync() -> None:
    """Fetch the templates of all numbers from Meta.

    Example: wapto templates sync
    """
    result = desk.sync(graph(), numbers.accounts(), now())
    click.echo(
        f"{result.added} added, {result.changed} changed, {result.gone} gone, {result.kept} as they were.", err=True
    )


@templates.command(name="list")
@format_options
def list_(fmt: str) -> None:
    """List the templates known here.

    Example: wapto templates list --json
    """
    emit(desk.listing(), COLUMNS, fmt)
