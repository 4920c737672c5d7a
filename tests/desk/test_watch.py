"""Dead processes, queues that stand, wrong signatures and silence reach the admins: once, and once when it is over."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_number
from tests.desk.playing import a_shop, arrive, drain
from tests.meta.builders import NUMBER, cart, change
from wapto.desk import numbers
from wapto.desk.watch import admins, health, watch
from wapto.store.models import Heartbeat, InboxEntry, Number

WORKER = [f"lane:{topic}:here:1" for topic in health.TOPICS]
SCHEDULER = "scheduler:here:2"
ALL = [*WORKER, SCHEDULER]


class Day:
    """Time that goes on by minutes, while these processes live; `told` is what the admins heard, in order."""

    def __init__(self, start=NOW):
        self.now, self.living, self.told = start, ALL, []

    def go(self, minutes=1):
        for _ in range(minutes):
            self.now += timedelta(minutes=1)
            health.beat(self.living, self.now)
            watch.look(self.now)
            while due := admins.claim(self.now):
                admins.posted(due, "C0ADMIN", "1.0")
                self.told.append(due.words)
        return self.told


@pytest.fixture
def day(store):
    return Day()


def test_where_all_is_well_nobody_is_told_anything(day):
    a_shop()
    assert day.go(120) == []


def test_a_dead_worker_is_told_once_and_once_more_when_it_is_back(day):
    day.go()
    day.living = [SCHEDULER]
    day.go(30)
    assert day.told == [
        "The worker gives no sign of life: orders, messages and cards stand still. Start it with `wapto worker`."
    ]
    day.living = ALL
    assert day.go(30)[1:] == ["The worker is alive again."]


def test_a_worker_of_which_a_lane_is_dead_and_a_dead_scheduler_are_told_too(day):
    day.living = WORKER[1:]
    assert sorted(words[:30] for words in day.go(10)) == [
        "A part of the worker gives no ",
        "The scheduler gives no sign of",
    ]


def test_a_restart_is_no_news(day):
    day.go()
    day.living = []
    day.go(2)
    day.living = ALL
    assert day.go(10) == []


def test_a_machine_that_was_off_for_a_night_tells_nothing_when_it_is_back(day):
    day.go()
    day.now += timedelta(hours=9)
    watch.look(day.now)  # before the worker has given its first sign of life
    assert day.go(10) == []


def test_a_queue_that_stands_is_told_until_it_moves(day):
    InboxEntry.create(received_at=NOW, body=b"{}", state="new")
    assert day.go(4) == []
    assert day.go(10) == ["The oldest of the due webhooks waits 5 min: orders do not appear. `wapto doctor` says more."]
    InboxEntry.update(state="done").execute()
    assert day.go(10)[1:] == ["The webhooks do not wait any more."]


def test_that_queues_stand_while_no_worker_lives_is_one_message(day):
    InboxEntry.create(received_at=NOW, body=b"{}", state="new")
    day.living = [SCHEDULER]
    assert len(day.go(30)) == 1


def test_wrong_signatures_are_told_until_none_came_for_half_an_hour(day):
    health.beat([health.UNSIGNED], day.now)
    [words] = day.go(25)
    assert "META_APP_SECRET is not the secret of the app" in words
    assert day.go(10)[1:] == ["No webhook came with a wrong signature for half an hour."]
    Heartbeat.delete().where(Heartbeat.name == health.UNSIGNED).execute()
    assert len(day.go(10)) == 2


# Silence.


def a_quiet_shop(**changes):
    return a_shop(**{"silence_minutes": 60, "heard_at": NOW, "timezone": "UTC"} | changes)


def test_a_number_that_is_silent_for_too_long_is_told_once_and_once_more_when_it_is_heard(day):
    a_quiet_shop()
    assert day.go(59) == []
    [words] = day.go(120)
    assert words.startswith(
        "Nothing came from WhatsApp for Loja since 2026-11-25 09:00 UTC: longer than the 60 minutes"
    )
    arrive(change(messages=[cart()]))
    drain(day.now)
    assert day.go(2)[1:] == ["Loja hears from WhatsApp again."]


def test_silence_counts_within_business_hours_alone(day):
    a_quiet_shop(hours="Mon-Fri 09:00-18:00", silence_minutes=120, heard_at=NOW.replace(hour=17))
    day.now = NOW.replace(hour=17)
    assert day.go(60 + 15 * 60 + 59) == []  # an hour today, a night, most of an hour tomorrow
    assert len(day.go(30)) == 1


def test_outside_of_business_hours_nobody_is_told(day):
    a_quiet_shop(hours="Mon-Fri 09:00-10:30", heard_at=NOW - timedelta(days=1))
    day.now = NOW.replace(hour=20)
    assert day.go(60) == []


@pytest.mark.parametrize("changes", [{"silence_minutes": 0}, {"gone_at": NOW}])
def test_a_number_that_is_not_watched_may_be_silent(day, changes):
    a_quiet_shop(**changes)
    assert day.go(120) == []


def test_of_a_number_that_was_never_heard_of_silence_counts_from_the_first_look(day):
    a_quiet_shop(heard_at=None)
    assert day.go(60) == []
    assert len(day.go(2)) == 1


def test_switching_the_alarm_off_ends_it(day):
    number = a_quiet_shop()
    assert len(day.go(61)) == 1
    numbers.change(number, {"silence_minutes": "0"})
    assert day.go(1)[1:] == ["The silence of Loja is not watched any more."]


def test_what_waits_to_be_worked_on_is_not_silence(day):
    a_quiet_shop()
    day.go(58)
    arrive(change(messages=[cart()]))
    InboxEntry.update(received_at=day.now).execute()
    assert [words for words in day.go(10) if "Nothing came" in words] == []


def test_each_number_is_watched_for_itself_and_any_webhook_about_it_counts(day):
    a_quiet_shop()
    a_number(phone_number_id="1100000000009", name="Filial", silence_minutes=60, heard_at=NOW)
    day.go(58)
    arrive(change(phone_number_id=NUMBER, statuses=[{"id": "wamid.x", "status": "sent", "timestamp": "1764061200"}]))
    drain(day.now)
    assert [words.split(" since")[0] for words in day.go(30)] == ["Nothing came from WhatsApp for Filial"]


def test_it_is_written_down_once_a_minute_at_most(store):
    a_shop(heard_at=NOW)
    arrive(change(messages=[cart()]))
    drain(NOW + timedelta(seconds=30))
    assert Number.get().heard_at == NOW
