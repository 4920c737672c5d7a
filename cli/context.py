"""What commands need before they can call a verb: the store, the clock, the person, the Graph client."""

import getpass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import rich_click as click
from wapto.jobs.wake import Waker

from wapto import config
from wapto.desk.timeline import Actor
from wapto.meta.client import GraphClient
from wapto.store import database, migrate


class StoreCommand(click.RichCommand):
    """A command that works on the store: opened when it runs, not when its help is read."""

    def invoke(self, ctx: click.Context) -> Any:
        """Opens the store, then does what the command does."""
        open_store()
        return super().invoke(ctx)


class StoreGroup(click.RichGroup):
    """A group whose commands all work on the store."""

    command_class = StoreCommand


def now() -> datetime:
    """The time of this command, in UTC."""
    return datetime.now(UTC)


def open_store() -> None:
    """Connects to the store, which must have this version's shape, and rings the worker after changes."""
    database.connect(config.load_database_url())
    migrate.require_current()
    redis_url = config.environment().get("REDIS_URL")
    if redis_url:
        database.set_waker(Waker(redis_url).ring)


@cache
def actor() -> Actor:
    """Whoever sits at the terminal."""
    try:
        return Actor(getpass.getuser(), "cli")
    except (KeyError, OSError):
        return Actor("admin", "cli")


def graph() -> GraphClient:
    """A client of the Graph API with this shop's token."""
    settings = config.load()
    return GraphClient(settings.meta_graph_url, settings.meta_graph_version, settings.meta_access_token)
