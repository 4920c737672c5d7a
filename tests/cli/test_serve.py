import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from bot.manifest import manifest
from cli.serve import _nearest
from sandbox.slack import Slack
from sandbox.slack.sockets import Sockets
from tests.cli.processes import Wapto, alive, wait_until
from tests.desk.builders import an_agent
from tests.web.builders import CART, signed
from wapto.desk.doctor import rounds
from wapto.desk.watch import admins
from wapto.jobs.wake import bell
from wapto.store import migrate
from wapto.store.database import connect, db, transaction
from wapto.store.models import Duty, Finding, InboxEntry
from wapto.web.webhook import MAX_BODY_BYTES, PATH

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path):
    connect(f"sqlite:///{tmp_path}/wapto.db")
    migrate.migrate()
    yield db
    db.close()


@pytest.fixture
def start(tmp_path):
    started = []

    def start(name, **changes):
        started.append(Wapto(name, tmp_path, **changes))
        return started[-1]

    yield start
    for wapto in started:
        left = [wapto.process.pid, *wapto.children()]
        for pid in left:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        wapto.process.wait(10)


@pytest.fixture
def web(store, start):
    """The web process; Redis, Slack and Meta are out of reach."""
    wapto = start("web")
    assert wait_until(wapto.answers, seconds=20), wapto.output
    return wapto


def test_web_starts_and_stores_carts_while_redis_slack_and_meta_are_away(web):
    assert [web.post_cart() for _ in range(3)] == [200, 200, 200]
    assert [bytes(entry.body) for entry in InboxEntry.select()] == [CART] * 3
    assert web.readiness() == {
        "database": "ok",
        "redis": "down",
        "worker": "down",
        "scheduler": "down",
        "slack": "ok",
    }


def test_web_refuses_what_is_too_large_however_it_is_sent(web):
    def at(size, headers=None, chunked=False):
        body = b'"' + b"x" * (size - 2) + b'"'
        data = (body[start : start + 100_000] for start in range(0, size, 100_000)) if chunked else body
        return requests.post(web.url + PATH, data=data, headers=signed(body), timeout=10).status_code

    assert [at(MAX_BODY_BYTES), at(MAX_BODY_BYTES, chunked=True)] == [200, 200]
    assert [at(MAX_BODY_BYTES + 1), at(MAX_BODY_BYTES + 1, chunked=True)] == [413, 413]


@pytest.mark.parametrize(("length", "status"), [("10000000000", b"413"), (str(len(CART) - 1), b"401"), ("-1", b"400")])
def test_web_is_not_taken_in_by_a_lying_content_length(web, length, status):
    signature = signed()["X-Hub-Signature-256"].encode()
    with socket.create_connection(("127.0.0.1", web.port), timeout=10) as connection:
        connection.sendall(
            b"POST %s HTTP/1.1\r\nHost: here\r\nX-Hub-Signature-256: %s\r\nContent-Length: %s\r\n\r\n%s"
            % (PATH.encode(), signature, length.encode(), CART)
        )
        assert connection.recv(100).split()[1] == status
    assert not InboxEntry.select().exists()


def test_web_answers_slack_and_takes_nothing_unsigned(web):
    assert requests.post(f"{web.url}/slack/events", json={}, timeout=10).status_code == 401


def test_web_ends_when_told_with_connections_open(web):
    with socket.create_connection(("127.0.0.1", web.port)):
        code, seconds = web.end()
    assert (code, seconds < 10) == (0, True)


def test_web_leaves_nobody_on_its_port_when_it_is_killed(web):
    children = web.children()
    web.end(signal.SIGKILL)
    assert wait_until(lambda: not any(map(alive, children)), seconds=10)


def test_a_second_web_process_on_a_port_is_refused(web, start):
    assert start("web", PORT=str(web.port)).refuses() == (
        f"Port {web.port} cannot be used (Address already in use): set PORT to a free one.\n"
    )


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_faulty_settings_are_all_named_at_once(store, start, name):
    said = start(name, REDIS_URL=None, META_APP_SECRET=None, SLACK_BOT_TOKEN="xoxp-1", PORT="70000").refuses()
    for setting in ("REDIS_URL is missing", "META_APP_SECRET is missing", "SLACK_BOT_TOKEN must", "PORT must"):
        assert setting in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_a_store_that_was_not_migrated_is_refused_in_one_sentence(start, name):
    said = start(name).refuses()
    assert "wapto db migrate" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["worker", "up"])
def test_a_database_that_is_away_is_refused_in_one_sentence(start, name):
    said = start(name, DATABASE_URL="postgresql://wapto@127.0.0.1:9/wapto").refuses()
    assert "The database cannot be reached" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_worker_and_scheduler_start_without_redis_and_slack_and_end_when_told(store, start, web, name):
    wapto = start(name)
    assert wait_until(lambda: web.readiness()[name] == "ok", seconds=20), wapto.output
    code, seconds = wapto.end()
    assert (code, seconds < 10) == (0, True)


