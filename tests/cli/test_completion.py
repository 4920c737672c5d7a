"""What a shell offers at Tab, asked the way the shells ask."""

import shutil
import subprocess

import pytest
import rich_click as click

from cli import complete
from tests.cli.test_main import every_command, process
from tests.desk.builders import a_number, a_template, an_agent, an_order
from wapto.domain.identity import order_number
from wapto.store.database import db


def offered(line, **env):
    """What bash is given for the last word of `line`."""
    words = line.split(" ")
    asking = {"_WAPTO_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = process(code="from cli.main import main; main()", **asking, **env)
    assert (done.returncode, done.stderr) == (0, "")
    return [answer.split(",", 1)[1] for answer in done.stdout.splitlines() if answer]


@pytest.fixture
def shop(sqlite_store):
    """A store with an order, an agent and a template; its address."""
    order = an_order(a_number())
    an_agent(name="Rui")
    a_template()
    db.close()
    return {"DATABASE_URL": sqlite_store, "number": order_number(order.id)}


def test_commands_are_completed_at_every_level():
    assert offered("wapto ord") == ["orders"]
    assert {"list", "show", "export"} <= set(offered("wapto orders "))


def test_order_numbers_are_completed_from_the_store_in_any_case(shop):
    url, number = shop["DATABASE_URL"], shop["number"]
    assert offered("wapto orders show ", DATABASE_URL=url) == [number]
    assert offered(f"wapto orders show {number[:3].lower()}", DATABASE_URL=url) == [number]
    assert offered("wapto orders show X", DATABASE_URL=url) == []


def test_agents_templates_and_statuses_are_completed(shop):
    url = shop["DATABASE_URL"]
    assert offered(f"wapto orders assign {shop['number']} r", DATABASE_URL=url) == ["Rui"]
    assert offered("wapto triggers set shipped --template ", DATABASE_URL=url) == ["order_update"]
    assert offered("wapto orders list --status ship", DATABASE_URL=url) == ["shipped"]
    assert "ready_for_pickup" in offered("wapto orders bulk ", DATABASE_URL=url)


def test_without_a_store_nothing_is_offered_and_nothing_said(tmp_path):
    assert offered("wapto orders show ", DATABASE_URL=f"sqlite:///{tmp_path}/none.db") == []
    assert offered("wapto orders show ", DATABASE_URL="nonsense") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_it_can_read(shell, tmp_path):
    done = process("completion", shell)
    assert (done.returncode, "_WAPTO_COMPLETE" in done.stdout) == (0, True)
    if path := shutil.which(shell):
        (tmp_path / "script").write_text(done.stdout)
        subprocess.run([path, "-n", tmp_path / "script"], check=True)


def test_zsh_and_fish_are_told_what_a_number_means(shop):
    env = {"DATABASE_URL": shop["DATABASE_URL"], "COMP_WORDS": "wapto orders show ", "COMP_CWORD": "3"}
    zsh = process(code="from cli.main import main; main()", _WAPTO_COMPLETE="zsh_complete", **env)
    assert zsh.stdout.splitlines() == ["plain", shop["number"], "received, Ana Lima"]
    fish = process(
        code="from cli.main import main; main()", _WAPTO_COMPLETE="fish_complete", **env | {"COMP_CWORD": ""}
    )
    assert fish.stdout == f"plain,{shop['number']}\treceived, Ana Lima\n"


LIVE = {
    "number": complete.order, "agent": complete.agent, "status": complete.status,
    "template": complete.template, "fallback": complete.template, "phone_number_id": complete.number,
}  # fmt: skip
BORN = {"numbers add phone_number_id", "agents add agent"}  # what is not there yet


@pytest.mark.parametrize("name", [name for name, _ in every_command()])
def test_whatever_names_something_of_the_store_is_completed_from_it(name):
    asked = [one for one in dict(every_command())[name].params if one.name in LIVE]
    for one in asked:
        is_of_shop = one.name == "number" and "--number" in one.opts
        fixed = isinstance(one.type, click.Choice)
        if not (fixed or is_of_shop or f"{name} {one.name}" in BORN):
            assert one._custom_shell_complete is LIVE[one.name]


def test_states_and_business_numbers_are_completed(shop):
    url = shop["DATABASE_URL"]
    assert offered("wapto messages list --state fa") == ["failed"]
    assert offered("wapto numbers show ", DATABASE_URL=url) == ["1100000000001"]
