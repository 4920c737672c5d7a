"""Several wrong signatures let the store know; one of a stranger, or none at all, does not."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.web.builders import CART, signed
from wapto.desk.watch import health
from wapto.store.database import connect
from wapto.web.unsigned import Unsigned
from wapto.web.webhook import PATH

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def after(*seconds):
    """When the store heard of it last, if wrong signatures came so many seconds after NOW."""
    unsigned = Unsigned()
    for each in seconds:
        unsigned.note(NOW + timedelta(seconds=each))
    last = health.last_beat(health.UNSIGNED)
    return last and (last - NOW).total_seconds()


@pytest.mark.parametrize(
    ("seconds", "told"),
    [((0, 1), None), ((0, 1, 2), 2), ((0, 500, 1_000), None), ((0, 1, 2, 3, 11), 2), ((0, 1, 2, 3, 13), 13)],
)
def test_several_of_late_are_written_down_and_not_too_often(sqlite_store, seconds, told):
    assert after(*seconds) == told


def test_a_store_that_is_away_changes_no_answer(tmp_path):
    connect(f"sqlite:///{tmp_path}/nowhere/none.db")
    unsigned = Unsigned()
    for _ in range(5):
        unsigned.note(NOW)


def test_only_calls_that_bear_a_signature_count(web):
    for _ in range(5):
        assert requests.post(f"{web}{PATH}", data=CART, timeout=5).status_code == 401
    assert health.last_beat(health.UNSIGNED) is None
    for _ in range(3):
        answer = requests.post(f"{web}{PATH}", data=CART, headers=signed(secret="another"), timeout=5)
        assert answer.status_code == 401
    assert health.last_beat(health.UNSIGNED) is not None
