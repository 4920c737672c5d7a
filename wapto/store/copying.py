"""Moving a store from SQLite to PostgreSQL, and proof that both hold the same.

All of it is one transaction of PostgreSQL's: what is not proven to be the same is not there afterwards.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
from peewee import BlobField, BooleanField, Field, JSONField, Model
from psycopg import sql

from wapto.errors import InvalidInput, Refused, TryLater
from wapto.store import migrate
from wapto.store.database import connect, db, is_sqlite, reading
from wapto.store.models import ALL

_BATCH = 1_000


@dataclass(frozen=True)
class Copied:
    """A table that is the same in both by now."""

    table: str
    rows: int
    digest: str


def copy_to(url: str, progress: Callable[[int], None] = lambda rows: None) -> list[Copied]:
    """Copies this process's SQLite store to the empty PostgreSQL database of this URL; what each table holds.

    InvalidInput for anything but SQLite here and an empty PostgreSQL there; Refused when something changed meanwhile.
    `progress` hears of rows as they are copied, and again as they are compared.
    """
    if not is_sqlite():
        raise InvalidInput("This store is on PostgreSQL already; `pg_dump` and `pg_restore` move it.")
    if not url.startswith("postgres"):
        raise InvalidInput("Name a PostgreSQL database to copy to, such as postgresql://user:password@host/name.")
    _prepare(url)
    try:
        with psycopg.connect(url) as target:
            return _copy(target, progress)
    except psycopg.Error as fault:
        raise TryLater(f"PostgreSQL failed ({type(fault).__name__}); nothing was copied.") from fault


def count() -> int:
    """How many rows there are to copy."""
    return sum(model.select().count() for model in ALL)


def _prepare(url: str) -> None:
    """Gives the target this version's tables."""
    here = db.obj
    connect(url)
    try:
        migrate.migrate()
    finally:
        db.close()
        db.initialize(here)


def _copy(target: psycopg.Connection[Any], progress: Callable[[int], None]) -> list[Copied]:
    for model in ALL:
        if target.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(_table(model))).fetchone():
            raise InvalidInput("That PostgreSQL database holds a store already; name an empty one.")
    with reading():
        version = _version()
        keys = _drop_keys(target)
        for model in ALL:
            _fill(target, model, progress)
        for statement in keys:
            target.execute(statement)
        copied = [_compared(target, model, progress) for model in ALL]
    if _version() != version:
        raise Refused("The store changed while it was copied, so nothing was kept; stop Wapto, then run this again.")
    return copied


def _version() -> int:
    """Moves when another connection commits something to the file."""
    return int(db.execute_sql("PRAGMA data_version").fetchone()[0])


def _drop_keys(target: psycopg.Connection[Any]) -> list[sql.Composed]:
    """Takes the foreign keys away, so that rows can come in any order; returns what puts them back, and checks them."""
    found = target.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).fetchall()
    adding = []
    for table, name, definition in found:
        words = {"table": sql.SQL(table), "name": sql.Identifier(name), "definition": sql.SQL(definition)}
        target.execute(sql.SQL("ALTER TABLE {table} DROP CONSTRAINT {name}").format(**words))
        adding.append(sql.SQL("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}").format(**words))
    return adding


def _fill(target: psycopg.Connection[Any], model: type[Model], progress: Callable[[int], None]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, _columns(model)))
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(_table(model), columns)
    with target.cursor() as cursor, cursor.copy(copying) as copy:
        for batch in _batches(_here(model)):
            for row in batch:
                copy.write_row(_for_postgres(model, row))
            progress(len(batch))
    counting_on = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
    target.execute(counting_on.format(sql.Literal(model._meta.table_name), _table(model)))


def _for_postgres(model: type[Model], row: Sequence[Any]) -> list[Any]:
    """JSON goes as the text that it is; only truth has a type of its own there."""
    fields = model._meta.sorted_fields
    return [
        bool(value) if isinstance(field, BooleanField) and value is not None else value
        for field, value in zip(fields, row, strict=True)
    ]


def _compared(target: psycopg.Connection[Any], model: type[Model], progress: Callable[[int], None]) -> Copied:
    name = model._meta.table_name
    here, rows = _digest(model, _here(model), progress)
    with target.cursor(name=f"compare_{name}") as cursor:
        columns = sql.SQL(", ").join(map(sql.Identifier, _columns(model)))
        cursor.execute(sql.SQL("SELECT {} FROM {} ORDER BY id").format(columns, _table(model)))
        there = _digest(model, cursor, lambda rows: None)[0]
    if here != there:
        raise Refused(f"The table {name} is not the same in both, so nothing was kept; please report this.")
    return Copied(name, rows, here)


def _digest(model: type[Model], rows: Iterator[Any], progress: Callable[[int], None]) -> tuple[str, int]:
    total, digest = 0, sha256()
    for batch in _batches(rows):
        for row in batch:
            digest.update(json.dumps(_common(model, row), sort_keys=True).encode())
        total += len(batch)
        progress(len(batch))
    return digest.hexdigest(), total


def _common(model: type[Model], row: Sequence[Any]) -> list[Any]:
    """A row as both engines can be brought to say it."""
    return [_said(field, value) for field, value in zip(model._meta.sorted_fields, row, strict=True)]


def _said(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, BooleanField):
        return bool(value)
    if isinstance(field, BlobField):
        return bytes(value).hex()
    return json.loads(value) if isinstance(field, JSONField) and isinstance(value, str) else value


def _here(model: type[Model]) -> Iterator[Any]:
    columns = ", ".join(f'"{name}"' for name in _columns(model))
    table = model._meta.table_name
    rows: Iterator[Any] = db.execute_sql(f'SELECT {columns} FROM "{table}" ORDER BY id')  # noqa: S608 (our own names)
    return rows


def _table(model: type[Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.table_name)


def _columns(model: type[Model]) -> list[str]:
    return [field.column_name for field in model._meta.sorted_fields]


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
