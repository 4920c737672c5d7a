"""The database of this process: connecting, transactions, and the ring after a commit.

SQLite and PostgreSQL; a plain connection per thread, opened when first used. Models are bound
to `db`, which `connect` points at the real database: one per process.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

from peewee import (
    SQL,
    Database,
    DatabaseProxy,
    InterfaceError,
    Model,
    OperationalError,
    PostgresqlDatabase,
    SqliteDatabase,
)

from wapto.errors import TryLater

db = DatabaseProxy()

# SQLite lets one connection write at a time and makes the others sleep: threads of one process queue here
# instead, which keeps their waits short and in order (reference performance, C3).
_sqlite_writer = threading.RLock()
_SQLITE_PRAGMAS = (("journal_mode", "wal"), ("synchronous", "full"), ("foreign_keys", 1))
_SQLITE_BUSY_SECONDS = 10
_POSTGRES_CONNECT_SECONDS = 5


def _ring_nobody(topic: str) -> None:
    """Without a waker the lanes find the work by themselves."""


_waker: Callable[[str], None] = _ring_nobody


def connect(url: str) -> Database:
    """Points the models at the database of this URL; opens nothing until the first query."""
    database = _postgres(url) if url.startswith("postgres") else _sqlite(url.removeprefix("sqlite:///"))
    db.initialize(database)
    return database


def _sqlite(path: str) -> SqliteDatabase:
    return SqliteDatabase(path, pragmas=_SQLITE_PRAGMAS, timeout=_SQLITE_BUSY_SECONDS, lock_type="IMMEDIATE")


def _postgres(url: str) -> PostgresqlDatabase:
    return PostgresqlDatabase(url, prefer_psycopg3=True, connect_timeout=_POSTGRES_CONNECT_SECONDS)


def set_waker(waker: Callable[[str], None]) -> None:
    """What is called with each topic after a commit; it must neither raise nor block."""
    global _waker
    _waker = waker


def is_sqlite() -> bool:
    """Whether the store is a SQLite file, with one writer at a time."""
    return isinstance(db.obj, SqliteDatabase)


class Transaction:
    """What a use case can ask of the transaction that it runs in."""

    def __init__(self) -> None:
        self._topics: set[str] = set()

    def wake(self, topic: str) -> None:
        """Rings for `topic` once, after the commit; not at all if the transaction rolls back."""
        if topic not in self._topics:
            self._topics.add(topic)
            db.after_commit(lambda: _waker(topic))


@contextmanager
def transaction() -> Iterator[Transaction]:
    """One use case, all or nothing. Inside another transaction it is a savepoint of that one.

    TryLater when the database is out of reach; nothing was written then, unless the loss of the
    connection came during the commit itself.
    """
    turn: AbstractContextManager[Any] = _sqlite_writer if is_sqlite() else nullcontext()
    with turn, reached(), _begun():
        yield Transaction()


@contextmanager
def reading() -> Iterator[None]:
    """Several queries that see one and the same moment; nothing is written."""
    with reached(), _begun("DEFERRED" if is_sqlite() else "REPEATABLE READ"):
        yield


@contextmanager
def reached() -> Iterator[None]:
    """Turns the loss of the database into TryLater."""
    try:
        yield
    except (OperationalError, InterfaceError) as fault:
        if getattr(fault.__context__, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise  # the statement is at fault, which SQLite calls by the same name
        raise TryLater("The database cannot be reached; nothing was changed.") from fault


@contextmanager
def _begun(*mode: str) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(db.atomic(*mode))
        except (OperationalError, InterfaceError):
            # A kept PostgreSQL connection may have died since its last use: nothing ran yet, so a new one may try.
            if db.transaction_depth() or is_sqlite():
                raise
            db.close()
            stack.enter_context(db.atomic(*mode))
        yield


def spelled(*words: str) -> list[SQL]:
    """Constants written into the statement itself, for a condition that an index has too.

    SQLite does not see that a parameter falls under an index's condition.
    """
    return [SQL(f"'{word}'") for word in words]


def skip_locked(query: Any, of: type[Model]) -> Any:
    """The select with the rows of `of` claimed for this transaction, passing over what another one holds.

    SQLite needs no such clause: its write transactions exclude each other.
    """
    return query if is_sqlite() else query.for_update("FOR UPDATE SKIP LOCKED", of=of)
