"""Webhooks that come at the same time share a commit, and each learns what became of itself."""

from functools import partial

from tests.desk.builders import NOW
from tests.desk.playing import at_once
from wapto.desk import inbox
from wapto.errors import TryLater
from wapto.store.database import connect
from wapto.store.models import InboxEntry


def post_together(bodies):
    return at_once(*(partial(inbox.store_raw, body, NOW) for body in bodies))


def test_each_of_many_that_come_at_once_gets_the_id_of_its_own_body(store):
    bodies = [b"%d" % number for number in range(20)]
    ids = post_together(bodies)
    assert [bytes(InboxEntry.get_by_id(entry_id).body) for entry_id in ids] == bodies
    assert InboxEntry.select().count() == 20


def test_the_same_body_posted_by_many_at_once_is_kept_as_often(store):
    assert len(set(post_together([b"the same"] * 8))) == 8


def test_all_that_wait_are_told_when_the_store_is_away_and_the_next_one_is_kept(sqlite_store, tmp_path):
    connect(f"sqlite:///{tmp_path}/no/such/folder.db")
    try:
        answers = post_together([b"1", b"2", b"3"])
    finally:
        connect(sqlite_store)
    assert [type(answer) for answer in answers] == [TryLater] * 3
    assert inbox.store_raw(b"4", NOW) == InboxEntry.get().id
