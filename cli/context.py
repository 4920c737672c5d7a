"""What commands need before they can call a verb: the store, the clock, the person, the Graph client."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cli import lazy
from wapto import config
from wapto.desk.orders import tracking
from wapto.desk.orders.timeline import Actor
from wapto.errors import Misconfigured
from wapto.store import database, migrate

if TYPE_CHECKING:
    from wapto.meta.client import GraphClient

# What a row of the store can have; more would not fit its integers.
ROW_ID = click.IntRange(1, 2**63 - 1)

_RINGS_SECONDS = 0.5


class StoreCommand(click.RichCommand):
    """A command that works on the store: opened when it runs, not when its help is read."""

    def invoke(self, ctx: click.Context) -> Any:
        """Opens the store, does what the command does, and lets go of the store."""
        lazy.quiet()
        finish = open_store()
        try:
            with database.reached():
                return super().invoke(ctx)
        finally:
            finish()
            database.db.close()


class StoreGroup(click.RichGroup):
    """A group whose commands all work on the store."""

    command_class = StoreCommand


def now() -> datetime:
    """The time of this command, in UTC."""
    return datetime.now(UTC)


def open_store() -> Callable[[], None]:
    """Connects to the store, which must have this version's shape, and rings the worker after changes.

    What it returns lets the rings get out; to be called before the process ends.
    """
    url = config.load_one("DATABASE_URL")
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not file.exists():
        raise Misconfigured(f"There is no database {file}; go where it is, or make one with `wapto db migrate`.")
    tracking.sign_with(config.load_one("WAPTO_SECRET_KEY"), config.load_one("WAPTO_PUBLIC_URL"))
    database.connect(url)
    migrate.require_current()
    if redis_url := config.load_one("REDIS_URL"):
        from wapto.jobs.wake import Waker

        waker = Waker(redis_url)
        database.set_waker(waker.ring)
        return partial(waker.finish, _RINGS_SECONDS)
    return lambda: None


@cache
def actor() -> Actor:
    """Whoever sits at the terminal."""
    try:
        return Actor(getpass.getuser(), "cli")
    except (KeyError, OSError):
        return Actor("admin", "cli")


def graph() -> "GraphClient":
    """A client of the Graph API with this shop's tokens."""
    from wapto.meta.client import GraphClient

    given = config.load()
    url, version = given.meta_graph_url, given.meta_graph_version
    return GraphClient(url, version, given.meta_access_token, account_tokens=given.meta_account_tokens)
