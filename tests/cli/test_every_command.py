"""Every command there is, whatever it is given and wherever it runs: it answers, and never with a traceback.

The commands are asked of click and called as their own examples say, so that a new one is tried without being named.
"""

import inspect
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rich_click as click

from sandbox.graph.templates import template as definition
from tests.cli.clinic import Clinic, now
from tests.cli.processes import META_AWAY, NOWHERE, SLACK_AWAY, free_port
from tests.cli.pseudo_terminal import at_terminal
from tests.cli.running import ENOUGH, Done, Terminal
from tests.cli.test_main import every_command
from tests.desk.builders import a_customer, a_template, a_trigger, an_agent
from tests.desk.playing import ADMIN
from tests.meta.builders import WABA
from wapto.desk.orders import items, orders
from wapto.domain.identity import order_number
from wapto.store.database import db
from wapto.store.models import Order

COMMANDS = dict(every_command())
# These stay; tests/cli/test_serve.py, tests/cli/test_first_day.py and tests/road run them.
PROCESSES = {"up", "web", "worker", "scheduler", "sandbox"}
ENDING = sorted(set(COMMANDS) - PROCESSES)
STORED = sorted({name for name in ENDING if " " in name} - {"db migrate", "db backup"})
# What is outside of this machine, or takes long to give up, is called in another way than in the example.
INSTEAD = {
    "db copy": ["postgresql://nobody@127.0.0.1:9/nowhere"],
    "templates create": ["--name", "x", "--body", "Hello", "--language", "en"],
}
NO_NETWORK = ENOUGH | {"META_GRAPH_URL": META_AWAY, "SLACK_API_URL": SLACK_AWAY}
WAPTO = Path(sys.executable).with_name("wapto")


def example(name):
    """The words of a command as its help has them, without `wapto`, settings before it and a redirection behind it."""
    text = " ".join(inspect.cleandoc(COMMANDS[name].help).partition("Example:")[2].split())
    words = shlex.split(text.partition(" >")[0].partition("wapto ")[2])
    return [*name.split(), *INSTEAD[name]] if name in INSTEAD else words


def options(name):
    return {option for parameter in COMMANDS[name].params for option in parameter.opts}


def calls(name):
    """The example, and where there is `--json` the example with it."""
    words = example(name)
    yield words
    if "--json" in options(name) and not {"--format", "--json", "--raw"} & set(words):
        yield [*words, "--json"]


def answers(done, words):
    """It did something or says in words why not; what a program reads is whole."""
    assert done.code in (0, 1)
    assert not re.search("Traceback|unexpectedly|Error:", done.err)
    if done.code == 1:
        assert re.search(r"\w", done.err + done.out)
    elif "--json" in words:
        json.loads(done.out)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where files go that an example writes."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ENDING)
