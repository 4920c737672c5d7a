"""The whole web application: Meta's webhook, what operators look at, and Slack. Composition root of `wapto web`."""

from datetime import UTC, datetime

from flask import Flask

from bot import app as slack
from wapto import config, logs
from wapto.jobs.wake import Waker
from wapto.store import database, migrate
from wapto.web.app import create_app as create_core


def create_app() -> Flask:
    """The app as the environment describes it, for a WSGI server; starts while Redis, Slack and Meta are away.

    SettingsError or Misconfigured when it must not start.
    """
    logs.configure()
    settings = config.load()
    database.connect(settings.database_url)
    migrate.require_current()
    if settings.redis_url:
        database.set_waker(Waker(settings.redis_url).ring)
    app = create_core(settings, now)
    slack.mount(app, settings, now)
    return app


def now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)
