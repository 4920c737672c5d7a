import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from structlog.testing import capture_logs

from wapto.jobs.duties import do_due, take
from wapto.store import migrate
from wapto.store.database import connect, db
from wapto.store.models import Duty, Heartbeat

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(database_url):
    connect(database_url)
    migrate.migrate()
    yield database_url
    db.close()


@pytest.fixture
def done():
    return []


def test_a_duty_is_done_at_once_when_new_and_then_once_a_period(store, done):
    duties = {"prune": (HOUR, done.append)}
    instants = [NOW, NOW + timedelta(minutes=59), NOW + HOUR, NOW + HOUR + timedelta(seconds=1)]
    assert [do_due(duties, now) for now in instants] == [["prune"], [], ["prune"], []]
    assert done == [NOW, NOW + HOUR]


def test_of_several_schedulers_one_does_it(store):
    taken, start = [], Barrier(4)

    def scheduler():
        start.wait()
        taken.append(take("prune", HOUR, NOW))
        db.close()

    threads = [Thread(target=scheduler) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]


def test_after_a_long_sleep_it_is_done_once_not_once_for_each_period_missed(store, done):
    duties = {"prune": (HOUR, done.append)}
    for now in (NOW, NOW + 10 * HOUR, NOW + 10 * HOUR + timedelta(minutes=1)):
        do_due(duties, now)
    assert len(done) == 2


def test_a_clock_that_once_ran_ahead_does_not_put_a_duty_off_for_ever(store, done):
    Duty.create(name="prune", due_at=NOW + timedelta(days=365))
    assert do_due({"prune": (HOUR, done.append)}, NOW) == ["prune"]
    assert Duty.get().due_at == NOW + HOUR


def test_a_duty_that_fails_keeps_no_other_from_being_done(store, done):
    def broken(now):
        raise ZeroDivisionError("a bug")

    with capture_logs() as logs:
        assert do_due({"broken": (HOUR, broken), "prune": (HOUR, done.append)}, NOW) == ["prune"]
    assert [(entry["event"], entry["duty"]) for entry in logs] == [("duty failed", "broken")]


@pytest.mark.slow
def test_a_scheduler_process_gives_signs_of_life_and_ends_when_told(store):
    code = (
        "import sys, threading, datetime as d\n"
        "from wapto.jobs import duties; from wapto.store.database import connect\n"
        "connect(sys.argv[1])\n"
        "duties.run({}, stopping=threading.Event(), clock=lambda: d.datetime.now(d.UTC))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, store])
    end = time.monotonic() + 10
    while not Heartbeat.select().exists() and time.monotonic() < end:
        time.sleep(0.05)
    [beat] = Heartbeat.select()
    process.send_signal(signal.SIGTERM)
    assert process.wait(2) == 0
    assert beat.name.startswith("scheduler:")
    assert beat.name.endswith(f":{process.pid}")
