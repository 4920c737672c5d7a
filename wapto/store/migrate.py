"""Bringing a database to the shape that this version needs.

Only `up`, `sandbox` and `db migrate` migrate; the rest call `require_current` and refuse to start.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peewee import Database, PostgresqlDatabase
from playhouse.migrations import Runner

from wapto.errors import Misconfigured
from wapto.store.database import db, reached

_DIRECTORY = str(Path(__file__).parent / "migrations")
_ADVISORY_LOCK = 0x57617074  # any constant that other users of the server do not take


def migrate() -> list[str]:
    """Applies what is pending and returns the names; two processes at once take turns."""
    with reached(), _alone(db.obj):
        _refuse_unknown()
        return list(_runner().up())


def pending() -> list[str]:
    """Names of the migrations that this database still needs."""
    return [step.name for step in _runner().status() if step.applied is None]


def require_current() -> None:
    """Misconfigured unless the database has exactly this version's shape; TryLater if it is away."""
    with reached():
        _refuse_unknown()
        missing = pending()
    if missing:
        raise Misconfigured(f"The database needs {len(missing)} migration(s); run `wapto db migrate` first.")


def _refuse_unknown() -> None:
    unknown = [step.name for step in _runner().status() if step.path is None]
    if unknown:
        raise Misconfigured(f"The database was migrated by a newer Wapto ({', '.join(unknown)}); upgrade this one.")


def _runner() -> Runner:
    return Runner(db.obj, _DIRECTORY)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    if isinstance(database, PostgresqlDatabase):
        with database.connection_context():
            database.execute_sql("SELECT pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
            yield  # the lock goes with the connection
    else:
        if not os.path.exists(database.database):  # closing one that is in use would take away SQLite's locks on it
            os.close(_opened(database.database))
        with os.fdopen(_opened(f"{database.database}.migrating")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _opened(file: str) -> int:
    """Where there is no such file yet, one that its owner alone can read: customers stand in it.

    SQLite gives the files that it puts beside a database the same permissions.
    """
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise Misconfigured(
            f"{file} cannot be written ({fault.strerror}): let DATABASE_URL name a file in a folder of Wapto's own."
        ) from None
