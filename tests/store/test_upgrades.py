"""A filled store of every earlier version comes through, row by row, and its old processes go on writing meanwhile."""

import json
from pathlib import Path

import pytest

from wapto.store import integrity, migrate, models
from wapto.store.database import connect, db

NAMES = sorted(path.stem for path in Path(migrate._DIRECTORY).glob("0*.py"))
EARLIER = NAMES[:-1]
ROWS = 3


@pytest.fixture(params=EARLIER)
def version(request, database_url):
    """The store as the version ended that brought this migration, with rows in every table."""
    connect(database_url)
    migrate._runner().up(request.param)
    yield request.param
    db.close()


def test_no_row_of_an_earlier_version_is_lost_and_its_old_processes_go_on_writing(version):
    tables = shapes()
    fill(tables, range(1, ROWS + 1))
    before = contents(tables)
    assert all(len(rows) == ROWS for rows in before.values())
    assert migrate.migrate() == NAMES[NAMES.index(version) + 1 :]
    assert contents(tables) == before
    fill(tables, range(ROWS + 1, 2 * ROWS + 1))  # by who does not know of the upgrade yet
    assert all(len(rows) == 2 * ROWS for rows in contents(tables).values())
    assert list(integrity.lost_references()) == []
    for model in models.ALL:
        list(model.select())  # each can be read


def shapes():
    """The columns of each table, those that others name before the others."""
    tables = {name: db.get_columns(name) for name in db.get_tables() if not name.startswith(("schema_mig", "sqlite"))}
    named = {name: {key.dest_table for key in db.get_foreign_keys(name)} - {name} for name in tables}
    ordered = []
    while len(ordered) < len(tables):
        ordered += sorted(name for name in tables if name not in ordered and named[name] <= set(ordered))
    return {name: tables[name] for name in ordered}


def fill(tables, numbers):
    """Rows with another value in each column, written as by whoever knows these columns alone."""
    for table, columns in tables.items():
        names = ", ".join(f'"{column.name}"' for column in columns)
        marks = ", ".join([db.obj.param] * len(columns))
        for number in numbers:
            values = [a_value(column, number) for column in columns]
            db.execute_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)


def a_value(column, number):
    kind = column.data_type.lower()
    if "json" in kind:
        return json.dumps({"n": number})
    if "bool" in kind:
        return True
    if "byte" in kind or "blob" in kind:
        return b"%d\x00\xff" % number
    if "char" in kind or "text" in kind:
        return f"{column.name} {number}"
    return number  # of a row that another names, or of an instant, or an amount


def contents(tables):
    """Every row of these tables, in what these versions know of it."""
    found = {}
    for table, columns in tables.items():
        names = ", ".join(f'"{column.name}"' for column in columns)
        rows = db.execute_sql(f'SELECT {names} FROM "{table}" ORDER BY "{columns[0].name}"').fetchall()
        found[table] = [
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in rows
        ]
    return found
