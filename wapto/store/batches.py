"""Statements of the hot paths: many rows at once, and queries whose SQL is written only once.

peewee writes the SQL of a query anew each time it runs, which takes 0.1 to 0.4 ms and so several times as long as
SQLite needs to run it. What runs for every cart goes through here; all the rest is plain peewee.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from peewee import BigAutoField, BigIntegerField, ForeignKeyField, IntegerField, Model, Query, TextField, Value

from wapto.store.database import db, is_sqlite
from wapto.store.fields import UtcField

M = TypeVar("M", bound=Model)

_AS_THEY_COME = (TextField, IntegerField, BigIntegerField, BigAutoField, ForeignKeyField)

_instant: Any = UtcField()
_to_microseconds = _instant.db_value

Row = Mapping[str, Any]
"""Values by the names of a model's fields: as the fields take them, foreign keys as ids."""


def insert_rows(
    model: type[Model],
    rows: Sequence[Row],
    *,
    returning: tuple[str, ...] = (),
    skipping: bool = False,
    replacing: tuple[str, ...] = (),
) -> list[tuple[Any, ...]]:
    """Inserts rows that all have the same fields in the same order; returns the fields asked for of those inserted.

    A row that meets a unique one is an error; with `skipping` it is left out, with `replacing`, the fields of that
    unique key, it takes the other's place. Ids ascend in the order of the rows. All rows travel as one JSON parameter,
    so that the SQL is the same however many they are.
    """
    if not rows:
        return []
    defaults = _defaults(model)
    full = [{**defaults, **row} for row in rows]
    sql = _insert(model, tuple(full[0]), returning, skipping, replacing, is_sqlite())
    given: list[Any] = [list(row.values()) for row in full] if is_sqlite() else [_by_column(model, row) for row in full]
    cursor = db.execute_sql(sql, (json.dumps(given, default=_to_microseconds),))
    return list(cursor.fetchall()) if returning else []


@cache
def _defaults(model: type[Model]) -> dict[str, Any]:
    return {field.name: value for field, value in model._meta.defaults.items() if not callable(value)}


def _by_column(model: type[Model], row: Row) -> dict[str, Any]:
    columns = _columns(model)
    return {columns[name]: value for name, value in row.items()}


@cache
def _columns(model: type[Model]) -> dict[str, str]:
    return {name: field.column_name for name, field in model._meta.fields.items()}


@cache
def _insert(
    model: type[Model],
    names: tuple[str, ...],
    returning: tuple[str, ...],
    skipping: bool,
    replacing: tuple[str, ...],
    sqlite: bool,
) -> str:
    table, columns = model._meta.table_name, _columns(model)
    own = [f'"{columns[name]}"' for name in names]
    if sqlite:
        source = [_listing(f"value ->> {place}" for place in range(len(names))), "FROM json_each(?)", "WHERE true"]
    else:
        source = [_listing(own), f"FROM json_populate_recordset(NULL::{table}, %s)"]
    parts = ["INSERT INTO", table, f"({_listing(own)})", "SELECT", *source]
    if skipping:
        parts.append("ON CONFLICT DO NOTHING")
    if replacing:
        key = _listing(columns[name] for name in replacing)
        parts += [f"ON CONFLICT ({key}) DO UPDATE SET", _listing(f"{name} = excluded.{name}" for name in own)]
    if returning:
        parts += ["RETURNING", _listing(columns[name] for name in returning)]
    return " ".join(parts)


def _listing(names: Iterable[str]) -> str:
    return ", ".join(names)


class Prepared:
    """A query with places for its values: `Prepared(lambda ids: Order.select(…).where(Order.id.in_(ids)))([1, 2])`.

    Lists are for IN: they are filled up with their last value, so that few lengths occur, for each of which the SQL is
    written once. A value goes to the database as it is, an instant as a UtcField keeps it.
    """

    def __init__(self, build: Callable[..., Query]) -> None:
        self._build = build
        self._written: dict[tuple[object, ...], tuple[str, list[Any]]] = {}

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a select, or of an update that returns some, as tuples of what the database holds."""
        return list(self._run(values).fetchall())

    def models(self, model: type[M], *values: Any) -> list[M]:
        """The rows as instances of the model, of whose columns they consist."""
        cursor = self._run(values)
        fields = _fields(model, tuple(column[0] for column in cursor.description))
        return [_instance(model, fields, row) for row in cursor.fetchall()]

    def run(self, *values: Any) -> int:
        """Runs an update or delete; returns how many rows it touched."""
        return int(self._run(values).rowcount)

    def _run(self, values: tuple[Any, ...]) -> Any:
        return db.execute_sql(*self._filled(values))

    def _filled(self, given: tuple[Any, ...]) -> tuple[str, list[Any]]:
        values = [_filled_up(value) if isinstance(value, list) else value for value in given]
        shape = (is_sqlite(), *(len(value) if isinstance(value, list) else None for value in values))
        if shape not in self._written:
            query: Any = self._build(*map(_places, range(len(values)), values))
            self._written[shape] = query.sql()
        sql, params = self._written[shape]
        return sql, [_fill(param, values) for param in params]


@cache
def _fields(model: type[Model], columns: tuple[str, ...]) -> list[tuple[str, Any]]:
    """For each column its field's name, and what makes a Python value of it; None where the driver's is one."""
    fields = {field.column_name: field for field in model._meta.sorted_fields}
    return [
        (fields[name].name, None if type(fields[name]) in _AS_THEY_COME else fields[name].python_value)
        for name in columns
    ]


def _instance(model: type[M], fields: list[tuple[str, Any]], row: tuple[Any, ...]) -> M:
    """Not by peewee's own reading of raw rows, which finds out anew for each query what its columns are."""
    one = model(__no_default__=True)
    one.__data__ = {
        name: value if convert is None else convert(value) for (name, convert), value in zip(fields, row, strict=True)
    }
    return one


class _Place(tuple[int, ...]):
    """Where among the given values a parameter's value stands."""


def _filled_up(values: list[Any]) -> list[Any]:
    wanted = 1 << (len(values) - 1).bit_length() if values else 0
    return values + values[-1:] * (wanted - len(values))


def _places(at: int, value: Any) -> Any:
    if isinstance(value, list):
        return [Value(_Place((at, inner)), converter=False, unpack=False) for inner in range(len(value))]
    return Value(_Place((at,)), converter=False, unpack=False)


def _fill(param: Any, values: list[Any]) -> Any:
    if isinstance(param, _Place):
        param = values[param[0]] if len(param) == 1 else values[param[0]][param[1]]
    return _to_microseconds(param) if isinstance(param, datetime) else param
