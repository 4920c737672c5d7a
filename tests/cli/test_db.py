"""`wapto db`: a database is made, and brought to this version's shape."""

import json

from tests.cli.running import Terminal
from tests.desk.builders import an_order


def test_a_database_is_made_and_brought_up_to_date_once(tmp_path):
    wapto = Terminal(DATABASE_URL=f"sqlite:///{tmp_path}/wapto.db")
    first = wapto("db", "migrate")
    assert (first.code, first.out) == (0, "")
    assert first.err.startswith("Applied 0001_first")
    assert wapto("db", "migrate").err == "The database is up to date.\n"
    assert wapto.json("orders", "list") == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    wapto = Terminal(DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/wapto.db")
    assert wapto("db", "migrate").sentence


def test_help_needs_no_settings():
    assert Terminal(DATABASE_URL="nonsense")("db", "migrate", "--help").code == 0
    assert "DATABASE_URL must look like" in Terminal(DATABASE_URL="nonsense")("db", "migrate").err


def test_a_sound_store_passes_every_check(store):
    done = Terminal(DATABASE_URL=store)("db", "check", "--json")
    assert done.code == 0
    states = {row["check"]: row["state"] for row in json.loads(done.out)}
    pages = "pass" if store.startswith("sqlite") else "skipped"
    assert states == {"pages": pages, "references": "pass", "sums": "pass", "timeline": "pass"}


def test_what_is_wrong_is_said_and_ends_with_1(wapto):
    an_order()
    done = wapto("db", "check", "--json")
    assert done.code == 1
    assert done.err.startswith("Something is wrong with timeline")
    [timeline] = [row for row in json.loads(done.out) if row["check"] == "timeline"]
    assert (timeline["state"], timeline["faults"] > 0) == ("fail", True)


def test_a_backup_is_written(wapto, tmp_path):
    done = wapto("db", "backup", tmp_path / "copy.db")
    assert (done.code, done.out) == (0, "")
    assert Terminal(DATABASE_URL=f"sqlite:///{tmp_path}/copy.db").json("orders", "list") == []


def test_a_store_is_copied_to_postgresql_and_the_tables_are_listed(wapto, postgres_url):
    made = ("orders", "create", "--customer", "+5511988887777", "--item", "MUG=1@1", "--json")
    wapto("numbers", "add", "1100000000001", "--waba", "200000000000001", "--slack-channel", "C0123")
    number = wapto.json(*made[:-1])["number"]
    done = wapto("db", "copy", postgres_url, "--format", "json")
    assert (done.code, {row["table"]: row["rows"] for row in json.loads(done.out)}["orders"]) == (0, 1)
    there = Terminal(DATABASE_URL=postgres_url)
    assert there.json("orders", "show", number)["number"] == number
    assert there.json("orders", "show", number, "--at", "2100-01-01")["status"] == "received"
    assert there("db", "check").code == 0
