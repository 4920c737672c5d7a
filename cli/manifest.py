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
    source = config.environment()
    address = source.get("WAPTO_PUBLIC_URL", "").rstrip("/") or "https://your-address.example"
    click.echo(json.dumps(build(address), indent=2))
