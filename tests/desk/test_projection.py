"""Carts taken in together come out as if each had come alone, and cost a fraction."""

import random
from datetime import timedelta
from operator import itemgetter

import pytest
from structlog.testing import capture_logs

from tests.desk.builders import NOW, a_template, a_trigger, an_agent
from tests.desk.playing import a_shop, arrive, drain, outcomes, take_in
from tests.meta.builders import cart, cart_of, change, item, text
from wapto.desk.intake import intake
from wapto.store import models
from wapto.store.database import db, is_sqlite
from wapto.store.models import Agent, Customer, Handle, InboxEntry, Message, Order, OrderLine

OTHER = "100000000000002"
PHONES = ("5511999990001", "5511999990002", "551199990003", "5511999990003", "5215512345678", "525512345678")
USER_IDS = (None, None, "BR.1502500000000001", "BR.1502500000000002")
CARTS = (
    [item()],
    [item(), item(quantity="3", item_price="1.25"), item(product_retailer_id=" 007 ")],
    [],
    [item(quantity=-1), item(quantity=2.5), item(item_price=None)],
    [item(currency="usd"), item()],
    [item(product_retailer_id=f"SKU-{place}") for place in range(120)],
)
# Of the same store, what tells one run from another by chance, or how often something was begun.
BY_CHANCE = {"callback", "attempts", "lease_until", "heard_at"}  # a replay is no sign of life of a number


def waiting(seed):
    """Webhooks with carts of every kind, from few people to two numbers, among other things; the same for each seed."""
    chance = random.Random(seed)
    for serial in range(60):
        yield [a_change(chance, f"{serial}.{place}") for place in range(chance.choice((1, 1, 1, 3)))]


def a_change(chance, serial):
    phone, user_id = chance.choice((None, *PHONES)), chance.choice(USER_IDS)
    sender = {"from": phone or "", "id": f"wamid.{serial}"} | ({"from_user_id": user_id} if user_id else {})
    profile = {"name": chance.choice(("Ana", "Ana", ""))} | ({"username": f"@{chance.choice('ab')}"} if user_id else {})
    contact = {"profile": profile, "wa_id": phone, "user_id": user_id}
    number = {"phone_number_id": chance.choice((OTHER, *["100000000000001"] * 3))}
    messages = [a_message(chance, sender)]
    if chance.random() < 0.1:
        messages.append(messages[0])
    return change(messages=messages, contacts=[contact], metadata=number)


def a_message(chance, sender):
    kind = chance.random()
    if kind < 0.08:
        return text("where is it?", **sender)
    if kind < 0.16:
        edited = {"original_message_id": f"wamid.{chance.randrange(60)}.0", "message": {"type": "order"}}
        return {**sender, "timestamp": "1764000070", "type": "edit", "edit": edited}
    if kind < 0.2:
        return cart(**sender | {"id": "wamid.AGAIN"})
    return cart_of(*chance.choice(CARTS)) | sender | {"timestamp": str(1764000060 + chance.randrange(99))}


def open_desk():
    first = a_shop(assignment="round_robin")
    second = a_shop(phone_number_id=OTHER, assignment="least_busy")
    for name, capacity in (("Ana", None), ("Rui", 5), ("Eva", 9)):
        an_agent(slack=f"U{name}", name=name, capacity=capacity)
    a_template(meta_id="1")
    a_trigger(first, "received")
    a_trigger(second, "received", template="not_there_yet")


