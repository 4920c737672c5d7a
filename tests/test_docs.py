"""README and docs/ hold: their shell blocks run, their links lead somewhere, what is generated is up to date."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.manifest import manifest
from cli import reference
from sandbox.graph import Graph
from sandbox.graph.world import Number, Waba
from sandbox.slack import Slack
from tests.cli.processes import NOWHERE
from tests.cli.running import ENOUGH
from tests.desk.builders import NOTICE, NOW, a_customer, a_number, an_agent
from wapto.desk.orders import items, orders
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import order_number
from wapto.store.database import db

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOP, WABA, CHANNEL = "100000000000001", "200000000000001", "C0ORDERS"
IN_DOCS = "W-7KQ2"  # the order that the pages speak of

# Blocks that no test runs, by their first line, with the reason.
NOT_RUN = {
    "git clone ADDRESS wapto && cd wapto": "needs the network; tests/test_scripts.py runs the scripts",
    "script/sandbox": "stays up; tests/test_scripts.py and tests/road/test_sandbox.py run it",
    "script/test tests/domain -k money": "runs tests of its own",
}


def blocks():
    """Each shell block as (page, first line, block)."""
    for page in PAGES:
        for indent, text in re.findall(r"^( *)```sh\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.S | re.M):
            block = re.sub(rf"^{indent}", "", text, flags=re.M)
            yield page.name, block.splitlines()[0].partition("  #")[0].strip(), block


RUN = [block for block in blocks() if block[1] not in NOT_RUN]


@pytest.fixture
def shop(sqlite_store, tmp_path):
    """A folder with the `.env` of a shop that has a number, an agent and an order; Meta and Slack are stand-ins."""
    number = a_number(phone_number_id=SHOP, waba=WABA, slack_channel=CHANNEL)
    an_agent(slack="U0ANA", name="Ana", role="admin")
    reading = items.read(["MUG=2@19.90"], "", "BRL")
    order = orders.create(number, a_customer(), reading, actor=Actor("Ana", "cli"), now=NOW, key="1")
    db.close()
    world = Waba(WABA, [Number(SHOP, "+55 11 4000-0001", "Loja")], [NOTICE | {"name": "order_shipped"}])
    with (
        Graph([world], access_tokens=[ENOUGH["META_ACCESS_TOKEN"]], app_secret=ENOUGH["META_APP_SECRET"]) as graph,
        Slack(manifest=manifest("https://desk.example")) as slack,
    ):
        slack.add_channel(CHANNEL, "orders", [])
        outside = {"META_GRAPH_URL": graph.url, "SLACK_API_URL": slack.api_url, "REDIS_URL": NOWHERE}
        settings = {**ENOUGH, **outside, "SLACK_BOT_TOKEN": slack.token, "DATABASE_URL": sqlite_store}
        (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
        yield tmp_path, order_number(order.id)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "first", "block"), RUN, ids=[f"{page}: {first}" for page, first, _ in RUN])
def test_a_shell_block_runs(shop, page, first, block):
    folder, number = shop
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(IN_DOCS, number)],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "no_proxy": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_every_exception_is_still_there():
    assert set(NOT_RUN) <= {first for _, first, _ in blocks()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is_so_that_no_shell_block_is_missed(page):
    fences = re.findall(r"^ *```(.*)$", page.read_text(encoding="utf-8"), re.M)
    assert set(fences[::2]) <= {"sh", "text", "ini", "nginx", "json"}
    assert set(fences[1::2]) <= {""}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_page_of_commands_is_what_the_commands_say():
    page = (ROOT / "docs" / "admins.md").read_text(encoding="utf-8")
    assert page == reference.page(), "run `python -m cli.reference > docs/admins.md`"


def test_every_metric_is_on_the_page_for_operators():
    source = "".join(file.read_text() for room in ("wapto", "bot") for file in (ROOT / room).rglob("*.py"))
    metrics = set(re.findall(r'(?:Counter|Gauge|GaugeMetricFamily|Histogram)\(\s*"(wapto_\w+)"', source))
    documented = set(re.findall(r"^\| `(wapto_\w+)`", (ROOT / "docs" / "operations.md").read_text(), re.M))
    assert metrics == documented
