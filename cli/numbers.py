"""`wapto numbers`: business phone numbers."""

from typing import Any

import rich_click as click

from cli import complete
from cli.confirm import confirmed
from cli.context import StoreGroup, now
from cli.output import emit, emit_one, format_options
from wapto.desk import numbers as desk
from wapto.domain.assignment import MODES
from wapto.errors import InvalidInput
from wapto.store.models import Number

COLUMNS = ("phone_number_id", "display", "name", "slack_channel", "language", "currency", "assignment")


@click.group(cls=StoreGroup)
def numbers() -> None:
    """Business phone numbers: each is a shop with its Slack channel.

    Example: wapto numbers list
    """


def _shape(number: Number) -> dict[str, Any]:
    keys = ("phone_number_id", "waba", "display", "name", "slack_channel", "catalog", "language", "currency")
    told = (
        "portfolio",
        "country_languages",
        "throughput",
        "second_cart_minutes",
        "where_is_it",
        "cancel_until",
        "address_template",
        "hours",
        "promises",
        "rules",
        "sticky",
        "hand_back_minutes",
        "two_person",
        "survey",
        "survey_mode",
        "survey_template",
        "survey_delay_minutes",
        "survey_rest_days",
        "update_stock",
        "silence_minutes",
        "quality",
        "limit_tier",
        "paused_reason",
    )
    return {key: getattr(number, key) for key in (*keys, "timezone", "assignment", *told)}


@numbers.command()
@click.argument("phone_number_id")
@click.option("--waba", required=True, help="Id of the WhatsApp Business Account.")
@click.option("--slack-channel", required=True, help="Id of the channel for the cards (C…).")
@click.option("--catalog", help="Id of the catalog.")
@click.option("--display", help="The number as people write it.")
@click.option("--name", help="Name of the shop.")
@click.option("--language", help="Language of the shop.  [default: en]")
@click.option("--currency", help="Currency of the shop.  [default: USD]")
@click.option("--timezone", help="Time zone of the shop.  [default: UTC]")
@click.option("--assignment", type=click.Choice(MODES), help="[default: round_robin]")
@format_options
def add(phone_number_id: str, fmt: str, **settings: str | None) -> None:
    """Take a number in.

    Example: wapto numbers add 100000000000001 --waba 200000000000001 --slack-channel C0ORDERS
    --language pt_BR --currency BRL --timezone America/Sao_Paulo
    """
    given = {key: value for key, value in settings.items() if value is not None}
    emit_one(_shape(desk.add(phone_number_id, given, now=now())), fmt)


@numbers.command(name="list")
@format_options
def list_(fmt: str) -> None:
    """List the numbers.

    Example: wapto numbers list --json
    """
    emit([_shape(number) for number in desk.listing()], COLUMNS, fmt)


@numbers.command()
@click.argument("phone_number_id", required=False, shell_complete=complete.number)
@format_options
def show(phone_number_id: str | None, fmt: str) -> None:
    """Show one number.

    Example: wapto numbers show 100000000000001
    """
    emit_one(_shape(desk.find(phone_number_id)), fmt)


@numbers.command(name="set")
@click.argument("phone_number_id", shell_complete=complete.number)
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE…")
@format_options
def set_(phone_number_id: str, changes: tuple[str, ...], fmt: str) -> None:
    """Change settings of a number.

    Example: wapto numbers set 100000000000001 assignment=least_busy language=es
    """
    emit_one(_shape(desk.change(desk.find(phone_number_id), pairs(changes))), fmt)


@numbers.command()
@click.argument("phone_number_id", shell_complete=complete.number)
@confirmed("Remove the number {phone_number_id}? What customers write to it is kept and not worked on.")
def remove(phone_number_id: str) -> None:
    """Stop taking in carts for a number. Its orders stay.

    Example: wapto numbers remove 100000000000001
    """
    desk.remove(desk.find(phone_number_id), now=now())
    click.echo(f"{phone_number_id} is removed; its orders stay.", err=True)


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE words as a dict; InvalidInput for a word without "="."""
    for word in words:
        if "=" not in word:
            raise InvalidInput(f"“{word}” is not KEY=VALUE.")
    return dict(word.split("=", 1) for word in words)
