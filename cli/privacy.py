"""`wapto customers export` and `wapto customers forget`: what is known of one person, and letting go of it."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import rich_click as click

from cli import export as everybody
from cli import shapes
from cli.confirm import confirmed
from cli.context import StoreCommand, actor, now
from cli.output import emit_one, format_options
from wapto import config
from wapto.desk.customers import directory, forgetting, privacy
from wapto.errors import WaptoError


@click.command(cls=StoreCommand)
@click.argument("customer", required=False)
@everybody.export_options
def export(customer: str | None, fmt: str, output: Path | None) -> None:
    """Print everything that Wapto knows of one person, as JSON; without CUSTOMER, a row for every customer.

    Example: wapto customers export 12 > ana.json
    """
    if customer is None:
        everybody.customers(fmt, output)
        return
    if output is not None:
        raise click.UsageError("--output is for all customers; one person is printed: redirect it with >.")
    rows = privacy.export(directory.find(customer).id, actor=actor(), now=now())
    json.dump(rows, sys.stdout, ensure_ascii=False, indent=2, default=_instant)
    print()


def _instant(value: Any) -> str | None:
    return shapes.instant(value) if isinstance(value, datetime) else str(value)


@click.command(cls=StoreCommand)
@click.argument("customer")
@format_options
@confirmed("Forget customer {customer} for good, everywhere?")
def forget(customer: str, fmt: str) -> None:
    """Forget a person for good: name, numbers and words go everywhere, also in Slack; orders keep ids and sums.

    Example: wapto customers forget 12
    """
    from bot.erasing import erase
    from bot.slack import Slack

    settings = config.load()
    customer_id = directory.find(customer).id
    done = forgetting.forget(customer_id, actor=actor(), now=now())
    left = erase(Slack(settings.slack_bot_token, settings.slack_api_url), done.in_slack)
    counts = {"orders": done.orders, "webhooks": done.webhooks, "deleted_in_slack": len(done.in_slack) - len(left)}
    still = [{**asdict(one.what), "reason": one.reason} for one in left]
    emit_one({"customer": customer_id, **counts, "not_deleted": still, "still_in": privacy.found(done.names)}, fmt)
    if left:
        raise WaptoError(f"Slack did not delete {len(left)} of them: delete them there, or run this again.")
