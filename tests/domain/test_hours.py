"""Working hours: by the clock of a place, over midnight, and through both changes of daylight saving."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wapto.domain.hours import DAYS, Hours, read
from wapto.errors import InvalidInput

BERLIN = "Europe/Berlin"  # goes on by an hour on 2026-03-29, back on 2026-10-25, both at night
OFFICE = read("Mon-Fri 09:00-18:00, Sat 10:00-14:00", BERLIN)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-25 07:59", False),
        ("2026-11-25 08:00", True),  # Wednesday, nine in Berlin
        ("2026-11-25 17:00", False),
        ("2026-11-28 10:00", True),
        ("2026-11-29 10:00", False),
    ],
)
def test_hours_begin_and_end_by_the_clock_of_their_place(at, is_open):
    assert OFFICE.is_open(utc(at)) is is_open


def test_time_that_is_left_on_friday_goes_on_after_the_weekend():
    assert read("Mon-Fri 09:00-18:00", BERLIN).add(utc("2026-11-27 16:00"), timedelta(hours=2)) == utc(
        "2026-11-30 09:00"
    )


def test_a_night_shift_belongs_to_the_evening_it_began_in():
    night = read("Fri 22:00-06:00", BERLIN)
    assert night.is_open(utc("2026-11-28 04:59"))
    assert not night.is_open(utc("2026-11-28 05:00"))
    assert not night.is_open(utc("2026-11-27 04:00"))


@pytest.mark.parametrize(
    ("evening", "hours"), [("2026-03-28 21:00", 7), ("2026-10-24 20:00", 9), ("2026-11-14 21:00", 8)]
)
def test_a_night_in_which_the_clock_changes_is_shorter_or_longer(evening, hours):
    night = read("Sat 22:00-06:00", BERLIN)
    began = utc(evening)
    assert night.next_open(began - timedelta(hours=3)) == began
    end = night.add(began, timedelta(hours=hours))
    assert night.is_open(end - timedelta(minutes=1))
    assert not night.is_open(end)


def test_nine_in_the_morning_stays_nine_after_the_clock_has_changed():
    assert OFFICE.next_open(utc("2026-03-28 18:00")) == utc("2026-03-30 07:00")
    assert OFFICE.next_open(utc("2026-10-24 18:00")) == utc("2026-10-26 08:00")


def test_an_hour_that_the_clock_shows_twice_is_worked_twice():
    twice = read("Sun 02:00-03:00", BERLIN)
    assert twice.add(utc("2026-10-25 00:00"), timedelta(hours=2)) == utc("2026-10-25 02:00")


def test_an_hour_that_the_clock_skips_is_not_worked():
    skipped = read("Sun 02:00-03:00", BERLIN)
    assert skipped.next_open(utc("2026-03-28 12:00")) == utc("2026-04-05 00:00")


def test_without_hours_it_is_always_open():
    assert read("", BERLIN).is_open(utc("2026-01-01 03:00"))
    assert read("", BERLIN).add(utc("2026-01-01 03:00"), timedelta(hours=5)) == utc("2026-01-01 08:00")


def test_a_time_zone_can_stand_behind_the_hours():
    assert read("Mon-Fri 09:00-18:00 America/Sao_Paulo", BERLIN).zone == "America/Sao_Paulo"


@pytest.mark.parametrize(
    "text", ["nine to five", "Mon 25:00-26:00", "Foo 09:00-10:00", "Mon 24:00-02:00", "Mon 09:00-18:00 Mars/Crater"]
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text):
    with pytest.raises(InvalidInput):
        read(text, BERLIN)


spans = st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440))
rosters = st.builds(
    Hours,
    st.lists(spans, min_size=1, max_size=6).map(tuple),
    st.sampled_from([BERLIN, "America/Sao_Paulo", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@settings(deadline=None, max_examples=40, print_blob=True)
@given(rosters, instants, st.integers(1, 1_000))
def test_as_much_working_time_passes_as_was_asked_for(hours, start, minutes):
    """Counted by looking at every minute, as somebody with a watch would."""
    start = start.replace(second=0, microsecond=0)
    end = hours.add(start, timedelta(minutes=minutes))
    if end - start > timedelta(days=4):
        return
    watched = (start + timedelta(minutes=minute) for minute in range(int((end - start).total_seconds()) // 60))
    assert sum(map(hours.is_open, watched)) == minutes


@given(rosters, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours, at):
    opening = hours.next_open(at)
    assert hours.is_open(opening)
    assert opening == at or not hours.is_open(opening - timedelta(seconds=1))


@given(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3), st.integers(0, 23), st.integers(0, 23))
def test_what_is_written_is_read(days, begin, end):
    hours = read(", ".join(f"{day} {begin:02}:00-{end:02}:30" for day in days), "UTC")
    assert [span[0] for span in hours.spans] == [DAYS.index(day) for day in days]
