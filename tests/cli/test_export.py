"""`wapto orders export` and `wapto customers export`: whole, harmless to spreadsheets, and streamed."""

import csv
import io
import json
import os
import stat
import subprocess
import sys

import pytest

from tests.cli.running import Terminal
from tests.desk.builders import NOW, a_customer, a_number, an_agent, an_order
from tests.desk.playing import ADMIN
from wapto.desk.orders import export
from wapto.desk.orders.search import Filter
from wapto.store.models import Adjustment, Customer, Order, OrderLine


@pytest.fixture
def wapto(store):
    """The command, on an empty store of each engine."""
    return Terminal(DATABASE_URL=store)


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def shop_with(count, **changes):
    shop, ana = a_number(), a_customer()
    return [an_order(shop, ana, **changes) for _ in range(count)]


def test_orders_are_a_row_each_with_names_and_sums(wapto):
    shop, ana, rui = a_number(), a_customer(user_id="BR.1"), an_agent()
    order = an_order(shop, ana, agent=rui, note="Gift", flags=["odd_quantity"], total_minor=10_970)
    Adjustment.create(order=order, kind="shipping", amount_minor=1_000, currency="BRL")
    [row] = read(wapto("orders", "export").out)
    assert (row["customer"], row["phone"], row["user_id"]) == ("Ana Lima", "'+5511988887777", "BR.1")
    assert (row["agent"], row["total"], row["shipping"], row["currency"]) == ("Rui", "109.70", "10.00", "BRL")
    assert row["created_at"] == "2026-11-25T09:00:00Z"
    assert json.loads(row["items"])[0]["line_total"] == "99.70"


def test_lines_are_a_row_each(wapto):
    order = an_order()
    OrderLine.create(order=order, position=2, sku="S2", name="Cap", quantity=None, currency=None, flags=["no_price"])
    first, second = read(wapto("orders", "export", "--lines").out)
    assert (first["sku"], first["quantity"], first["unit_price"], first["line_total"]) == ("S1", "2", "49.85", "99.70")
    assert (second["sku"], second["quantity"], second["line_total"]) == ("S2", "", "")


def test_json_lines_are_an_object_a_line(wapto):
    shop_with(2)
    rows = [json.loads(line) for line in wapto("orders", "export", "--format", "jsonl").out.splitlines()]
    assert [row["items"][0]["sku"] for row in rows] == ["S1", "S1"]
    assert list(rows[0]) == list(export.ORDER_COLUMNS)


def test_no_cell_is_a_formula(wapto):
    an_order(customer=a_customer(name="=HYPERLINK(1)"), note="@SUM(A1)")
    [row] = read(wapto("orders", "export").out)
    assert (row["customer"], row["note"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")


def test_the_filters_of_the_list_hold_here_too(wapto):
    shop, ana = a_number(), a_customer()
    an_order(shop, ana, status="shipped")
    an_order(shop, ana)
    [row] = read(wapto("orders", "export", "--status", "shipped").out)
    assert row["status"] == "shipped"


def test_an_empty_store_still_names_the_columns(wapto):
    assert wapto("orders", "export").out.strip().split(",") == list(export.ORDER_COLUMNS)
    assert wapto("orders", "export", "--lines").out.strip().split(",") == list(export.LINE_COLUMNS)
    assert wapto("customers", "export").out.strip().split(",") == list(export.CUSTOMER_COLUMNS)
    assert wapto("orders", "export", "--format", "jsonl").out == ""


def test_orders_of_one_instant_are_exported_once_each_across_batches(store, monkeypatch):
    monkeypatch.setattr(export, "_BATCH", 3)
    made = shop_with(8)
    assert (
        len({row["number"] for row in export.orders(Filter(), actor=ADMIN, now=NOW)})
        == len(list(export.lines(Filter())))
        == len(made)
    )


def test_customers_are_a_row_each_without_those_who_were_merged(wapto):
    ana, bia = a_customer(), a_customer(phone=None, name="Bia")
    an_order(customer=ana)
    Customer.create(name="Ana again", created_at=ana.created_at, merged_into_id=ana.id)
    first, second = read(wapto("customers", "export").out)
    assert (first["name"], first["orders"], first["last_order_at"]) == ("Ana Lima", "1", "2026-11-25T09:00:00Z")
    assert (second["id"], second["orders"], second["last_order_at"]) == (str(bia.id), "0", "")


def test_a_file_is_whole_and_its_owners_alone(wapto, tmp_path):
    an_order()
    done = wapto("orders", "export", "--output", tmp_path / "orders.csv")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert len(read((tmp_path / "orders.csv").read_text())) == 1
    assert stat.S_IMODE((tmp_path / "orders.csv").stat().st_mode) == 0o600
    assert not (tmp_path / "orders.csv.part").exists()


def test_a_pipe_is_written_to_and_stays_a_pipe(wapto, tmp_path):
    an_order()
    os.mkfifo(pipe := tmp_path / "pipe")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert wapto("orders", "export", "--output", pipe).code == 0
    assert os.read(reader, 10_000).startswith(b"number,")
    assert pipe.is_fifo()
    os.close(reader)


def test_a_file_that_cannot_be_written_is_named(wapto, tmp_path):
    assert "nowhere" in wapto("orders", "export", "--output", tmp_path / "nowhere" / "orders.csv").sentence


def test_memory_does_not_grow_with_the_number_of_orders(sqlite_store):
    [order] = shop_with(1)
    taken = []
    for count in (1_500, 15_000):
        copy_until(order, count)
        taken.append(megabytes("orders", "export", DATABASE_URL=sqlite_store))
    assert taken[1] < taken[0] + 10, taken


def copy_until(order, count):
    """So many orders, of which SQLite makes all but the first itself."""
    columns = [field.column_name for field in Order._meta.sorted_fields if field.name not in ("id", "source_wamid")]
    names, missing = ", ".join(f'"{column}"' for column in columns), count - Order.select().count()
    Order._meta.database.execute_sql(
        f"WITH RECURSIVE serial(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM serial WHERE n < {missing}) "
        f"INSERT INTO orders ({names}) SELECT {names} FROM serial, orders WHERE id = {order.id}"
    )


def megabytes(*words, **env):
    """What `wapto WORDS` takes at most."""
    command = [sys.executable, "-m", "cli", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], **env})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / 1024