def test_over_an_empty_store_without_redis_and_network(folder, store, name):
    wapto = Terminal(**NO_NETWORK, DATABASE_URL=store, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    for words in calls(name):
        answers(wapto(*words), words)


def no_database(folder):
    (folder / "wapto.db").write_text("this is no database " * 100)


def no_file(_folder):
    pass


def damaged(folder):
    """Its first pages say what there is; what they point to is not there."""
    file = folder / "wapto.db"
    file.write_bytes(file.read_bytes()[: 4096 * 8] + b"\xa5" * 4096 * 400)


@pytest.fixture
def url(folder, migrated_file):
    """The address of a store that a test may break."""
    return f"sqlite:///{shutil.copy(migrated_file, folder / 'wapto.db')}"


@pytest.mark.parametrize("breaks", [no_database, no_file, damaged])
@pytest.mark.parametrize("name", STORED)
def test_over_a_broken_store(folder, url, name, breaks):
    if breaks is no_file:
        (folder / "wapto.db").unlink()
    breaks(folder)
    words = example(name)
    answers(Terminal(**NO_NETWORK, DATABASE_URL=url)(*words), words)


@pytest.mark.parametrize("name", STORED)
def test_while_postgresql_is_away(folder, name):
    words = example(name)
    done = Terminal(**NO_NETWORK, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere")(*words)
    assert (done.code, done.sentence) == (1, "The database cannot be reached; nothing was changed.")


@pytest.mark.parametrize("name", ENDING)
def test_without_any_settings(folder, name):
    words = example(name)
    answers(Terminal()(*words), words)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_wrong_usage_ends_with_2_and_changes_nothing(name):
    for words in mistakes(name):
        done = Terminal(DATABASE_URL="nonsense")(*name.split(), *words)
        assert (done.code, done.out) == (2, ""), words
        assert "Error" in done.err


def mistakes(name):
    """An option that there is not, arguments left out, and values that an option cannot have."""
    parameters = COMMANDS[name].params
    yield ["--nonsense"]
    given = example(name)[len(name.split()) :]
    if any(parameter.required for parameter in parameters):
        yield []
    for parameter in parameters:
        limited = isinstance(parameter.type, click.Choice | click.IntRange | click.FloatRange)
        if limited and isinstance(parameter, click.Option) and not parameter.is_flag:
            yield [*given, parameter.opts[-1], "none of them"]


@pytest.fixture(scope="module")
def an_empty_store(migrated_file, tmp_path_factory):
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path_factory.mktemp('store') / 'wapto.db')}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDING)
def test_the_installed_command_without_a_terminal_in_a_locale_of_old(folder, an_empty_store, name):
    db.close()
    env = NO_NETWORK | {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"}
    words = example(name)
    done = subprocess.run(
        [WAPTO, *words],
        env=env | {"DATABASE_URL": an_empty_store},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    answers(Done(done.returncode, done.stdout.decode(), done.stderr.decode()), words)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(ENDING) - {"orders watch", "init"}))  # those stay, or ask
def test_the_command_at_a_narrow_terminal_in_another_locale(folder, an_empty_store, name):
    env = NO_NETWORK | {"DATABASE_URL": an_empty_store, "PYTHONIOENCODING": "latin-1", "PAGER": "cat"}
    sure = ["--yes"] if "--yes" in options(name) else []
    with at_terminal(*example(name), *sure, columns=20, **env) as screen:
        assert screen.end() in (0, 1)
    assert not re.search("Traceback|unexpectedly", screen.text.replace("\n", ""))


# Examples that speak of what this shop has not, or has already, with words of why they are refused.
REFUSED = {
    "agents add": "already on the roster",
    "catalog map": "no item “SHIRT-RED-M”",
    "customers confirm": "no new number",
    "customers unmerge": "is not merged",
    "db copy": "cannot be reached",
    "inbox show": "no inbox entry 12",
    "messages drop": "no message 12",
    "messages retry": "no message 12",
    "messages show": "no message 12",
    "numbers add": "is there already",
    "orders price": "settled already",
    "orders second-cart": "no second cart",
    "orders show": "was not there yet",
    "orders watch": "needs a terminal",
    "orders undo": "has not been moved",
    "replies remove": "no quick reply “Pix”",
    "surveys ask": "is Received by now",
    "surveys close": "no recovery",
    "templates create": "does not say which order",
    "templates lint": "found.",
    "templates show": "no template “wapto_shipped”",
}


@pytest.fixture
def clinic(folder, sqlite_store):
    """A shop with an order of Ana's, customer 7, and what else most examples speak of."""
    with Clinic(sqlite_store, NOWHERE) as clinic:
        a_customer("+5511900000012", id=12, name="Bia")
        reading = items.read(("MUG=2@19.90",), "", "BRL")
        orders.create(clinic.number, a_customer(id=7), reading, actor=ADMIN, now=now(), key="1")
        an_agent(name="Rui", team="Shirts")
        an_agent(name="Eva")
        named = "Order {{1}} of {{2}} is on its way; your order is {{1}}."
        a_template(definition("order_shipped", "en", named), waba=WABA)
        for status in ("shipped", "pending"):
            a_trigger(clinic.number, status)
        clinic.wapto("numbers", "set", clinic.number.phone_number_id, "promises=received=30m")
        yield clinic


@pytest.mark.parametrize("name", sorted(set(ENDING) - {"doctor"}))  # tests/cli/test_doctor.py has a whole shop
def test_every_example_does_what_it_says(clinic, name):
    number = order_number(Order.get().id)
    done = clinic.wapto(*(word.replace("W-7KQ2", number) for word in example(name)))
    if name in REFUSED:
        assert REFUSED[name] in done.err
    assert done.code == (name in REFUSED), done.err
