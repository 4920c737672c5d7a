"""Whoever is killed, whatever is away: every cart one order, each promise told at most once, nothing left waiting."""

import random

import pytest

from tests.crash import schedule
from tests.crash.running import SHORT, run, say

pytestmark = pytest.mark.slow


@pytest.fixture
def seed():
    seed = random.randrange(10**6)
    say(f"seed {seed}")
    return seed


def test_a_seed_repeats_its_faults():
    assert schedule.draw(4, 60, every=1, kinds=schedule.ALL) == schedule.draw(4, 60, every=1, kinds=schedule.ALL)
    assert schedule.draw(4, 60, every=1, kinds=schedule.ALL) != schedule.draw(5, 60, every=1, kinds=schedule.ALL)
    assert {fault.kind for fault in schedule.draw(4, 1, every=9, kinds=schedule.ALL)} == set(schedule.ALL)


def test_a_storm_over_sqlite_loses_nothing_doubles_nothing_and_leaves_nothing_waiting(tmp_path, seed):
    run(tmp_path, SHORT, seed, "sqlite")


def test_a_storm_over_postgresql_loses_nothing_doubles_nothing_and_leaves_nothing_waiting(tmp_path, seed):
    run(tmp_path, SHORT, seed, "postgresql")
