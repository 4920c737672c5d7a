"""`wapto db`: the database."""

import rich_click as click

from wapto import config
from wapto.store import database
from wapto.store import migrate as migrations


@click.group()
def db() -> None:
    """The database.

    Example: wapto db migrate
    """


@db.command()
def migrate() -> None:
    """Bring the database to the shape that this version needs; make it where there is none.

    Example: wapto db migrate
    """
    database.connect(config.load_one("DATABASE_URL"))
    applied = migrations.migrate()
    click.echo(f"Applied {', '.join(applied)}." if applied else "The database is up to date.", err=True)
