"""The command as a whole: what is there, how it explains itself, and how it ends."""

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import pytest
import rich_click as click

from cli.main import COMMANDS
from tests.cli.processes import free_port
from tests.cli.running import ENOUGH, Terminal
from wapto.store.database import db
from wapto.store.models import Agent

# What the contract promises.
PROMISED = {
    "init": "", "up": "", "web": "", "worker": "", "scheduler": "", "sandbox": "", "doctor": "", "manifest": "",
    "numbers": "add list show set remove", "agents": "add list set remove",
    "orders": "list show assign release status set note timeline create edit bulk picklist watch export",
    "customers": "list show set tag note merge unmerge forget export", "catalog": "sync list check map",
    "templates": "sync list show create lint", "triggers": "list set remove preview rehearse variables",
    "messages": "list show retry drop", "inbox": "list show replay", "surveys": "list report",
    "report": "orders agents messages", "db": "migrate backup check copy", "completion": "",
}  # fmt: skip
LISTING = ["list", "show", "timeline", "variables"]


def every_command():
    for name, (module, _) in COMMANDS.items():
        command = getattr(importlib.import_module(module), name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {one}", command.commands[one]) for one in command.commands)
        else:
            yield name, command


def process(*words, code="", **env):
    """`wapto WORDS` as a process of its own."""
    command = [sys.executable, *(["-c", code] if code else ["-m", "cli"]), *words]
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(command, env=clean | env, capture_output=True, text=True, timeout=30)


def test_every_promised_command_is_there():
    promised = {f"{group} {one}" for group, names in PROMISED.items() for one in names.split() or [""]}
    assert {name.strip() for name in promised} <= set(dict(every_command()))


@pytest.mark.parametrize("name", [name for name, _ in every_command()])
def test_every_command_explains_itself_with_an_example(name):
    done = Terminal()(*name.split(), "--help")
    assert (done.code, done.err) == (0, "")
    example = " ".join(done.out.partition("Example:")[2].split())
    assert re.match(rf"([A-Z_]+=\S+ )?wapto {name}\b", example)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_level_explains_itself_with_an_example(name):
    done = Terminal()(name, "-h")
    assert done.code == 0
    assert f"wapto {name}" in " ".join(done.out.partition("Example:")[2].split())


@pytest.mark.parametrize("name", [name for name, _ in every_command() if name.split()[-1] in LISTING])
def test_whatever_lists_or_shows_has_the_formats(name):
    options = {option for parameter in dict(every_command())[name].params for option in parameter.opts}
    assert {"--format", "--json"} <= options


def test_help_lists_all_commands_and_loads_none_of_them():
    heavy = ["peewee", "psycopg", "slack_sdk", "slack_bolt", "flask", "rq", "requests", "babel"]
    code = f"""
import sys
from cli.main import main
try:
    main(["--help"])
finally:
    print(*[name for name in {heavy} if name in sys.modules], file=sys.stderr)
"""
    done = process(code=code)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert [name for name in COMMANDS if name not in done.stdout] == []


HEAVY = ["psycopg", "slack_sdk", "slack_bolt", "flask", "rq", "requests", "structlog", "pygments", "asyncio"]


def test_listing_orders_loads_nothing_that_takes_long(sqlite_store):
    code = f"""
import sys
from cli.main import main
try:
    main(["orders", "list", "--json"])
finally:
    print(*[name for name in {HEAVY} if type(sys.modules.get(name)) is type(sys)], file=sys.stderr)
"""
    done = process(code=code, DATABASE_URL=sqlite_store)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (0, "[]\n", "")


def test_what_is_loaded_late_is_loaded_when_it_is_used(sqlite_store):
    shop = (
        "numbers",
        "add",
        "1100000000001",
        "--waba",
        "200000000000001",
        "--slack-channel",
        "C0123",
        "--currency",
        "BRL",
    )
    made = ("orders", "create", "--customer", "+55 11 98888-7777", "--item", "MUG=2@19.90", "--json")
    assert process(*shop, DATABASE_URL=sqlite_store).returncode == 0
    done = process(*made, DATABASE_URL=sqlite_store)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total"] == "39.80"


def test_help_is_quick():
    def seconds():
        began = time.perf_counter()
        process("--help")
        return time.perf_counter() - began

    assert min(seconds() for _ in range(4)) < 1  # 0.15 on an idle machine


@pytest.mark.parametrize("words", [["ordrs"], ["orders", "lst"], ["orders", "list", "--nonsense"], ["orders", "show"]])
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(words):
    done = Terminal()(*words)
    assert (done.code, done.out) == (2, "")
    assert "Error" in done.err


def test_a_mistyped_command_is_answered_with_the_nearest():
    assert "orders" in Terminal()("ordrs").err
    assert "list" in Terminal()("orders", "lst").err


def test_a_refusal_is_one_sentence_on_stderr_and_ends_with_1(tmp_path):
    done = process("orders", "list", DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"There is no database {tmp_path}/none.db; go where it is, or make one with `wapto db migrate`.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_missing_settings_are_listed_in_one_message(wapto):
    done = wapto("web", SLACK_BOT_TOKEN="token", PORT="http")
    assert (done.code, done.out) == (1, "")
    for name in ("META_APP_SECRET", "META_VERIFY_TOKEN", "SLACK_SIGNING_SECRET", "WAPTO_SECRET_KEY", "REDIS_URL"):
        assert f"{name} is missing." in done.err
    assert "SLACK_BOT_TOKEN must start with xoxb-" in done.err
    assert "PORT must be a port number" in done.err


@pytest.mark.parametrize("url", ["mysql://x", "wapto.db"])
def test_a_malformed_database_url_is_refused_in_words(wapto, url):
    assert "DATABASE_URL must look like" in wapto("orders", "list", DATABASE_URL=url).err


def test_a_malformed_redis_url_is_refused_in_words(wapto):
    done = wapto("orders", "list", REDIS_URL="localhost:6379")
    assert (done.code, done.out) == (1, "")
    assert "REDIS_URL must look like" in done.err


def test_a_command_works_while_redis_is_away(wapto):
    added = ("agents", "add", "--slack", "U0ANA", "--name", "Ana")
    assert wapto(*added, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0").code == 0


def test_a_database_out_of_reach_is_said_to_be_so(wapto):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere"
    assert "database cannot be reached" in wapto("orders", "list", DATABASE_URL=url).sentence


def test_a_database_of_an_older_version_is_left_alone(wapto):
    db.execute_sql("DELETE FROM schema_migration")
    assert "wapto db migrate" in wapto("agents", "list").sentence


def test_a_fault_of_ours_is_one_sentence_and_its_traceback_is_in_a_file(wapto, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    db.execute_sql("CREATE TRIGGER fault BEFORE INSERT ON agents BEGIN SELECT RAISE(ABORT, 'a fault of ours'); END")
    sentence = wapto("agents", "add", "--slack", "U0ANA", "--name", "Ana").sentence
    [report] = tmp_path.glob("wapto-fault-*")
    assert str(report) in sentence
    assert "Traceback" in report.read_text()
    assert "a fault of ours" in report.read_text()


def test_what_has_no_room_to_be_written_is_one_sentence(sqlite_store):
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)); from cli.main import main; main()"
    with tempfile.TemporaryFile() as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30
        )
    assert done.returncode == 1
    assert done.stderr == "What Wapto wrote has no room (File too large); make some, then run this again.\n"


def test_a_reader_who_has_gone_is_no_fault(sqlite_store):
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "cli", "triggers", "variables"]
    env = os.environ | {"DATABASE_URL": sqlite_store}
    with os.fdopen(writing) as gone:
        done = subprocess.run(words, stdout=gone, stderr=subprocess.PIPE, env=env, timeout=30)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_version_is_printed():
    assert Terminal()("--version").out.startswith("wapto, version ")


def test_postgresql_serves_the_command_as_well(postgres_store):
    wapto = Terminal(DATABASE_URL=postgres_store, **ENOUGH)
    assert wapto.json("agents", "add", "--slack", "U0ANA", "--name", "Ana")["name"] == "Ana"
    assert Agent.get().name == "Ana"
