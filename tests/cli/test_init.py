"""`wapto init`: from nothing to a directory that Wapto can run in."""

import json
import stat

import pytest
from dotenv import dotenv_values

from bot.manifest import manifest
from sandbox.graph import Graph
from sandbox.graph.world import Number, Waba
from sandbox.slack import Slack
from tests.cli.processes import free_port
from tests.cli.running import ENOUGH
from tests.cli.running import Terminal as AnyTerminal

SHOP, WABA, CHANNEL = "100000000000001", "200000000000001", "C0ORDERS"
ASKED = {name: ENOUGH[name] for name in ENOUGH if name not in ("META_VERIFY_TOKEN", "WAPTO_SECRET_KEY")}


def Terminal(**settings):
    """With Meta and Slack out of reach, unless a test brings them."""
    away = f"http://127.0.0.1:{free_port()}"
    return AnyTerminal(**{"META_GRAPH_URL": away, "SLACK_API_URL": f"{away}/api/"} | settings)


@pytest.fixture
def services():
    """Stand-ins for Meta and Slack, with one number and one channel."""
    shop = Waba(WABA, [Number(SHOP, "+55 11 4000-0001", "Loja")], [])
    with (
        Graph([shop], access_tokens=["access-token"], app_secret="app-secret") as graph,
        Slack(manifest=manifest("https://desk.example")) as slack,
    ):
        slack.add_channel(CHANNEL, "orders", [])
        yield graph, slack


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder that one is in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_answers_may_come_from_the_environment(here):
    done = Terminal(**ASKED, WAPTO_PUBLIC_URL="https://desk.example.com")("init", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "https://desk.example.com/webhooks/whatsapp" in done.out
    written = dotenv_values(here / ".env")
    assert {name: written[name] for name in ASKED} == ASKED
    assert len(written["META_VERIFY_TOKEN"]) > 20
    assert written["META_VERIFY_TOKEN"] != written["WAPTO_SECRET_KEY"]
    assert Terminal()("orders", "list", "--json").json == []


def test_what_is_not_known_is_asked_and_secrets_are_not_shown(here):
    answers = "\nmy-secret\nmy-token\nxoxb-mine\nmy-signing\n\n\n"
    done = Terminal()("init", typing=answers)
    assert done.code == 0
    assert "App Secret" in done.out
    assert "my-secret" not in done.out
    written = dotenv_values(here / ".env")
    assert (written["META_APP_SECRET"], written["SLACK_BOT_TOKEN"]) == ("my-secret", "xoxb-mine")
    assert "WAPTO_PUBLIC_URL" not in written


def test_the_secrets_are_readable_by_their_owner_alone(here):
    (here / ".env").write_text("PORT=9000")
    (here / ".env").chmod(0o644)
    Terminal(**ASKED)("init", "--yes")
    assert stat.S_IMODE((here / ".env").stat().st_mode) == 0o600


def test_what_stands_in_the_file_stays_and_is_not_asked_again(here):
    (here / ".env").write_text("# mine\nMETA_VERIFY_TOKEN=mine\nPORT=9000")
    assert Terminal(**ASKED)("init", "--yes").code == 0
    text = (here / ".env").read_text()
    assert text.startswith("# mine\nMETA_VERIFY_TOKEN=mine\nPORT=9000\n")
    assert text.count("META_VERIFY_TOKEN") == 1
    again = Terminal()("init", "--yes")
    assert (again.code, (here / ".env").read_text()) == (0, text)


def test_any_secret_survives_the_file(here):
    odd = "a'b\"c\\d #e $HOME"
    Terminal(**ASKED | {"META_APP_SECRET": odd})("init", "--yes")
    assert dotenv_values(here / ".env")["META_APP_SECRET"] == odd


def test_a_secret_that_a_file_holds_is_neither_asked_nor_copied(here):
    (here / "secret").write_text("from a file")
    (here / "verify").write_text("from a file")
    known = {name: ASKED[name] for name in ASKED if name != "META_APP_SECRET"}
    files = {"META_APP_SECRET_FILE": str(here / "secret"), "META_VERIFY_TOKEN_FILE": str(here / "verify")}
    assert Terminal(**known, **files)("init", typing="\n\n\n").code == 0
    assert not {"META_APP_SECRET", "META_VERIFY_TOKEN"} & set(dotenv_values(here / ".env"))


def test_the_tokens_of_single_accounts_are_kept(here):
    assert Terminal(**ASKED, META_ACCESS_TOKEN_100="theirs")("init", "--yes").code == 0
    assert dotenv_values(here / ".env")["META_ACCESS_TOKEN_100"] == "theirs"


def test_what_is_missing_or_wrong_is_named_at_once_and_nothing_is_written(here):
    done = Terminal(SLACK_BOT_TOKEN="mine")("init", "--yes")
    assert (done.code, done.out) == (1, "")
    for fault in ("META_APP_SECRET is missing.", "META_ACCESS_TOKEN is missing.", "SLACK_BOT_TOKEN must start with"):
        assert fault in done.err
    assert list(here.iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_named(here):
    (here / ".env").mkdir()
    done = Terminal(**ASKED)("init", "--yes")
    assert done.code == 1
    assert f"{here}/.env cannot be written (Is a directory)" in done.sentence


def lines(*answers):
    return "".join(f"{answer}\n" for answer in answers)


def test_answers_are_tried_and_the_first_number_is_taken_in(here, services):
    graph, slack = services
    wapto = AnyTerminal(META_GRAPH_URL=graph.url, SLACK_API_URL=slack.api_url)
    meta = (graph.registry.app_id, "app-secret", "a wrong token", "access-token")
    rest = ("xoxb-wrong", slack.token, slack.signing_secret, "https://desk.example", WABA, "123456", SHOP, CHANNEL)
    done = wapto("init", typing=lines(*meta, *rest))
    assert (done.code, done.err) == (0, "")
    assert done.out.count("✗") >= 3
    assert "That account's numbers are: " + SHOP in done.out
    written = dotenv_values(here / ".env")
    assert (written["META_ACCESS_TOKEN"], written["SLACK_BOT_TOKEN"]) == ("access-token", slack.token)
    [number] = AnyTerminal()("numbers", "list", "--json").json
    assert (number["phone_number_id"], number["waba"], number["slack_channel"]) == (SHOP, WABA, CHANNEL)


@pytest.mark.parametrize("asks", [True, False])
def test_it_prints_the_manifest_and_the_fields_and_ends_with_the_doctor(here, asks):
    if asks:
        done = Terminal()("init", typing=lines("", "s", "t", "xoxb-1", "s", "https://desk.example", ""))
    else:
        done = Terminal(**ASKED, WAPTO_PUBLIC_URL="https://desk.example")("init", "--yes")
    shown = done.out[done.out.index("\n{") : done.out.index("\n}") + 2]
    assert json.loads(shown) == manifest("https://desk.example")
    assert "message_template_status_update" in done.out
    assert "What `wapto doctor` finds by now:" in done.out
    assert "✓ settings" in done.out


def test_an_answer_that_cannot_be_tried_is_kept(here):
    done = Terminal()("init", "--no-check", typing=lines("123456789", "s", "token", "xoxb-1", "s", "", ""))
    assert (done.code, done.out.count("? Not tried:")) == (0, 2)
    assert "What `wapto doctor` finds" not in done.out


def test_a_malformed_answer_is_asked_again(here):
    done = Terminal()("init", "--no-check", typing=lines("", "s", "t", "mine", "xoxb-1", "s", "", ""))
    assert done.code == 0
    assert "SLACK_BOT_TOKEN must start with xoxb-" in done.out


def test_whoever_insists_is_obeyed(here, services):
    graph, slack = services
    wapto = AnyTerminal(META_GRAPH_URL=graph.url, SLACK_API_URL=slack.api_url)
    done = wapto("init", "--no-check", typing=lines("", "s", "t", "xoxb-odd", "xoxb-odd", "s", "", ""))
    assert done.code == 0
    assert dotenv_values(here / ".env")["SLACK_BOT_TOKEN"] == "xoxb-odd"
