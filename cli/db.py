"""`wapto db`: the database."""

from pathlib import Path
from typing import Any

import rich_click as click

from cli.context import StoreCommand
from cli.output import emit, format_options
from cli.progress import progress
from wapto import config
from wapto.errors import WaptoError
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


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write a copy of the whole database to FILE while everything runs: SQLite's file, or what pg_restore reads.

    Example: wapto db backup wapto-2026-11-25.db
    """
    from wapto.store.backup import backup as copy

    with progress("Copying") as bar:
        copy(config.load_one("DATABASE_URL"), file, bar)
    click.echo(f"Written to {file}; only you can read it.", err=True)


_SHOWN = 20  # faults of one kind; the number says how many there are


@db.command(cls=StoreCommand)
@format_options
def check(fmt: str) -> None:
    """Check the database: its pages, its references, sums of orders, and that orders agree with their timelines.

    Ends with exit code 1 if something is wrong.

    Example: wapto db check
    """
    found = _checks()
    rows = [_verdict(name, faults) for name, faults in found.items()]
    emit(rows, ("check", "state", "faults", "evidence"), fmt)
    if wrong := [name for name, faults in found.items() if faults]:
        raise WaptoError(f"Something is wrong with {' and '.join(wrong)}; keep a backup before you change anything.")


def _checks() -> dict[str, list[str] | None]:
    from wapto.desk.orders import audit
    from wapto.store import integrity
    from wapto.store.models import Order

    if pages := integrity.broken_pages():
        return {"pages": pages}  # what else would be found follows from that
    faults: dict[str, list[str]] = {audit.SUMS: [], audit.TIMELINE: []}
    with progress("Checking orders") as bar:
        total, done = Order.select().count(), 0
        for batch in audit.audit():
            done += batch.orders
            bar(done, total)
            for name, wrong in batch.wrong.items():
                faults[name] += wrong
    return {"pages": pages, "references": list(integrity.lost_references()), **faults}


def _verdict(name: str, faults: list[str] | None) -> dict[str, Any]:
    if faults is None:
        words = "PostgreSQL checks its pages itself where data_checksums is on; pg_amcheck looks at indexes."
        return {"check": name, "state": "skipped", "faults": 0, "evidence": words}
    shown = [*faults[:_SHOWN], *(["…"] if len(faults) > _SHOWN else [])]
    state = "fail" if faults else "pass"
    return {"check": name, "state": state, "faults": len(faults), "evidence": " ".join(shown)}


@db.command(cls=StoreCommand)
@click.argument("url")
@format_options
def copy(url: str, fmt: str) -> None:
    """Copy this SQLite store to the empty PostgreSQL database at URL, and prove both the same. Stop Wapto first.

    Leave the password out of URL, where others on the machine could see it, and set PGPASSWORD instead.

    Example: wapto db copy postgresql://wapto@db.example.com/wapto
    """
    from wapto.store import copying

    with progress("Copying and comparing") as bar:
        total, done = 2 * copying.count(), 0

        def more(rows: int) -> None:
            nonlocal done
            done += rows
            bar(done, total)

        copied = copying.copy_to(url, more)
    emit([vars(table) for table in copied], ("table", "rows", "digest"), fmt)
    click.echo("All is the same in both; set DATABASE_URL to the new one and start Wapto again.", err=True)
