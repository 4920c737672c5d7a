"""The doctor looks by itself and speaks only on change."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW
from wapto.desk.doctor import rounds
from wapto.desk.doctor.doctor import Look, bad, unseen, well, worse
from wapto.desk.watch import admins
from wapto.errors import TryLater
from wapto.store.models import Finding


class Ward:
    """What the doctor finds is what stands in `checks`; `go` makes rounds and returns what was told meanwhile."""

    def __init__(self):
        self.now, self.checks = NOW, [well("token", "It is valid.")]

    def go(self, count=1):
        told = []
        for _ in range(count):
            self.now += rounds.EVERY
            rounds.go([Look("all", lambda _: self.checks)], self.now)
            while due := admins.claim(self.now):
                admins.posted(due, "C0ADMIN", "1.0")
                told.append(due.words)
        return told


@pytest.fixture
def ward(store):
    return Ward()


def test_where_nothing_changes_nothing_is_said(ward):
    assert ward.go(5) == []


def test_what_became_bad_is_told_once_with_its_advice_and_once_more_when_it_is_well(ward):
    ward.go(2)
    ward.checks = [bad("token", "It has expired.", "Make another.")]
    assert ward.go(4) == ["`wapto doctor` finds something new:\n✗ token: It has expired. → Make another."]
    ward.checks = [well("token", "It is valid.")]
    assert ward.go(4) == ["`wapto doctor` finds something new:\n✓ token: It is valid."]


def test_what_lasts_for_a_moment_is_no_news(ward):
    ward.go(2)
    ward.checks = [bad("token", "Meta is away.", "Wait.")]
    ward.go()
    ward.checks = [well("token", "It is valid.")]
    assert ward.go(3) == []


def test_what_is_bad_from_the_first_look_on_is_told_at_the_second(ward):
    ward.checks = [worse("cart", "It is hidden.", "Show it.")]
    assert ward.go() == []
    assert len(ward.go(3)) == 1


def test_from_worse_to_bad_is_a_change_and_all_of_a_round_is_one_message(ward):
    ward.checks = [worse("a", "1", ""), worse("b", "1", "")]
    [words] = ward.go(3)
    assert words.splitlines()[1:] == ["! a: 1", "! b: 1"]
    ward.checks = [bad("a", "2", ""), worse("b", "other words", "")]
    assert ward.go(3) == ["`wapto doctor` finds something new:\n✗ a: 2"]


def test_what_cannot_be_seen_is_no_change(ward):
    ward.checks = [bad("cart", "It is off.", "")]
    assert len(ward.go(3)) == 1
    ward.checks = [unseen("cart", "“token” has to be mended first.")]
    assert ward.go(3) == []
    ward.checks = [bad("cart", "It is off.", "")]
    assert ward.go(3) == []


def test_what_is_not_there_any_more_is_over_once_nothing_hides_it(ward):
    ward.checks = [well("token", "."), bad("number 1", "It is banned.", "")]
    assert len(ward.go(3)) == 1
    ward.checks = [bad("token", "It has expired.", "")]
    assert [line for words in ward.go(3) for line in words.splitlines() if "number 1" in line] == []
    ward.checks = [well("token", ".")]
    assert "✓ number 1: nothing is wrong with it any more." in ward.go(3)[0]
    assert [finding.name for finding in Finding.select()] == ["token"]


def test_a_look_that_breaks_is_a_finding_of_its_own(ward):
    def away(_now):
        raise TryLater("Meta cannot be reached.")

    told = []
    for minutes in (15, 30, 45):
        rounds.go([Look("Meta", away)], NOW + timedelta(minutes=minutes))
        while due := admins.claim(NOW + timedelta(minutes=minutes)):
            admins.posted(due, "C0ADMIN", "1.0")
            told.append(due.words)
    assert [words.splitlines()[1].partition(" →")[0] for words in told] == ["✗ Meta: Meta cannot be reached."]
