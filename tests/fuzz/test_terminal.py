"""Whatever is typed after `wapto`: exit code 0, 1 or 2, one sentence if refused, no command to the screen."""

import importlib
import re

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.main import COMMANDS, wapto
from sandbox.graph import Graph
from tests.cli.processes import NOWHERE, SLACK_AWAY
from tests.cli.running import ENOUGH, Terminal
from tests.desk.builders import NOW, a_customer, a_number, an_agent
from tests.fuzz.hostile import MANY, words
from wapto.desk.orders import items, orders
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import order_number
from wapto.store.database import db

# What stays running, waits for a person, writes beside the store, or tries to reach another one.
LEFT_OUT = {"init", "up", "web", "worker", "scheduler", "sandbox", "doctor", "watch", "backup", "copy", "completion"}
BY_ADMIN = {"actor": Actor("admin", "cli"), "now": NOW, "key": "1"}
LEFT_OUT |= {"migrate", "sync", "rehearse"}
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def leaves(command, path=()):
    """Each command with its words."""
    if path and path[-1] in LEFT_OUT:
        return
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, child in command.commands.items():
        loaded = child if path else getattr(importlib.import_module(COMMANDS[name][0]), name)
        yield from leaves(loaded, (*path, name))


LEAVES = list(leaves(wapto))


@pytest.fixture
def shop(sqlite_store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    customer = a_customer(name="\x1b[2J\u202eAna\x9b1m\r\n=1+1")
    order = orders.create(a_number(), customer, items.read(["S1=2@3"], "\x1b]0;owned\x07", "BRL"), **BY_ADMIN)
    an_agent(slack="U1", name="Rui")
    db.close()
    with Graph([], access_tokens=[ENOUGH["META_ACCESS_TOKEN"]], app_secret=ENOUGH["META_APP_SECRET"]) as graph:
        outside = {"META_GRAPH_URL": graph.url, "SLACK_API_URL": SLACK_AWAY, "REDIS_URL": NOWHERE}
        yield Terminal(**ENOUGH, **outside, DATABASE_URL=sqlite_store), order_number(order.id)


@st.composite
def lines(draw, number):
    """A command with some of its options, and something after each."""
    path, command = draw(st.sampled_from(LEAVES))
    typed = list(path)
    good = st.sampled_from([number, "1", "Rui", "+5511988887777", "shipped", "en", "2026-11-25", "S1=2", "name=Bia"])
    for param in command.params:
        if param.name == "output" or isinstance(param.type, click.Path):
            continue
        value = draw(good | words)
        if isinstance(param, click.Argument):
            typed += [value] * draw(st.integers(0, 2) if param.nargs == -1 else st.just(1))
        elif draw(st.integers(0, 3)) == 0:
            typed += [param.opts[0]] if param.is_flag or isinstance(param.type, click.types.BoolParamType) else []
            typed += [] if param.is_flag else [param.opts[0], value]
    return tuple(word.replace("\x00", "").encode("utf-8", "replace").decode() for word in typed)


@MANY
@given(data=st.data())
def test_whatever_is_typed_after_wapto(shop, tried, data):
    terminal, number = shop
    typed = data.draw(lines(number))
    done = terminal(*typed)
    tried[typed[:2]] += 1
    assert done.code in (0, 1, 2), done
    assert "unexpectedly" not in done.err, done.err
    assert "Traceback" not in done.err
    if done.code == 1:
        assert len(done.err.splitlines()) == 1, done.err
    assert not OBEYED.search(done.out), done.out
    assert not OBEYED.search(done.err), done.err


@pytest.mark.parametrize("fmt", ["table", "json", "csv"])
@pytest.mark.parametrize("command", ["orders list", "customers list", "orders show", "customers show 1"])
def test_nothing_that_is_printed_is_a_command_to_the_screen(shop, command, fmt):
    terminal, number = shop
    done = terminal(*command.replace("orders show", f"orders show {number}").split(), "--format", fmt)
    assert done.code == 0, done.err
    assert not OBEYED.search(done.out.replace("\r\n", "\n"))
