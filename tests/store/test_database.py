"""Transactions, the ring after a commit, and what both engines must do alike."""

import contextlib
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from peewee import DatabaseError, IntegrityError

from wapto.errors import TryLater
from wapto.store import database
from wapto.store.database import db, reading, skip_locked, transaction
from wapto.store.models import Agent, Duty, InboxEntry, Order

NOW = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def rings():
    heard = []
    database.set_waker(heard.append)
    yield heard
    database.set_waker(database._ring_nobody)


def duty(name="sweep"):
    return Duty.create(name=name, due_at=NOW)


def test_a_topic_is_rung_once_and_only_after_the_commit(store, rings):
    with transaction() as tx:
        tx.wake("outbox")
        tx.wake("outbox")
        tx.wake("desk")
        assert rings == []
    assert sorted(rings) == ["desk", "outbox"]


def test_a_transaction_that_fails_leaves_nothing_and_rings_nobody(store, rings):
    with contextlib.suppress(ZeroDivisionError), transaction() as tx:
        duty()
        tx.wake("outbox")
        raise ZeroDivisionError
    assert Duty.select().count() == 0
    assert rings == []
    with transaction() as tx:
        tx.wake("inbox")
    assert rings == ["inbox"]


def test_a_transaction_inside_another_can_fail_by_itself(store):
    with transaction():
        duty("kept")
        with pytest.raises(IntegrityError), transaction():
            duty("kept")
        duty("also kept")
    assert {row.name for row in Duty.select()} == {"kept", "also kept"}


def test_instants_come_back_aware_and_exact_whatever_zone_they_were_written_in(store):
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-3)))
    row = Duty.create(name="sweep", due_at=elsewhere)
    found = Duty.get_by_id(row.id).due_at
    assert found == NOW
    assert found.tzinfo is UTC


def test_a_naive_instant_is_refused(store):
    with pytest.raises(TypeError):
        Duty.create(name="sweep", due_at=NOW.replace(tzinfo=None))


def test_bytes_come_back_untouched(store):
    body = bytes(range(256))
    row = InboxEntry.create(received_at=NOW, body=body, state="new")
    assert bytes(InboxEntry.get_by_id(row.id).body) == body


def test_a_reading_sees_one_moment_while_another_thread_writes(store):
    duty("first")
    with reading():
        before = Duty.select().count()
        writer = threading.Thread(target=in_a_thread, args=(lambda: duty("second"),))
        writer.start()
        writer.join(10)
        assert Duty.select().count() == before
    assert Duty.select().count() == 2


def test_two_threads_never_claim_the_same_row(store):
    for number in range(40):
        duty(f"duty {number}")
    claimed, guard = [], threading.Lock()

    def claim():
        while True:
            with transaction():
                rows = list(skip_locked(Duty.select().order_by(Duty.id).limit(3), of=Duty))
                Duty.delete().where(Duty.id.in_([row.id for row in rows])).execute()
            if not rows:
                return
            with guard:
                claimed.extend(row.name for row in rows)

    threads = [threading.Thread(target=in_a_thread, args=(claim,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Duty.select().count() == 0
    assert sorted(claimed) == sorted({f"duty {number}" for number in range(40)})


def test_a_row_cannot_point_at_nothing(store):
    with pytest.raises(IntegrityError):
        Order.create(
            number=999, customer=999, status="received", is_open=True, fulfillment="delivery",
            payment_status="unpaid", note="", flags=[], created_at=NOW, updated_at=NOW, card_state="absent",
            card_due_at=NOW,
        )  # fmt: skip


def test_a_lost_connection_is_replaced_before_the_next_transaction(postgres_store):
    lose_connection()
    with transaction():
        duty()
    assert Duty.select().count() == 1


def test_a_lost_connection_is_replaced_before_a_read_outside_of_transactions(postgres_store):
    duty()
    lose_connection()
    assert Duty.select().count() == 1


def test_a_connection_lost_in_a_transaction_is_not_replaced_in_it(postgres_store):
    @transaction()
    def interrupted():
        duty()
        lose_connection()
        return Duty.select().count()

    with pytest.raises(TryLater, match="nothing was changed"):
        interrupted()
    assert Duty.select().count() == 0


@pytest.mark.parametrize("within", [transaction, reading, contextlib.nullcontext])
def test_a_database_out_of_reach_is_said_to_be_so(tmp_path, within):
    database.connect(f"postgresql://nobody@/nowhere?host={tmp_path}")
    with pytest.raises(TryLater, match="database cannot be reached"), within():
        Agent.select().count()


def test_sqlites_own_reason_is_told(sqlite_store):
    db.execute_sql("PRAGMA query_only = 1")
    with pytest.raises(TryLater, match="attempt to write a readonly database"), transaction():
        duty()


def test_a_database_that_recovers_from_a_killed_writer_is_waited_for_like_any_busy_one():
    recovering = sqlite3.OperationalError("database is locked")
    recovering.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
    assert database._sqlite_code(recovering) == sqlite3.SQLITE_BUSY


def test_a_wrong_statement_is_not_taken_for_a_database_out_of_reach(store):
    with pytest.raises(DatabaseError), transaction():
        db.execute_sql("SELECT nothing FROM nowhere")


def lose_connection():
    """As when the server restarts, or somebody cuts idle connections."""
    pid = db.execute_sql("SELECT pg_backend_pid()").fetchone()[0]
    assert in_a_thread(lambda: db.execute_sql("SELECT pg_terminate_backend(%s)", (pid,)).fetchone()[0])


def in_a_thread(work):
    """Runs work on a connection of its own and closes it."""
    result = []

    def run():
        try:
            result.append(work())
        finally:
            db.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    return result[0] if result else None


def test_no_plan_is_kept_from_when_the_store_was_small(postgres_store):
    for _ in range(10):
        Duty.select().where(Duty.name == "sweep").first()
    assert db.execute_sql("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_a_connection_more_takes_no_lock_from_another(sqlite_store):
    """Else the next process to go would take itself for the last one, and take the others' log away with it."""
    db.execute_sql("SELECT COUNT(*) FROM numbers").fetchall()
    in_a_thread(lambda: db.execute_sql("SELECT 1").fetchall())
    program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM numbers'); db.close()"
    path = sqlite_store.removeprefix("sqlite:///")
    subprocess.run([sys.executable, "-c", program, path], check=True, timeout=20)
    assert Path(f"{path}-wal").exists()
