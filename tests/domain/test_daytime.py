"""Nobody is asked at night, where they live."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wapto.domain.daytime import next_daytime, zones_of

SAO_PAULO = "America/Sao_Paulo"


def in_sao_paulo(hour, minute=0):
    return datetime(2026, 11, 25, hour, minute, tzinfo=ZoneInfo(SAO_PAULO))


@pytest.mark.parametrize(("hour", "minute"), [(9, 0), (12, 7), (19, 59)])
def test_by_day_nothing_is_put_off(hour, minute):
    at = in_sao_paulo(hour, minute)
    assert next_daytime(at, [SAO_PAULO]) == at


@pytest.mark.parametrize(("hour", "until"), [(3, timedelta(hours=6)), (20, timedelta(hours=13))])
def test_by_night_it_waits_for_nine_in_the_morning(hour, until):
    at = in_sao_paulo(hour)
    assert next_daytime(at, [SAO_PAULO]) == at + until


def test_of_several_possible_zones_it_is_day_in_all():
    at = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # 9:00 in New York, 6:00 in Los Angeles
    zones = ["America/New_York", "America/Los_Angeles"]
    assert next_daytime(at, zones) == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def test_where_it_is_never_day_in_all_the_first_counts():
    at = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
    assert next_daytime(at, ["America/New_York", "Pacific/Auckland", "Europe/Moscow"]) == at


@pytest.mark.parametrize(
    ("phone", "zones"),
    [("+5511988887777", [SAO_PAULO]), ("+4915112345678", ["Europe/Berlin"]), (None, [SAO_PAULO]), ("+0", [SAO_PAULO])],
)
def test_a_phone_number_tells_where_it_is_day(phone, zones):
    assert zones_of(phone, SAO_PAULO) == zones
