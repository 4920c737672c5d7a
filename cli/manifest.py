"""`wapto manifest`: what to paste into Slack."""

import json

import rich_click as click

from bot.manifest import manifest as build
from wapto import config


@click.command()
def manifest() -> None:
    """Print the Slack app manifest, to be pasted at api.slack.com/apps → Create New App → From a manifest.

    With SLACK_APP_TOKEN set it is one for Socket Mode, which needs no public address.

    Example: WAPTO_PUBLIC_URL=https://desk.example.com wapto manifest
    """
    if config.load_one("SLACK_APP_TOKEN"):
        click.echo(json.dumps(build("", socket=True), indent=2))
        return
    address = config.load_one("WAPTO_PUBLIC_URL")
    if not address:
        click.echo("Set WAPTO_PUBLIC_URL, or put your address in place of your-address.example.", err=True)
    click.echo(json.dumps(build(address or "https://your-address.example"), indent=2))
