"""The database of this process: connecting, transactions, and the ring after a commit.

SQLite and PostgreSQL; a plain connection per thread, opened when first used. Models are bound
to `db`, which `connect` points at the real database: one per process.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from peewee import (
    SQL,
    Database,
    DatabaseError,
    DatabaseProxy,
    InterfaceError,
    Model,
    OperationalError,
    PostgresqlDatabase,
    SqliteDatabase,
)

from wapto.errors import Misconfigured, TryLater

db = DatabaseProxy()

# SQLite lets one connection write at a time and makes the others sleep: threads of one process queue here
# instead, which keeps their waits short and in order (reference performance, C3).
_sqlite_writer = threading.RLock()
_SQLITE_PRAGMAS = (("journal_mode", "wal"), ("synchronous", "full"), ("foreign_keys", 1))
_SQLITE_BUSY_SECONDS = 10
_SQLITE_LOOK_SECONDS = 0.0005
_POSTGRES_CONNECT_SECONDS = 5


def _ring_nobody(topic: str) -> None:
    """Without a waker the lanes find the work by themselves."""


_waker: Callable[[str], None] = _ring_nobody


def connect(url: str) -> Database:
    """Points the models at the database of this URL; opens nothing until the first query."""
    database = _postgres(url) if url.startswith("postgres") else _sqlite(url.removeprefix("sqlite:///"))
    db.initialize(database)
    return database


class _Sqlite(SqliteDatabase):
    """Waits for the writers of other processes by looking often.

    SQLite's own waiting sleeps up to 0.1 s between two looks, and so misses the gaps that a busy process leaves.
    """

    def _connect(self) -> Any:
        # Customers stand in it, and SQLite would let everybody on the machine read a file that it makes itself. One
        # that is there is never opened: closing it would take away the locks that SQLite holds for other threads.
        with suppress(OSError):  # it is there; or SQLite will say why it cannot be made
            os.close(os.open(self.database, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        return super()._connect()  # type: ignore[misc]  # peewee annotates little

    def begin(self, lock_type: str | None = None) -> None:
        """As soon as nobody else writes, OperationalError after 10 s; one that only reads need not wait."""
        if lock_type == "DEFERRED":
            super().begin(lock_type)
            return
        give_up_at = time.monotonic() + _SQLITE_BUSY_SECONDS
        self._wait_at_most(0)
        try:
            while not self._begins(lock_type, is_last=time.monotonic() >= give_up_at):
                time.sleep(_SQLITE_LOOK_SECONDS)
        finally:
            self._wait_at_most(_SQLITE_BUSY_SECONDS)

    def _wait_at_most(self, seconds: int) -> None:
        cursor = self.cursor()  # type: ignore[no-untyped-call]  # peewee annotates little
        cursor.execute(f"PRAGMA busy_timeout = {seconds * 1000}")

    def _begins(self, lock_type: str | None, *, is_last: bool) -> bool:
        try:
            super().begin(lock_type)
        except OperationalError as fault:
            if is_last or _sqlite_code(fault) != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True


def _sqlite(path: str) -> SqliteDatabase:
    return _Sqlite(path, pragmas=_SQLITE_PRAGMAS, timeout=_SQLITE_BUSY_SECONDS, lock_type="IMMEDIATE")


def _postgres(url: str) -> PostgresqlDatabase:
    # Nothing is prepared by itself: PostgreSQL would keep the plan of the first runs, which reads whole tables since
    # they were small then, until it next counts their rows. Measured: a worker that started with an empty store became
    # slower with every order.
    return _Postgres(url, prefer_psycopg3=True, connect_timeout=_POSTGRES_CONNECT_SECONDS, prepare_threshold=None)


class _Postgres(PostgresqlDatabase):
    """Takes a new connection where the kept one has died since its last use, and nothing was written on it since."""

    def begin(self, isolation_level: str | None = None) -> None:
        self._renewing(partial(super().begin, isolation_level))

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        run = partial(super().execute_sql, sql, params)
        if self.in_transaction() or not sql.startswith("SELECT"):
            return run()
        with reached():
            return self._renewing(run)

    def _renewing(self, run: Callable[[], Any]) -> Any:
        try:
            return run()
        except (OperationalError, InterfaceError):
            self.close()
            return run()


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
    with turn, reached(), db.atomic():
        yield Transaction()


@contextmanager
def statement() -> Iterator[Transaction]:
    """For a single statement, which PostgreSQL commits by itself: one round trip instead of three.

    TryLater when the database is out of reach, or when a kept connection had died; it may have been written then.
    """
    with transaction() if is_sqlite() else reached():
        yield Transaction()


@contextmanager
def reading() -> Iterator[None]:
    """Several queries that see one and the same moment; nothing is written."""
    with reached(), db.atomic("DEFERRED" if is_sqlite() else "REPEATABLE READ"):
        yield


def _sqlite_code(fault: BaseException | None) -> int | None:
    """SQLite's own number of the kind of fault; peewee leaves it in what the fault was made of."""
    while fault is not None and not hasattr(fault, "sqlite_errorcode"):
        fault = fault.__context__
    # The low byte is the kind; above it stands why, as of SQLITE_BUSY after a crash of another process.
    return fault.sqlite_errorcode & 0xFF if isinstance(fault, sqlite3.Error) else None


@contextmanager
def reached() -> Iterator[None]:
    """Turns the loss of the database into TryLater, and a file that is none or damaged into Misconfigured."""
    try:
        yield
    except (DatabaseError, InterfaceError) as fault:
        code = _sqlite_code(fault)
        if code == sqlite3.SQLITE_NOTADB:
            raise Misconfigured("DATABASE_URL names a file that is no SQLite database.") from fault
        if code == sqlite3.SQLITE_CORRUPT:
            raise Misconfigured("The database file is damaged; stop Wapto and put a backup in its place.") from fault
        lost = isinstance(fault, OperationalError | InterfaceError)
        if not lost or code == sqlite3.SQLITE_ERROR:
            raise  # the statement is at fault, which SQLite calls by the same name as a loss
        why = f" ({fault})" if code else ""  # SQLite says in few words what an admin can mend
        raise TryLater(f"The database cannot be reached{why}; nothing was changed.") from fault


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
