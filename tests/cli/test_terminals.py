"""Wapto at terminals of all kinds, and without one."""

import json

import pytest

from tests.cli.pseudo_terminal import at_terminal
from tests.cli.test_main import process
from tests.desk.builders import NOW, a_customer, a_number, an_order
from wapto.desk.orders import items, orders
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import order_number
from wapto.store.database import db
from wapto.store.models import Customer, Order


@pytest.fixture
def shop(sqlite_store):
    """A store with one order of Ângela's."""
    shop, angela = a_number(), a_customer(name="Ângela → 東")
    reading = items.read(["MUG=1@1"], "", shop.currency)
    order = orders.create(shop, angela, reading, actor=Actor("Rui", "cli"), now=NOW, key="1")
    db.close()
    return order, {"DATABASE_URL": sqlite_store}


def test_a_board_shows_orders_as_they_change_and_ends_with_ctrl_c(shop):
    order, env = shop
    with at_terminal("orders", "watch", "--every", "0.2", **env) as screen:
        screen.wait_for(order_number(order.id))
        screen.wait_for("Orders: 1")
        Order.update(status="shipped").where(Order.id == order.id).execute()
        screen.wait_for("shipped")
        screen.interrupt()
        assert screen.end() == 0


def test_a_board_without_a_terminal_is_refused(shop):
    done = process("orders", "watch", **shop[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert "needs a terminal" in done.stderr


@pytest.mark.parametrize("columns", [20, 200])
def test_a_table_fits_any_terminal(shop, columns):
    with at_terminal("orders", "list", columns=columns, **shop[1]) as screen:
        assert screen.end() == 0
    assert max(map(len, screen.text.splitlines())) <= columns


def test_a_table_breaks_no_words_and_stands_in_blocks_where_it_has_no_room(shop):
    with at_terminal("orders", "list", columns=48, **shop[1]) as screen:
        screen.end()
    heading, first, *_ = screen.text.splitlines()
    assert heading.split()[:3] == ["number", "status", "customer"]
    assert first.split()[:2] == [order_number(shop[0].id), "received"]
    assert "agent" not in heading, "nobody has any of them"
    with at_terminal("orders", "list", columns=30, **shop[1]) as screen:
        screen.end()
    assert screen.text.splitlines()[:2] == [f"number      {order_number(shop[0].id)}", "status      received"]


def test_colors_are_for_terminals_that_want_them(shop):
    with at_terminal("orders", "list", **shop[1]) as screen:
        screen.end()
    assert "\x1b[1m" in screen.raw
    with at_terminal("orders", "list", **shop[1], NO_COLOR="1") as screen:
        screen.end()
    assert "\x1b[3" not in screen.raw
    assert "\x1b" not in process("orders", "list", **shop[1]).stdout


def test_a_doctor_without_color_has_none(tmp_path):
    with at_terminal("doctor", DATABASE_URL=f"sqlite:///{tmp_path}/none.db", NO_COLOR="1") as screen:
        assert screen.end() == 1
    assert "\x1b[" not in screen.raw
    assert "settings" in screen.text


def test_a_long_table_is_paged_on_a_terminal_alone(shop, tmp_path):
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho paged; cat\n")
    pager.chmod(0o755)
    shop_, ana = a_number(phone_number_id="1100000000002"), Customer.get()
    for _ in range(12):
        an_order(shop_, ana)
    db.close()
    for words in (["list"], ["show", order_number(shop[0].id)]):
        for lines, is_paged in ((8, True), (60, False)):
            with at_terminal("orders", *words, lines=lines, PAGER=str(pager), **shop[1]) as screen:
                assert screen.end() == 0
            assert ("paged" in screen.text) is is_paged
    assert "paged" not in process("orders", "list", PAGER=str(pager), **shop[1]).stdout


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1", "nonsense"])
def test_what_a_program_reads_is_utf_8_in_any_locale(shop, locale):
    done = process("orders", "list", "--json", LC_ALL=locale, PYTHONIOENCODING="latin-1", **shop[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["customer"]["name"] == "Ângela → 東"


def test_a_terminal_that_lacks_a_character_shows_another(shop):
    with at_terminal("orders", "list", PYTHONIOENCODING="latin-1", **shop[1]) as screen:
        assert screen.end() == 0
    assert order_number(shop[0].id) in screen.text


@pytest.mark.parametrize(("keys", "is_gone"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_what_cannot_be_undone_is_asked_at_a_terminal(shop, keys, is_gone):
    number = shop[0].number.phone_number_id
    db.close()
    with at_terminal("numbers", "remove", number, **shop[1]) as screen:
        screen.wait_for("Remove the number")
        screen.type(keys)
        assert screen.end() == (0 if is_gone else 1)
    listed = json.loads(process("numbers", "list", "--json", **shop[1]).stdout)
    assert (listed == []) is is_gone


@pytest.mark.parametrize(("keys", "status"), [("n\n", "received"), ("y\n", "confirmed")])
def test_many_orders_are_moved_after_a_look_at_how_many(shop, keys, status):
    with at_terminal("orders", "bulk", "confirmed", "--status", "received", columns=120, **shop[1]) as screen:
        screen.wait_for("Move 1 order to Confirmed, and tell no customers?")
        screen.type(keys)
        assert screen.end() == (0 if status == "confirmed" else 1)
    [order] = json.loads(process("orders", "list", "--json", **shop[1]).stdout)
    assert order["status"] == status


def test_an_empty_list_and_a_cut_one_say_so_at_a_terminal_alone(shop):
    for words, said in ((["messages", "list"], "Nothing found."), (["orders", "list", "--limit", "1"], "--limit N")):
        with at_terminal(*words, **shop[1]) as screen:
            assert screen.end() == 0
        assert said in screen.text
        assert process(*words, **shop[1]).stderr == ""


def test_neither_yes_nor_a_script_is_asked(shop):
    number = shop[0].number.phone_number_id
    db.close()
    with at_terminal("numbers", "remove", number, "--yes", **shop[1]) as screen:
        assert screen.end() != 2
    assert "?" not in screen.text
