"""Whether the database itself is sound: its pages, and that every row that is named is there."""

import sqlite3
from collections.abc import Iterator

from peewee import DatabaseError, ForeignKeyField, fn

from wapto.store.database import db, is_sqlite, reading
from wapto.store.models import ALL

_SOUND = "ok"


def broken_pages() -> list[str] | None:
    """What SQLite finds wrong in its file; None on PostgreSQL, which has to be asked by its own tools."""
    if not is_sqlite():
        return None
    try:
        found = [str(row[0]) for row in db.execute_sql("PRAGMA integrity_check").fetchall()]
    except (sqlite3.DatabaseError, DatabaseError) as fault:  # too damaged even for the check
        return [str(fault)]
    return [words for words in found if words != _SOUND]


def lost_references() -> Iterator[str]:
    """Rows that name a row which is not there, a sentence for each column that has such."""
    for model in ALL:
        for field in model._meta.sorted_fields:
            if isinstance(field, ForeignKeyField) and (lost := _lost(field)):
                yield (
                    f"{lost} rows of {model._meta.table_name} name a {field.rel_model._meta.table_name[:-1]} by "
                    f"{field.column_name} that is not there."
                )


def _lost(field: ForeignKeyField) -> int:
    named = field.rel_model.alias()
    there = named.select().where(getattr(named, field.rel_field.name) == field)
    with reading():
        return int(field.model.select().where(field.is_null(False), ~fn.EXISTS(there)).count())
