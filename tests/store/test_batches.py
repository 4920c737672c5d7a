"""Rows that travel together, and queries written once: the store holds the same as if peewee had written each."""

from datetime import UTC, datetime

import pytest
from peewee import IntegrityError

from tests.desk.builders import NOW, a_customer, a_number, an_order
from wapto.store.batches import Prepared, insert_rows
from wapto.store.database import db
from wapto.store.models import Customer, Duty, InboxElement, InboxEntry, Order, OrderEvent, OrderLine

ODD = 'Zoë "\\" \'; ☕ \U0001f600 \u202b {1} %s ? :a\n\t'


def a_line(order, position, **changes):
    usual = {"order": order.id, "position": position, "sku": "S", "name": "S", "quantity": 1}
    return usual | {"unit_price_minor": None, "currency": None, "flags": []} | changes


def test_a_row_is_the_same_as_peewee_would_have_written_it(store):
    order = an_order()
    event = {"order": order.id, "seq": 1, "at": NOW, "kind": ODD, "actor": "a", "door": "cli", "after": None}
    ids = {"text": ODD, "list": [1, None, True, {"deep": []}], "big": 2**53}
    insert_rows(OrderEvent, [event | {"ids": ids}])
    OrderEvent.insert(**event | {"seq": 2, "ids": ids}).execute()
    mine, theirs = OrderEvent.select().order_by(OrderEvent.seq).dicts()
    assert mine | {"id": 0, "seq": 0} == theirs | {"id": 0, "seq": 0}
    assert (mine["at"], mine["kind"], mine["ids"]) == (NOW, ODD, ids)
    columns = "kind, ids" if store.startswith("sqlite") else "kind, ids::text"
    raw = db.execute_sql(f"SELECT {columns} FROM order_events ORDER BY seq").fetchall()
    assert raw[0] == raw[1]


def test_what_a_row_does_not_say_is_what_the_model_says(store):
    columns = an_order().__data__ | {"source_wamid": "wamid.1"}
    unsaid = ("id", "version", "last_seq", "shown_seq", "card_attempts")
    [(order_id,)] = insert_rows(Order, [{key: columns[key] for key in columns if key not in unsaid}], returning=("id",))
    order = Order.get_by_id(order_id)
    assert (order.version, order.last_seq, order.is_open, order.total_minor) == (1, 0, True, 9970)


def test_ids_ascend_in_the_order_of_the_rows(store):
    rows = [{"name": str(place), "username": None, "created_at": NOW} for place in range(200)]
    ids = insert_rows(Customer, rows, returning=("id",))
    assert len(ids) == 200
    assert [row.name for row in Customer.select().order_by(Customer.id)] == [str(place) for place in range(200)]


def test_what_meets_a_unique_row_is_left_out_or_an_error(store):
    rows = [{"name": name, "due_at": NOW} for name in ("a", "b", "a")]
    assert insert_rows(Duty, rows[:1], returning=("name",), skipping=True) == [("a",)]
    assert insert_rows(Duty, rows, returning=("name",), skipping=True) == [("b",)]
    with pytest.raises(IntegrityError):
        insert_rows(Duty, rows)
    assert Duty.select().count() == 2


def test_what_is_to_replace_takes_the_place_of_the_unique_row(store):
    entry = InboxEntry.create(received_at=NOW, body=b"{}", state="new")
    row = {"entry": entry.id, "position": 0, "wamid": None, "outcome": "failed", "reason": "why"}
    for outcome, reason in (("failed", "why"), ("done", None)):
        insert_rows(InboxElement, [row | {"outcome": outcome, "reason": reason}], replacing=("entry", "position"))
    assert [(one.outcome, one.reason) for one in InboxElement.select()] == [("done", None)]


def test_no_rows_take_no_statement(store):
    assert insert_rows(Duty, [], returning=("id",)) == []


def test_a_naive_instant_is_refused_here_too(store):
    with pytest.raises(TypeError):
        insert_rows(Duty, [{"name": "naive", "due_at": datetime(2026, 1, 1)}])


def test_very_many_rows_go_at_once(store):
    order = an_order()
    OrderLine.delete().execute()
    insert_rows(OrderLine, [a_line(order, place) for place in range(5_000)])
    assert OrderLine.select().count() == 5_000


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 40])
def test_a_prepared_query_finds_what_its_list_names_however_long_it_is(store, count):
    customers = [a_customer(phone=None, name=str(place)) for place in range(41)]
    named = Prepared(lambda ids: Customer.select(Customer.name).where(Customer.id.in_(ids)).order_by(Customer.id))
    ids = [customer.id for customer in customers[:count]]
    assert named.rows(ids) == [(str(place),) for place in range(count)]


def test_a_prepared_query_gives_models_with_their_types(store):
    order = an_order(a_number(), a_customer(), created_at=datetime(2026, 1, 2, tzinfo=UTC), flags=["no_total"])
    since = Prepared(lambda at, open_: Order.select().where(Order.created_at >= at, Order.is_open == open_))
    [found] = since.models(Order, order.created_at, True)
    assert (found, found.created_at, found.flags, found.number) == (order, order.created_at, ["no_total"], order.number)
    assert since.models(Order, NOW, True) == []


def test_a_prepared_update_says_how_many_rows_it_touched(store):
    for name in "abc":
        Duty.create(name=name, due_at=NOW)
    put_off = Prepared(lambda at, names: Duty.update(due_at=at).where(Duty.name.in_(names)))
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert put_off.run(later, ["a", "c", "d"]) == 2
    assert {duty.name for duty in Duty.select().where(Duty.due_at == later)} == {"a", "c"}
