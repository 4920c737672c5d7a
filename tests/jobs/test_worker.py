import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from cli.embedded import EmbeddedRedis
from wapto.jobs.wake import Waker
from wapto.store import migrate
from wapto.store.database import connect, db
from wapto.store.models import Heartbeat

pytestmark = pytest.mark.slow


class Worker:
    """A real worker process, and what its lanes wrote down."""

    def __init__(self, database_url, redis_url, folder, kinds):
        command = [sys.executable, "-m", "tests.jobs.a_worker", database_url, redis_url, str(folder), *kinds]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self._folder = folder

    def lines(self, kind):
        path = self._folder / kind
        return path.read_text().split() if path.exists() else []

    def looks(self, kind):
        return self.lines(kind).count("look")

    def wait_for_looks(self, kind, more_than, seconds):
        return wait_until(lambda: self.looks(kind) > more_than, seconds)

    def terminate(self):
        """Its exit code, and for how long it took to end."""
        started = time.monotonic()
        self.process.terminate()
        code = self.process.wait(15)
        return code, time.monotonic() - started


@pytest.fixture
def start(tmp_path):
    started = []
    database_url = f"sqlite:///{tmp_path}/wapto.db"
    connect(database_url)
    migrate.migrate()

    def start(redis_url, *kinds):
        started.append(Worker(database_url, redis_url, tmp_path, kinds))
        assert wait_until(lambda: all(started[-1].looks(kind) for kind in kinds), seconds=10)
        return started[-1]

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.communicate()
    db.close()


def wait_until(true, seconds):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def rings_through(worker, waker, within=1.0):
    """Whether a ring is answered sooner than the lane would look by itself, most of the times."""
    answered = 0
    for _ in range(3):
        known = worker.looks("still")
        waker.ring("still")
        answered += worker.wait_for_looks("still", known, within)
    return answered >= 2


def test_a_ring_is_answered_within_a_second(start, redis_url):
    worker = start(redis_url, "still")
    assert wait_until(lambda: rings_through(worker, Waker(redis_url), within=0.5), seconds=5)


def test_it_looks_by_itself_while_there_is_no_redis_and_answers_rings_once_there_is(start, tmp_path):
    server = EmbeddedRedis(tmp_path / "redis")
    worker = start(server.url, "still")
    assert worker.wait_for_looks("still", 1, seconds=3)
    with server:
        assert wait_until(lambda: rings_through(worker, Waker(server.url), within=0.5), seconds=10)


def test_it_answers_rings_again_after_redis_was_stopped_and_wiped(start, tmp_path):
    server = EmbeddedRedis(tmp_path / "redis")
    with server:
        worker = start(server.url, "still")
        waker = Waker(server.url)
        assert wait_until(lambda: rings_through(worker, waker), seconds=5)
    known = worker.looks("still")
    assert worker.wait_for_looks("still", known, seconds=3)
    shutil.rmtree(tmp_path / "redis")
    with server:
        assert wait_until(lambda: rings_through(worker, waker, within=0.5), seconds=15)


def test_a_busy_lane_does_not_keep_another_waiting(start, redis_url):
    worker = start(redis_url, "busy", "still")
    assert wait_until(lambda: rings_through(worker, Waker(redis_url), within=0.5), seconds=5)


def test_it_ends_after_the_batch_in_hand(start, redis_url):
    worker = start(redis_url, "busy")
    code, seconds = worker.terminate()
    assert (code, seconds < 3) == (0, True)
    assert worker.lines("busy")[-1] == "done"


def test_it_ends_without_redis_too(start, tmp_path):
    worker = start(f"unix://{tmp_path}/nowhere.sock", "busy")
    code, seconds = worker.terminate()
    assert (code, seconds < 3) == (0, True)


def test_a_lane_that_is_stuck_is_given_up_within_ten_seconds(start, redis_url):
    code, seconds = start(redis_url, "stuck").terminate()
    assert code == 0
    assert 8 < seconds < 10


def test_it_gives_signs_of_life_for_each_lane(start, redis_url):
    worker = start(redis_url, "still", "busy")
    assert wait_until(lambda: Heartbeat.select().count() == 2, seconds=5)
    names = {beat.name.rpartition(":")[2]: beat.at for beat in Heartbeat.select()}
    assert names.keys() == {str(worker.process.pid)}
    assert datetime.now(UTC) - min(names.values()) < timedelta(seconds=10)
