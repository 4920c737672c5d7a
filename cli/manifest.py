"""`wapto manifest`: what to paste into Slack."""

import json

import rich_click as click

from bot.manifest import manifest as build
from wapto import config


@click.command()
def manifest() -> None:
    """Print the Slack app manifest, to be pasted at api.slack.com/apps → Create New App → From a manifest.

    Example: WAPTO_PUBLIC_URL=https://desk.example.com wapto manifest
    """
    address = config.load_one("WAPTO_PUBLIC_URL")
    if not address:
        click.echo("Set WAPTO_PUBLIC_URL, or put your address in place of your-address.example.", err=True)
    click.echo(json.dumps(build(address or "https://your-address.example"), indent=2))
