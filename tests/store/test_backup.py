"""Copies of the whole store: while it is written to, and from one engine to the other."""

import sqlite3
import stat
import subprocess

import psycopg
import pytest

from tests.desk.builders import NOW, a_customer, a_number, a_trigger, an_agent, an_order
from tests.services import find_postgres
from wapto.errors import InvalidInput, Misconfigured, Refused, TryLater
from wapto.store import copying, integrity
from wapto.store.backup import backup
from wapto.store.database import connect, db
from wapto.store.models import ALL, Customer, InboxEntry, Order, OrderLine


def filled():
    shop, ana = a_number(), a_customer(user_id="BR.1")
    a_trigger(shop)
    first = an_order(shop, ana, agent=an_agent(), flags=["odd"], note="Ângela\t\\N\n“x”")
    an_order(shop, ana, earlier=first, earlier_choice="waiting")
    InboxEntry.create(body=b"\x00\xff{", received_at=NOW, state="new")


def test_a_backup_has_what_was_committed_and_not_what_was_begun(sqlite_store, tmp_path):
    an_order()
    other = sqlite3.connect(sqlite_store.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE orders SET note = 'begun'")
    backup(sqlite_store, tmp_path / "copy.db")
    other.execute("ROLLBACK")
    other.close()
    db.close()
    connect(f"sqlite:///{tmp_path}/copy.db")
    assert Order.get().note == ""
    assert integrity.broken_pages() == []


def test_a_backup_is_one_file_of_its_owners_and_says_how_far_it_is(sqlite_store, tmp_path):
    heard = []
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    backup(sqlite_store, target, lambda done, total: heard.append((done, total)))
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert heard[-1][0] == heard[-1][1]


def test_a_backup_never_replaces_a_file(store, tmp_path):
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(InvalidInput, match="there already"):
        backup(store, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "mine"
    with pytest.raises(Misconfigured, match="cannot be written"):
        backup(store, tmp_path / "nowhere" / "copy")


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(TryLater, match="not a database"):
        backup(f"sqlite:///{tmp_path}/text", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_dump_of_postgresql_can_be_restored(postgres_store, postgres_server, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(find_postgres()), prepend=":")
    an_order()
    backup(postgres_store, tmp_path / "copy.dump")
    empty = postgres_server.create_database()
    subprocess.run(["pg_restore", f"--dbname={empty}", tmp_path / "copy.dump"], check=True, timeout=60)
    with psycopg.connect(empty) as restored:
        assert restored.execute("SELECT count(*) FROM orders").fetchone() == (1,)


def test_without_pg_dump_the_package_is_named(postgres_store, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured, match="postgresql-client"):
        backup(postgres_store, tmp_path / "copy.dump")
    assert list(tmp_path.iterdir()) == []


def test_a_store_moves_to_postgresql_and_goes_on_there(sqlite_store, postgres_url):
    filled()
    copied = copying.copy_to(postgres_url)
    assert {table.table for table in copied} == {model._meta.table_name for model in ALL}
    assert sum(table.rows for table in copied) == copying.count() == 11
    db.close()
    connect(postgres_url)
    first, second = Order.select().order_by(Order.id)
    assert (first.note, first.flags, first.is_open) == ("Ângela\t\\N\n“x”", ["odd"], True)
    assert second.earlier_id == first.id
    assert bytes(InboxEntry.get().body) == b"\x00\xff{"
    assert a_customer(phone=None).id == 2
    assert list(integrity.lost_references()) == []


def test_a_database_that_holds_a_store_is_left_alone(sqlite_store, postgres_url):
    filled()
    copying.copy_to(postgres_url)
    with pytest.raises(InvalidInput, match="holds a store already"):
        copying.copy_to(postgres_url)


def test_a_change_meanwhile_keeps_nothing(sqlite_store, postgres_url):
    filled()
    other = sqlite3.connect(sqlite_store.removeprefix("sqlite:///"), isolation_level=None)
    with pytest.raises(Refused, match="changed while it was copied"):
        copying.copy_to(postgres_url, lambda rows: other.execute("UPDATE orders SET note = 'changed'"))
    other.close()
    with psycopg.connect(postgres_url) as target:
        assert target.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_a_copy_goes_from_sqlite_to_postgresql_alone(sqlite_store, tmp_path):
    with pytest.raises(InvalidInput, match="Name a PostgreSQL database"):
        copying.copy_to(f"sqlite:///{tmp_path}/other.db")


def test_a_row_that_names_nobody_is_found(sqlite_store):
    an_order()
    db.execute_sql("PRAGMA foreign_keys = 0")
    OrderLine.update(order=99).execute()
    Customer.delete().execute()
    found = list(integrity.lost_references())
    assert "1 rows of order_lines name a order by order_id that is not there." in found
    assert len(found) == 3


def test_a_damaged_file_is_found(sqlite_store):
    for _ in range(20):
        a_customer(phone=None, name="x" * 2000)
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    path = sqlite_store.removeprefix("sqlite:///")
    with open(path, "r+b") as file:
        file.seek(-8192, 2)
        file.write(b"\xff" * 8192)
    assert integrity.broken_pages()