def test_a_cart_is_taken_in_by_the_worker_at_once(store, start, redis_url):
    web, worker = start("web", REDIS_URL=redis_url), start("worker", REDIS_URL=redis_url)
    assert wait_until(web.answers, seconds=20), web.output
    assert wait_until(lambda: web.readiness()["worker"] == "ok", seconds=20), worker.output
    assert web.readiness()["redis"] == "ok"
    web.post_cart()
    assert wait_until(lambda: not InboxEntry.select().where(InboxEntry.state == "new").exists(), seconds=2)


def test_a_worker_wakes_its_own_lanes_without_redis_and_rings_for_the_others():
    class Remembering:
        def __init__(self):
            self.rung = []

        def ring(self, topic):
            self.rung.append(topic)

    waker = Remembering()
    wake = _nearest({"mine": object()}, waker)
    wake("mine")
    wake("elsewhere")
    assert bell("mine").is_set()
    assert waker.rung == ["elsewhere"]


@pytest.fixture
def up(start):
    """All of it, with a Redis of its own."""
    wapto = start("up", REDIS_URL=None)
    assert wait_until(wapto.answers, seconds=30), wapto.output
    everybody = ("database", "redis", "worker", "scheduler")
    assert wait_until(lambda: {wapto.readiness()[part] for part in everybody} == {"ok"}, seconds=20), wapto.output
    return wapto


def test_up_migrates_starts_all_and_ends_all_when_told(up):
    assert up.post_cart() == 200
    children = up.children()
    code, seconds = up.end()
    assert (code, seconds < 10) == (0, True)
    assert not any(map(alive, children))
    assert {line.split()[0] for line in up.output.splitlines()} == {"web", "worker", "scheduler"}


def test_up_says_so_and_ends_all_when_one_dies(up):
    children = up.children()
    [worker] = [pid for pid in children if "worker" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(worker, signal.SIGKILL)
    assert up.process.wait(10) == 1
    assert "worker ended unexpectedly (exit code -9); ending the others." in up.output
    assert not any(map(alive, children))


def test_nobody_outlives_up_when_it_is_killed(up):
    children = up.children()
    up.end(signal.SIGKILL)
    assert wait_until(lambda: not any(map(alive, children)), seconds=12)


def test_a_worker_with_an_app_token_takes_slacks_requests_over_its_own_connection(store, start):
    sockets = Sockets("xapp-1-sandbox")
    with Slack(sockets=sockets, manifest=manifest("", socket=True)) as slack:
        rui = slack.add_user("U1RUI", "Rui")
        slack.add_channel("C1", "orders", ["U1RUI"])
        slack.connect_by_socket()
        an_agent(slack="U1RUI", name="Rui")
        settings = {"SLACK_APP_TOKEN": sockets.app_token, "SLACK_BOT_TOKEN": slack.token, "NO_PROXY": "127.0.0.1"}
        worker = start("worker", SLACK_API_URL=slack.api_url, **settings)
        sockets.wait_for(lambda: sockets.connected, 20)
        rui.command("/wapto", "list")
        [answer] = slack.wait_for(lambda: rui.ephemerals)
        assert slack.plain_text(answer).startswith("There are no open orders.")
        assert worker.end()[0] == 0


def test_a_scheduler_tells_the_admins_that_no_worker_lives(store, start):
    """Nobody else could: words to the admins go by a worker's desk lane."""
    with Slack(manifest=manifest("https://desk.example")) as slack:
        slack.add_user("U0ANA", "Ana")
        channel = slack.add_channel("C0ADMIN", "admins", ["U0ANA"])
        with transaction() as tx:
            admins.tell(tx, "watch:worker", "The worker gives no sign of life.", datetime.now(UTC))
        start(
            "scheduler", SLACK_API_URL=slack.api_url, SLACK_BOT_TOKEN=slack.token, SLACK_ADMIN_CHANNEL="C0ADMIN",
        )  # fmt: skip
        assert wait_until(lambda: [message.text for message in channel.messages], seconds=20)
        assert [message.text for message in channel.messages] == ["The worker gives no sign of life."]


def test_a_worker_makes_the_doctors_rounds_when_they_are_due(store, start):
    rounds.plan(datetime.now(UTC) - rounds.EVERY)
    start("worker")
    assert wait_until(lambda: Finding.select().where(Finding.name == "disk").exists(), seconds=40)
    assert wait_until(lambda: Duty.select().where(Duty.name == "watch").exists(), seconds=10)
