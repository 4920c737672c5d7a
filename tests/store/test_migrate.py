"""Migrations end in the shape that the models have, and a database of another shape stops the start."""

import importlib
import re
import threading

import pytest
from playhouse.schema_diff import diff_models

from tests.store.test_database import in_a_thread
from wapto.errors import Misconfigured
from wapto.store import migrate, models
from wapto.store.database import connect, db

# Each database indexes the words of notes in its own way; tests/desk/test_search.py looks for them.
OWN = ("orders_words", "notes_words")


def shape():
    """Everything that SQLite knows of the shape, as it was declared; in which order columns stand means nothing.

    A column that was added refers to its table in its own line, which means the same as a line for the reference.
    """
    rows = db.execute_sql("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'schema_migration%' AND sql NOTNULL")
    return {
        name: sorted(map(str.strip, re.split(r', (?="|FOREIGN KEY)|[()]', _apart(sql))))
        for name, sql in rows.fetchall()
        if not name.startswith(OWN)
    }


def _apart(sql):
    inline = r'("\w+") (BIGINT|INTEGER)( NOT NULL)? REFERENCES ("\w+") \("id"\)'
    return re.sub(inline, r'\1 \2\3, FOREIGN KEY (\1) REFERENCES \4 ("id")', sql)


def test_migrations_end_in_the_shape_of_the_models(store):
    found = diff_models(db.obj, models.ALL)
    assert not found._replace(drop_indexes=[index for index in found.drop_indexes if index.name not in OWN])


def test_column_types_and_conditions_of_indexes_are_those_of_the_models_too(tmp_path):
    connect(f"sqlite:///{tmp_path}/migrated.db")
    migrate.migrate()
    migrated = shape()
    connect(f"sqlite:///{tmp_path}/declared.db")
    db.obj.create_tables(models.ALL)
    assert migrated == shape()


def test_migrating_twice_changes_nothing_more(store):
    assert migrate.pending() == []
    assert migrate.migrate() == []


def test_two_processes_that_migrate_at_once_take_turns(database_url):
    connect(database_url)
    applied, guard = [], threading.Lock()

    def run():
        names = in_a_thread(migrate.migrate)
        with guard:
            applied.append(names)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(len(names) for names in applied) == [0, 0, max(len(names) for names in applied)]
    migrate.require_current()


def test_a_pending_migration_stops_the_start(database_url):
    connect(database_url)
    with pytest.raises(Misconfigured, match="wapto db migrate"):
        migrate.require_current()


def test_a_database_of_a_newer_version_stops_the_start_and_is_left_alone(store):
    db.execute_sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_future', '2030-01-01')")
    with pytest.raises(Misconfigured, match="9999_future"):
        migrate.require_current()
    with pytest.raises(Misconfigured, match="newer Wapto"):
        migrate.migrate()
    db.execute_sql("DELETE FROM schema_migration WHERE name = '9999_future'")  # other tests use the same server


def test_a_new_sqlite_database_and_what_lies_beside_it_is_for_its_owner_alone(tmp_path):
    connect(f"sqlite:///{tmp_path}/wapto.db")
    migrate.migrate()
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["wapto.db", "wapto.db-shm", "wapto.db-wal", "wapto.db.migrating"], "0o600")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    connect(f"sqlite:///{tmp_path}/nowhere/wapto.db")
    with pytest.raises(Misconfigured, match=r"nowhere/wapto\.db cannot be written \(No such file"):
        migrate.migrate()


@pytest.mark.parametrize("look", [migrate.migrate, migrate.require_current])
def test_a_file_that_is_no_database_is_left_alone(tmp_path, look):
    file = tmp_path / "shopping.txt"
    file.write_text("bread and butter\n" * 100)
    connect(f"sqlite:///{file}")
    with pytest.raises(Misconfigured, match="no SQLite database"):
        look()
    assert file.read_text() == "bread and butter\n" * 100


def test_a_filled_store_of_the_first_version_keeps_its_rows_and_its_old_processes(database_url):
    connect(database_url)
    [first] = migrate._runner().up("0001_first")
    old = importlib.import_module(f"wapto.store.migrations.{first}")
    with db.obj.bind_ctx(old.ALL, bind_refs=False, bind_backrefs=False):
        before = an_order_of_old(old)
        migrate.migrate()
        later = an_order_of_old(old)  # a process that was not yet replaced goes on writing
    orders = list(models.Order.select().order_by(models.Order.id))
    assert [order.id for order in orders] == [before, later]
    assert [order.customer.name for order in orders] == ["Ana", "Ana"]
    assert models.Number.get().quality is None


def an_order_of_old(old):
    """The id of an order with a customer, written as the first version did; all belong to one number."""
    number = old.Number.get_or_none() or old.Number.create(
        phone_number_id="1", waba="2", display="3", name="Loja", slack_channel="C1", language="en", currency="BRL",
        timezone="UTC", assignment="manual", created_at=1,
    )  # fmt: skip
    customer = old.Customer.create(name="Ana", created_at=1)
    columns = dict.fromkeys(["created_at", "updated_at", "card_due_at"], 1) | {"last_seq": 7, "flags": [], "note": ""}
    words = {"status": "received", "fulfillment": "delivery", "payment_status": "unpaid", "card_state": "absent"}
    return old.Order.create(number=number, customer=customer, is_open=True, **columns, **words).id
