"""`wapto triggers`: which template tells the customer about which status."""

import textwrap

import rich_click as click

from cli import complete
from cli.confirm import confirmed
from cli.context import StoreGroup, now
from cli.numbers import pairs
from cli.output import emit, emit_one, format_options
from wapto import config
from wapto.desk import numbers
from wapto.desk.orders import orders
from wapto.desk.templates import rehearsal
from wapto.desk.templates import triggers as desk
from wapto.domain import variables as commerce
from wapto.domain.lifecycle import slug_of
from wapto.errors import Refused

COLUMNS = ("status", "number_id", "template", "language", "bind", "hold", "ttl", "fallback", "on")
PREVIEW_COLUMNS = ("language", "is_chosen", "text", "links", "problem")


@click.group(cls=StoreGroup)
def triggers() -> None:
    """Which template tells the customer about which status.

    Example: wapto triggers list
    """


@triggers.command(name="set")
@click.argument("status", shell_complete=complete.status)
@click.option("--template", required=True, shell_complete=complete.template, help="Name of the template.")
@click.option("--language", default="auto", show_default=True, help="Code of a language, or auto.")
@click.option("--bind", multiple=True, metavar="PLACEHOLDER=VARIABLE", help="See `wapto triggers variables`.")
@click.option("--default", "defaults", multiple=True, metavar="PLACEHOLDER=TEXT", help="Text for an empty value.")
@click.option("--hold", type=click.IntRange(0, 86_400), default=0, show_default=True, help="Seconds to wait.")
@click.option("--ttl", type=click.IntRange(30, 2_592_000), help="Seconds after which it is not worth telling.")
@click.option("--fallback", shell_complete=complete.template, help="Template for when this one cannot be sent.")
@click.option("--plain-text", is_flag=True, help="Plain text within 24 hours, when no template can be sent.")
@click.option("--on/--off", "on", default=True, help="Whether it is in use.  [default: on]")
@click.option("--force", is_flag=True, help="Switch it on though it would fail for real orders.")
@click.option("--number", help="Id of the business phone number.")
@format_options
def set_(
    status: str,
    template: str,
    language: str,
    bind: tuple[str, ...],
    defaults: tuple[str, ...],
    hold: int,
    ttl: int | None,
    fallback: str | None,
    plain_text: bool,
    on: bool,
    force: bool,
    number: str | None,
    fmt: str,
) -> None:
    """Tell customers about a status by a template.

    Example: wapto triggers set shipped --template order_shipped --bind 1=customer.first_name --bind 2=order.number
    """
    trigger = desk.set_trigger(
        numbers.find(number),
        slug_of(status),
        template=template,
        language=language,
        bindings=pairs(bind),
        defaults=pairs(defaults),
        hold=hold,
        ttl=ttl,
        fallback=fallback,
        plain_text=plain_text,
        on=on,
        force=force,
        public_url=config.load_one("WAPTO_PUBLIC_URL"),
        now=now(),
    )
    emit_one(desk.shape(trigger), fmt)


@triggers.command(name="list")
@format_options
def list_(fmt: str) -> None:
    """List the triggers of all numbers.

    Example: wapto triggers list --json
    """
    emit(desk.listing(), COLUMNS, fmt)


@triggers.command()
@click.argument("status", shell_complete=complete.status)
@click.option("--number", help="Id of the business phone number.")
@confirmed("Tell customers nothing about {status} any more? Its template, bindings and texts are let go.")
def remove(status: str, number: str | None) -> None:
    """Tell customers nothing about a status any more.

    Example: wapto triggers remove pending
    """
    desk.remove(numbers.find(number), slug_of(status))
    click.echo(f"Customers are no longer told about {status}.", err=True)


@triggers.command()
@click.argument("status", shell_complete=complete.status)
@click.option(
    "--order", metavar="N", shell_complete=complete.order, help="An order; without one, samples fill the template."
)
@click.option("--number", help="Id of the business phone number.")
@format_options
def preview(status: str, order: str | None, number: str | None, fmt: str) -> None:
    """Show exactly what the customer would read, in each language.

    Example: wapto triggers preview shipped --order W-7KQ2
    """
    told = orders.find(order) if order else None
    trigger = desk.find(told.number if told and not number else numbers.find(number), slug_of(status))
    previews = rehearsal.preview(trigger, told, now())
    if fmt == "table":
        for one in previews:
            mark = ", which this customer would get" if one.is_chosen else ""
            words = "\n".join((one.text or one.problem or "", *one.links))
            click.echo(f"{one.language}{mark}:\n\n{textwrap.indent(words, '    ')}\n")
    else:
        emit([vars(one) for one in previews], PREVIEW_COLUMNS, fmt)


@triggers.command()
@click.argument("status", shell_complete=complete.status)
@click.option("--number", help="Id of the business phone number.")
@format_options
def rehearse(status: str, number: str | None, fmt: str) -> None:
    """Try a trigger on the last 200 orders, and list those whose customers could not be told.

    Example: wapto triggers rehearse shipped
    """
    tried = rehearsal.rehearse(desk.find(numbers.find(number), slug_of(status)))
    if tried.failures or fmt != "table":
        emit([vars(failure) for failure in tried.failures], ("order", "reason"), fmt)
    if tried.failures:
        raise Refused(f"{len(tried.failures)} of the last {tried.orders} orders would fail.")
    click.echo(f"None of the last {tried.orders} orders would fail.", err=True)


@triggers.command()
@format_options
def variables(fmt: str) -> None:
    """List what a placeholder can be bound to, with samples.

    Example: wapto triggers variables
    """
    rows = [{"variable": one.name, "meaning": one.meaning, "sample": one.sample} for one in commerce.VARIABLES.values()]
    emit(rows, ("variable", "meaning", "sample"), fmt)
