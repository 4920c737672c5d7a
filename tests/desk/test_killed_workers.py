"""However often workers are killed: each promise is delivered at most once, all others are seen, and in order.

For 500 orders and 2,000 changes: `python -m tests.desk.killed_workers`.
"""

import random

import pytest

from tests.desk import killed_workers


@pytest.mark.slow
def test_whoever_is_killed_nobody_is_told_twice_and_nothing_is_lost_from_sight(store):
    killed_workers.run(store, people=20, changes=80, seed=random.randrange(10**6))
