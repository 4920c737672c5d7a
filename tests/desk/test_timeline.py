"""The timeline: every entry has its number, none is missing, and it keeps nobody's words for ever."""

from contextlib import suppress
from functools import partial

from tests.desk.builders import NOW, an_order
from tests.desk.playing import ADMIN, at_once
from wapto.desk.orders import orders, timeline
from wapto.desk.orders.timeline import Actor, record
from wapto.store.database import transaction
from wapto.store.models import Note, Order, OrderEvent


def note(order, text):
    return orders.add_note(order.id, text, actor=ADMIN, now=NOW)


def test_entries_are_numbered_without_gaps_whoever_writes_at_once(store):
    order = an_order()
    written = at_once(*(partial(note, order, f"note {serial}") for serial in range(12)))
    assert sorted(written) == list(range(1, 13))
    assert [entry.seq for entry in timeline.entries(order.id)] == list(range(1, 13))
    assert Order.get().last_seq == 12


def test_what_is_rolled_back_leaves_no_gap(store):
    order = an_order()
    note(order, "first")
    with suppress(ZeroDivisionError), transaction():
        record(order.id, "note", ADMIN, NOW, text="never said")
        raise ZeroDivisionError
    note(order, "second")
    assert [(entry.seq, entry.text) for entry in timeline.entries(order.id)] == [(1, "first"), (2, "second")]


def test_words_stand_beside_the_entry_so_that_they_can_be_forgotten(sqlite_store):
    order = an_order()
    note(order, "lives at the red house")
    assert (Note.get().author, Note.get().text) == ("admin", "lives at the red house")
    OrderEvent.update(note=None).execute()
    Note.delete().execute()
    [entry] = timeline.entries(order.id)
    assert (entry.seq, entry.kind, entry.text) == (1, "note", None)


def test_an_entry_says_who_did_what_through_which_door(sqlite_store):
    order = an_order()
    with transaction():
        record(order.id, "status", Actor("Ana", "slack", 7), NOW, before="received", after="confirmed", text="ok")
    assert timeline.entries(order.id) == [
        timeline.Entry(1, NOW, "status", "Ana", "slack", "received", "confirmed", "ok")
    ]


def test_the_latest_entry_of_some_kinds_is_found(sqlite_store):
    order = an_order()
    assert timeline.latest(order.id, ("note",)) is None
    for text in ("first", "second"):
        note(order, text)
    with transaction():
        record(order.id, "wrote", ADMIN, NOW)
    assert timeline.latest(order.id, ("note", "status")).text == "second"
