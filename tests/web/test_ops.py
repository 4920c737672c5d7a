import socket
from datetime import timedelta

import pytest
import requests

from tests.desk.builders import an_order
from tests.web.builders import NOW, serving
from wapto.desk.watch import health
from wapto.store.database import connect
from wapto.store.models import Heartbeat, InboxEntry

LANES = [f"lane:{topic}:host:1" for topic in health.TOPICS]


@pytest.fixture
def web_with_redis(each_store, redis_url):
    with serving(REDIS_URL=redis_url) as server:
        yield server.url


def ready(web):
    answer = requests.get(web + "/readyz", timeout=10)
    return answer.status_code, answer.json()


def alive(names, at=NOW, problem=None):
    health.beat(names, at, problem)


def test_it_says_that_it_lives(web):
    assert requests.get(web + "/healthz", timeout=10).status_code == 200


def test_all_is_well_while_everybody_gives_signs_of_life(web_with_redis):
    alive([*LANES, "scheduler:host:2", health.SLACK])
    assert ready(web_with_redis) == (
        200,
        {"database": "ok", "redis": "ok", "worker": "ok", "scheduler": "ok", "slack": "ok"},
    )


def test_without_redis_worker_and_scheduler_a_webhook_is_still_stored_so_it_is_ready(web):
    status, states = ready(web)
    assert status == 200
    assert (states["redis"], states["worker"], states["scheduler"]) == ("down", "down", "down")


def test_a_redis_that_does_not_answer_is_down(store):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with serving(REDIS_URL=url) as server:
            status, states = ready(server.url)
    assert (status, states["redis"]) == (200, "down")


def test_a_worker_that_lost_a_lane_is_degraded(web):
    alive(LANES[1:])
    assert ready(web)[1]["worker"] == "degraded"


def test_signs_of_life_count_for_half_a_minute(web):
    alive([*LANES, "scheduler:host:2"], NOW - timedelta(seconds=31))
    states = ready(web)[1]
    assert (states["worker"], states["scheduler"]) == ("down", "down")


def test_slack_is_down_from_when_it_refuses_the_worker_until_it_takes_that_back(web):
    alive([health.SLACK], NOW - timedelta(hours=1), problem="Slack does not accept the bot token.")
    assert ready(web)[1]["slack"] == "down"


def test_slack_is_degraded_while_a_card_is_refused(web):
    an_order(shown_seq=0, last_seq=1, card_attempts=1)
    assert ready(web)[1]["slack"] == "degraded"


def test_it_is_not_ready_when_a_webhook_could_not_be_stored():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = connect(f"postgresql://wapto@127.0.0.1:{nobody.getsockname()[1]}/wapto")
        with serving() as server:
            status, states = ready(server.url)
            numbers = requests.get(server.url + "/metrics", timeout=10)
        database.close()
    assert (status, states["database"]) == (503, "down")
    assert numbers.status_code == 200
    assert "wapto_rows" not in numbers.text


def test_however_many_ask_the_store_is_written_once_a_second(web, monkeypatch):
    written = []
    monkeypatch.setattr(health, "beat", lambda names, now: written.append(now))
    for _ in range(5):
        ready(web)
    assert len(written) == 1


def test_the_numbers_tell_what_waits_and_for_how_long(web_on_each):
    received = [(NOW - timedelta(seconds=90), "new"), (NOW, "new"), (NOW, "failed"), (NOW, "done")]
    InboxEntry.insert_many([{"received_at": at, "body": b"{}", "state": state} for at, state in received]).execute()
    numbers = requests.get(web_on_each + "/metrics", timeout=10).text.splitlines()
    assert 'wapto_rows{state="new",table="inbox"} 2.0' in numbers
    assert 'wapto_rows{state="failed",table="inbox"} 1.0' in numbers
    assert 'wapto_rows{state="queued",table="outbox"} 0.0' in numbers
    assert 'wapto_oldest_due_seconds{lane="inbox"} 90.0' in numbers
    assert 'wapto_oldest_due_seconds{lane="desk"} 0.0' in numbers
    assert any(line.startswith('wapto_webhooks_total{outcome="unsigned"}') for line in numbers)


def test_old_signs_of_life_are_forgotten(each_store):
    alive(["lane:inbox:host:1"], NOW - timedelta(days=2))
    alive(["lane:inbox:host:2"], NOW)
    health.prune(NOW)
    assert [beat.name for beat in Heartbeat.select()] == ["lane:inbox:host:2"]
