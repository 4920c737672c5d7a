"""Webhooks that come at the same time share a commit, and each learns what became of itself."""

import subprocess
import sys
import time
from functools import partial

import psycopg

from tests.desk.builders import NOW
from tests.desk.playing import at_once
from wapto.desk.intake import inbox
from wapto.errors import TryLater
from wapto.store.database import connect, db
from wapto.store.models import Duty, InboxEntry


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


LANE = """
import sys, time
from wapto.desk.notices.messages import breathe
from wapto.store.database import connect, transaction
from wapto.store.models import Duty
connect(sys.argv[1])
while True:
    with transaction():
        Duty.update(due_at=Duty.due_at + 1).execute()
        time.sleep(0.005)
    breathe()
"""


def test_a_webhook_gets_its_turn_between_the_batches_of_a_lane_that_never_ends(sqlite_store):
    Duty.create(name="batches", due_at=0)
    waited = []
    with subprocess.Popen([sys.executable, "-c", LANE, sqlite_store]) as lane:
        try:
            wait_for(lambda: batches() > 0)
            for number in range(20):
                time.sleep(0.01)  # into the middle of some batch
                before = batches()
                inbox.store_raw(b"%d" % number, NOW)
                waited.append(batches() - before)
            wait_for(lambda: batches() > 30)
        finally:
            lane.kill()
    assert InboxEntry.select().count() == 20
    # Whoever waits as SQLite does by itself, looking ten times a second, misses some twenty gaps.
    assert max(waited) <= 10


def batches():
    return db.execute_sql("SELECT due_at FROM duties").fetchone()[0]


def wait_for(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_webhook_is_kept_though_the_connection_that_was_kept_has_died(postgres_store):
    inbox.store_raw(b"1", NOW)
    with psycopg.connect(postgres_store, autocommit=True) as admin:
        others = "datname = current_database() AND pid <> pg_backend_pid()"  # the server's other databases are not ours
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    inbox.store_raw(b"2", NOW)
    assert {bytes(entry.body) for entry in InboxEntry.select()} == {b"1", b"2"}
