import threading
import time
from itertools import count

import pytest
from structlog.testing import capture_logs

from wapto.errors import TryLater
from wapto.jobs.lanes import Lane
from wapto.jobs.wake import bell

_serial = count(1)


class Work:
    """Hand-made work of a lane: `left` batches, each taking `seconds`; remembers when it was looked at."""

    def __init__(self, left=0, seconds=0.0):
        self.left, self.seconds = left, seconds
        self.looks, self.recruited = [], []
        self.faults = []
        self.looked = threading.Event()

    def drain(self):
        self.looks.append(time.monotonic())
        self.looked.set()
        if self.faults:
            raise self.faults.pop()
        time.sleep(self.seconds)
        self.left -= 1
        return self.left > 0

    def wait_for(self, looks, seconds):
        end = time.monotonic() + seconds
        while len(self.looks) < looks and time.monotonic() < end:
            time.sleep(0.005)
        return len(self.looks) >= looks


@pytest.fixture
def start():
    """Starts a lane for the work, with a bell of its own; all are stopped at the end."""
    stopping, lanes = threading.Event(), []

    def start(work):
        lane = Lane(f"test{next(_serial)}", work.drain, stopping=stopping, recruit=work.recruited.append)
        lanes.append(lane)
        lane.start()
        lane.stopping = stopping
        return lane

    yield start
    stopping.set()
    assert all(lane.join(5) for lane in lanes)


def test_it_looks_at_once_when_it_starts(start):
    work = Work()
    start(work)
    assert work.wait_for(1, seconds=0.5)


def test_it_looks_as_soon_as_it_is_rung_for(start):
    work = Work()
    lane = start(work)
    work.wait_for(1, seconds=0.5)
    rung_at = time.monotonic()
    bell(lane.topic).set()
    assert work.wait_for(2, seconds=0.5)
    assert work.looks[1] - rung_at < 0.2


def test_a_lost_ring_delays_work_by_two_seconds_at_most(start):
    work = Work()
    start(work)
    assert work.wait_for(2, seconds=2.5)


def test_a_ring_that_comes_while_it_works_makes_it_look_again(start):
    work = Work(seconds=0.2)
    lane = start(work)
    work.looked.wait(1)
    bell(lane.topic).set()
    assert work.wait_for(2, seconds=0.5)


def test_it_drains_while_there_may_be_more_and_pauses_between_rounds(start):
    work = Work(left=20)
    start(work)
    assert work.wait_for(20, seconds=1)
    gaps = [later - sooner for sooner, later in zip(work.looks, work.looks[1:20], strict=False)]
    assert min(gaps) >= 0.003


def test_a_fault_in_a_batch_does_not_end_the_lane(start):
    work = Work()
    work.faults = [ZeroDivisionError("a bug")]
    with capture_logs() as logs:
        lane = start(work)
        assert work.wait_for(2, seconds=1)
    assert lane.is_alive()
    assert [(entry["event"], entry["lane"]) for entry in logs] == [("lane failed", lane.topic)]


def test_a_database_that_is_away_is_a_reason_to_wait_not_a_fault(start):
    work = Work()
    work.faults = [TryLater("The database cannot be reached; nothing was changed.")]
    with capture_logs() as logs:
        start(work)
        assert work.wait_for(2, seconds=1)
    assert [(entry["log_level"], entry["reason"]) for entry in logs] == [
        ("warning", "The database cannot be reached; nothing was changed.")
    ]


def test_it_tries_less_and_less_often_while_it_fails(start):
    work = Work()
    work.faults = [ZeroDivisionError("a bug")] * 50
    start(work)
    work.wait_for(50, seconds=1)
    assert 3 <= len(work.looks) <= 5  # at once, then after 0.1, 0.2 and 0.4 s


def test_it_recovers_its_pace_after_a_success(start):
    work = Work()
    work.faults = [ZeroDivisionError("a bug")] * 3
    lane = start(work)
    work.wait_for(4, seconds=2)
    work.faults = [ZeroDivisionError("another")]
    bell(lane.topic).set()
    assert work.wait_for(6, seconds=1)
    assert work.looks[5] - work.looks[4] < 0.3


def test_it_stops_after_the_batch_in_hand(start):
    work = Work(left=1000, seconds=0.3)
    lane = start(work)
    work.looked.wait(1)
    lane.stopping.set()
    assert lane.join(1)
    assert (len(work.looks), work.left) == (1, 999)


def test_work_that_does_not_end_recruits_help_once_a_second(start):
    work = Work(left=1000, seconds=0.05)
    lane = start(work)
    time.sleep(2.3)
    assert work.recruited == [lane.topic] * 2


def test_a_short_burst_recruits_nobody(start):
    work = Work(left=20)
    start(work)
    work.wait_for(20, seconds=1)
    assert work.recruited == []