def close_desk():
    if is_sqlite():
        db.execute_sql("PRAGMA foreign_keys = 0")
        for model in models.ALL:
            model.delete().execute()
        db.execute_sql("PRAGMA foreign_keys = 1")
    else:
        tables = ", ".join(f'"{model._meta.table_name}"' for model in models.ALL)
        db.execute_sql(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


def everything():
    """All rows of the store by table, but for what is by chance; where nobody sees the ids, in an order of its own."""
    rows = {table.__name__: list(table.select().order_by(table.id).dicts()) for table in models.ALL}
    seen = {name: [{key: row[key] for key in row if key not in BY_CHANCE} for row in rows[name]] for name in rows}
    for table, key in (("OrderEvent", ("order", "seq")), ("Alert", ("key",))):
        for row in seen[table]:
            del row["id"]
        seen[table].sort(key=itemgetter(*key))
    seen["Handle"] = sorted((row["kind"], row["scope"], row["value"], row["customer"]) for row in rows["Handle"])
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_carts_worked_on_together_come_out_as_if_each_had_come_alone(store, seed):
    open_desk()
    for changes in waiting(seed):
        arrive(*changes)
    drain()
    together = everything()
    assert len(together["Order"]) > 30
    close_desk()
    open_desk()
    for entry in [arrive(*changes) for changes in waiting(seed)]:
        intake.replay(entry, NOW)
    alone = everything()
    for table, rows in alone.items():
        assert together[table] == rows, table


def some_carts(count, **changes):
    for serial in range(count):
        arrive(change(messages=[cart(id=f"wamid.{serial}", **{"from": f"5511{900000000 + serial}"} | changes)]))


def statements(work):
    """How many statements the work takes."""
    seen = []
    db.query_hooks.append(seen.append)
    try:
        work()
    finally:
        db.query_hooks.remove(seen.append)
    return len(seen)


def test_ten_carts_together_take_hardly_more_statements_than_one(store):
    open_desk()
    some_carts(1)
    one = statements(drain)
    some_carts(10)
    assert statements(drain) < one + 5
    assert Order.select().count() == 10


def test_more_carts_than_are_taken_together_are_all_taken(store):
    open_desk()
    some_carts(60)
    drain()
    assert Order.select().count() == Message.select().where(Message.state == "queued").count() == 60
    assert {order.last_seq for order in Order.select()} == {2}
    assert Customer.select().count() == Handle.select().count() == 60


def test_what_a_cart_teaches_of_a_customer_is_known_of_the_next_one_and_not_of_the_one_before(sqlite_store):
    open_desk()
    for serial, name in enumerate(("", "Ana")):
        contact = {"profile": {"name": name}, "wa_id": "5511999990000"}
        arrive(change(messages=[cart(id=f"wamid.{serial}")], contacts=[contact]))
    with capture_logs() as logs:
        drain()
    assert [line for line in logs if line["log_level"] != "info"] == []
    assert (Customer.get().name, Order.select().count()) == ("Ana", 2)


def test_a_bad_cart_among_others_costs_none_of_them_and_no_agent_loses_a_turn(store):
    open_desk()
    some_carts(3)
    bad = arrive(change(messages=[cart(id="wamid.bad", **{"from": ""})], contacts=[]))
    arrive(change(messages=[cart(id="wamid.last")]))
    drain()
    assert "no sender" in outcomes(bad)[0][1]
    takers = [order.agent.name for order in Order.select().order_by(Order.id)]
    assert takers == ["Ana", "Rui", "Eva", "Ana"]


def test_a_cart_that_was_seen_takes_no_turn_from_the_agents(store):
    open_desk()
    take_in(change(messages=[cart(id="wamid.1")]))
    entries = [arrive(change(messages=[cart(id=f"wamid.{serial}")])) for serial in (1, 2, 2, 3)]
    drain()
    assert [outcomes(entry)[0][0] for entry in entries] == ["seen", "done", "seen", "done"]
    assert [order.agent.name for order in Order.select().order_by(Order.id)] == ["Ana", "Rui", "Eva"]


def test_least_busy_counts_the_carts_of_the_same_batch(sqlite_store):
    open_desk()
    Agent.update(capacity=2).execute()
    for serial in range(8):
        arrive(change(messages=[cart(id=f"wamid.{serial}")], metadata={"phone_number_id": OTHER}))
    drain()
    takers = [order.agent and order.agent.name for order in Order.select().order_by(Order.id)]
    assert takers == ["Ana", "Rui", "Eva"] * 2 + [None, None]


def test_a_cart_of_hundreds_of_lines_is_taken_with_others(store):
    open_desk()
    many = [item(product_retailer_id=f"SKU-{place}") for place in range(400)]
    for serial in range(12):
        arrive(change(messages=[cart_of(*many) | {"id": f"wamid.{serial}"}]))
    drain()
    assert OrderLine.select().count() == 4_800
    assert [line.sku for line in OrderLine.select().where(OrderLine.order == 1).order_by(OrderLine.position)] == [
        f"SKU-{place}" for place in range(400)
    ]


def test_what_is_claimed_together_is_no_more_than_can_be_done_within_the_lease(sqlite_store):
    open_desk()
    for serial in range(3):
        note = {"catalog_id": "3", "text": "x" * 150_000, "product_items": [item()]}
        arrive(change(messages=[cart(id=f"wamid.{serial}", order=note)]))
    intake.drain(lambda: NOW)
    assert [entry.state for entry in InboxEntry.select().order_by(InboxEntry.id)] == ["done", "new", "new"]
    drain(NOW + timedelta(seconds=1))
    assert Order.select().count() == 3


def test_what_a_batch_looks_for_is_found_by_the_most_telling_index(sqlite_store):
    open_desk()
    some_carts(10)
    seen = {}
    db.query_hooks.append(look := lambda event: seen.setdefault(event.sql, event.params))
    try:
        drain()
    finally:
        db.query_hooks.remove(look)
    plans = {
        step[3].partition(" USING ")[2]
        for sql, params in seen.items()
        if '"orders"' in sql or '"handles"' in sql
        for step in (db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall() if sql.startswith("SELECT") else ())
    }
    # By an index of kinds or numbers, a batch would read all the phone numbers, or all the orders, that there are.
    assert {plan for plan in plans if "INDEX" in plan} == {
        "COVERING INDEX orders_customer_id (customer_id=?)",
        "COVERING INDEX orders_source_wamid (source_wamid=?)",
        "INDEX handles_customer_id (customer_id=?)",
        "INDEX handles_kind_scope_value (kind=? AND scope=? AND value=?)",
        "INDEX orders_customer_id (customer_id=?)",
    }
