"""What may leave: as much as the number allows, in each customer's order, and only what is still true."""

import random
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.graph.templates import template as definition
from tests.desk.builders import NOTICE, NOW, SHOP, a_customer, a_number, a_template, a_trigger, an_order
from tests.desk.playing import at_once
from tests.desk.telling import LATER, a_telling_shop, claimed, message_entries, promised, states, waiting
from wapto.desk.notices.dispatch import Claim, after_sending, allowance, until_next, values_in
from wapto.domain.template import fill
from wapto.store.database import db, transaction
from wapto.store.models import Message, Number, Order, Template, Trigger

SECOND = timedelta(seconds=1)
BRANCH = "1100000000002"


def ids(claim):
    return [work.message_id for work in claim.works]


def test_what_is_claimed_is_marked_before_anything_is_sent(store):
    message = waiting(a_telling_shop())
    [work] = claimed().works
    assert (work.phone_number_id, work.to_phone, work.callback) == (SHOP, message.to_phone, message.callback)
    assert work.content["template"]["name"] == "order_update"
    assert work.content["template"]["components"] == message.components
    now = Message.get()
    assert (now.state, now.attempts) == ("sending", 1)
    assert now.lease_until == work.lease == NOW + timedelta(seconds=60)
    assert message_entries(message.order) == []


def test_nothing_is_claimed_twice(store):
    waiting(a_telling_shop())
    assert len(claimed().works) == 1
    assert claimed().works == []


def test_only_as_many_are_claimed_as_can_be_sent_at_once(store):
    number = a_telling_shop()
    first, second, _ = [waiting(number) for _ in range(3)]
    assert ids(claimed(free=2)) == [first.id, second.id]
    assert states() == ["sending", "sending", "queued"]


def test_those_due_first_go_first(store):
    number = a_telling_shop()
    late = waiting(number, next_at=NOW - SECOND)
    early = waiting(number, next_at=NOW - 2 * SECOND)
    waiting(number, next_at=NOW + SECOND)
    assert ids(claimed()) == [early.id, late.id]


def test_a_customer_hears_one_thing_after_the_other(store):
    number, ana = a_telling_shop(), a_customer()
    first, second = waiting(number, ana), waiting(number, ana)
    other = waiting(number)
    assert ids(claimed()) == [first.id, other.id]
    assert claimed().works == []
    Message.update(state="accepted").where(Message.id == first.id).execute()
    assert ids(claimed()) == [second.id]


@pytest.mark.parametrize("state", ["held", "accepted", "sent", "delivered", "read", "failed", "unknown", "skipped"])
def test_a_message_that_is_neither_due_nor_on_its_way_blocks_nobody(store, state):
    number, ana = a_telling_shop(), a_customer()
    waiting(number, ana, state=state)
    second = waiting(number, ana)
    assert ids(claimed()) == [second.id]


def test_one_that_waits_for_its_next_attempt_keeps_those_behind_it_waiting(store):
    number, ana = a_telling_shop(), a_customer()
    waiting(number, ana, next_at=LATER)
    waiting(number, ana)
    assert claimed().works == []


def test_one_that_was_released_waits_for_a_later_one_on_its_way(store):
    number, ana = a_telling_shop(), a_customer()
    waiting(number, ana)
    waiting(number, ana, state="sending", lease_until=LATER)
    assert claimed().works == []


def test_the_line_is_of_one_number_only(store):
    ana = a_customer()
    here, there = a_telling_shop(), a_number(phone_number_id=BRANCH)
    a_trigger(there)
    waiting(here, ana, state="sending", lease_until=LATER)
    message = waiting(there, ana)
    assert ids(claimed()) == [message.id]


@pytest.mark.parametrize("changes", [{"gone_at": NOW}, {"paused_until": LATER, "paused_reason": "No credit."}])
def test_a_number_that_is_gone_or_paused_sends_nothing(store, changes):
    waiting(a_telling_shop(**changes))
    assert claimed() == claimed()
    assert claimed().again_in is None
    assert states() == ["queued"]


def test_after_a_pause_sending_goes_on(store):
    waiting(a_telling_shop(paused_until=NOW, paused_reason="No credit."))
    assert [work.ends_pause for work in claimed().works] == [True]


def test_a_number_sends_no_faster_than_it_may(store):
    number = a_telling_shop(throughput=20)
    for _ in range(10):
        waiting(number)
    first = claimed()
    assert len(first.works) == 5  # a quarter of a second's worth
    assert first.again_in == timedelta(milliseconds=100)  # two together, not one after the other
    assert claimed().works == []
    assert len(claimed(now=NOW + timedelta(milliseconds=120)).works) == 2


def test_lines_that_wait_for_one_on_its_way_are_no_reason_to_look_again(store):
    number, ana = a_telling_shop(throughput=20), a_customer()
    waiting(number, ana, state="sending", lease_until=LATER)
    waiting(number, ana)
    assert claimed() == Claim()


def test_the_number_that_has_rested_longest_comes_first(store):
    busy = a_telling_shop(theoretical_at=NOW - SECOND)
    rested = a_number(phone_number_id=BRANCH, theoretical_at=NOW - 2 * SECOND)
    a_trigger(rested)
    waiting(busy)
    message = waiting(rested)
    assert ids(claimed(free=1)) == [message.id]


@given(
    throughput=st.integers(1, 1000),
    looks=st.lists(st.tuples(st.integers(0, 400_000), st.integers(0, 40)), min_size=1, max_size=60),
)
def test_no_pattern_of_looks_beats_the_throughput(throughput, looks):
    """`looks` are microseconds since the last look, and how many messages wait."""
    now, theoretical_at, sent = NOW, None, []
    for pause, due in looks:
        now += timedelta(microseconds=pause)
        count = min(due, allowance(throughput, theoretical_at, now))
        if count:
            theoretical_at = after_sending(throughput, theoretical_at, count, now)
            sent.append((now, count))
    ahead = max(0.25 * throughput, 1)
    for place, (start, _) in enumerate(sent):
        for end, _ in sent[place:]:
            count = sum(number for at, number in sent if start <= at <= end)
            assert count <= ahead + (end - start).total_seconds() * throughput + 0.01 * count


@given(throughput=st.integers(1, 1000), ahead=st.integers(-2_000_000, 5_000_000))
def test_the_next_message_may_leave_when_it_is_said(throughput, ahead):
    theoretical_at = NOW + timedelta(microseconds=ahead)
    wait = until_next(throughput, theoretical_at, NOW)
    before, then = NOW + wait - timedelta(microseconds=10), NOW + wait + timedelta(microseconds=10)
    room = allowance(throughput, theoretical_at, NOW)
    if theoretical_at > then:  # while it is not even, time brings one message after the other
        assert allowance(throughput, theoretical_at, before) == room
        assert allowance(throughput, theoretical_at, then) == room + 1


def test_lanes_that_claim_at_once_share(store):
    number = a_telling_shop(throughput=1000)
    for _ in range(24):
        waiting(number)
    claims = []
    at_once(*[lambda: claims.extend(ids(claimed(free=8)))] * 6)
    assert len(claims) == len(set(claims)) > 0
    assert states().count("sending") == len(claims)


def while_locked(query, work):
    """What `work` returns while another transaction has the rows of `query`."""
    locked, done = threading.Event(), threading.Event()

    def hold():
        with transaction():
            list(query.for_update())
            locked.set()
            done.wait(10)
        db.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(10)
    try:
        return work()
    finally:
        done.set()
        holder.join(10)


def test_a_message_in_other_hands_is_passed_over(postgres_store):
    number = a_telling_shop()
    held, free = waiting(number), waiting(number)
    assert ids(while_locked(Message.select().where(Message.id == held.id), claimed)) == [free.id]


def test_a_transaction_that_holds_rows_does_not_wait_for_a_number(postgres_store):
    waiting(a_telling_shop())
    claim = while_locked(Number.select(), lambda: claimed(patient=False))
    assert claim.works == []
    assert claim.again_in <= timedelta(milliseconds=50)


def test_orders_can_be_taken_in_while_a_number_is_being_claimed(postgres_store):
    number = a_telling_shop()
    waiting(number)
    with transaction():
        assert claimed().works
        at_once(lambda: an_order(number, a_customer(), note="meanwhile"))
        assert Order.select().where(Order.note == "meanwhile").count() == 1


def test_what_is_too_old_is_not_told(store):
    message = waiting(a_telling_shop(), expires_at=NOW)
    claim = claimed()
    assert (claim.works, claim.again_in) == ([], timedelta(0))
    assert (Message.get().state, Message.get().reason) == ("skipped", "It waited longer than it was worth telling.")
    assert message_entries(message.order) == [("queued", "skipped")]


@pytest.mark.parametrize(
    "switch_off", [lambda: Trigger.update(is_on=False).execute(), lambda: Trigger.delete().execute()]
)
def test_what_was_switched_off_is_not_told(store, switch_off):
    waiting(a_telling_shop())
    switch_off()
    assert claimed().works == []
    assert (Message.get().state, Message.get().reason) == ("skipped", "Notices about Shipped were switched off.")


@pytest.mark.parametrize("change", [{"status": "PAUSED"}, {"gone_at": NOW}, {"language": "xx"}])
def test_a_template_that_cannot_be_used_by_now_holds_the_message(store, change):
    message = waiting(a_telling_shop())
    Template.update(change).execute()
    assert claimed().works == []
    assert Message.get().state == "held"
    assert "“order_update”" in Message.get().reason
    assert message_entries(message.order) == [("queued", "held")]


def test_a_reworded_template_is_kept_in_the_words_that_the_customer_reads(store):
    message = waiting(a_telling_shop())
    Template.update(components=[{"type": "BODY", "text": "{{1}}: {{2}}!"}]).execute()
    [work] = claimed().works
    assert work.content["template"]["components"] == message.components
    assert Message.get().text == "W-N8HX: Shipped!"


def test_a_template_with_other_placeholders_is_filled_anew(store):
    waiting(a_telling_shop())
    changed = definition("order_update", "en", "Hi {{who}}, order {{number}} is on its way.")
    Template.update(components=changed["components"], parameter_format="NAMED").execute()
    Trigger.update(bindings={"who": "customer.first_name", "number": "order.number"}).execute()
    [work] = claimed().works
    names = [parameter["parameter_name"] for parameter in work.content["template"]["components"][0]["parameters"]]
    assert names == ["who", "number"]
    assert Message.get().text == "Hi Ana, order W-N8HX is on its way."


def test_a_template_with_fewer_placeholders_is_filled_anew(store):
    waiting(a_telling_shop())
    Template.update(components=[{"type": "BODY", "text": "Order {{1}} is on its way."}]).execute()
    [work] = claimed().works
    filled = [{"type": "body", "parameters": [{"type": "text", "text": "W-N8HX"}]}]
    assert work.content["template"]["components"] == filled
    assert Message.get().text == "Order W-N8HX is on its way."


def test_a_new_placeholder_that_nothing_is_bound_to_holds_the_message(store):
    waiting(a_telling_shop())
    Template.update(components=[{"type": "BODY", "text": "{{1}} {{2}} {{3}}!"}]).execute()
    assert claimed().works == []
    assert Message.get().state == "held"
    assert "Placeholder 3 has no value" in Message.get().reason


def test_another_template_of_the_trigger_replaces_the_one_that_was_promised(store):
    waiting(a_telling_shop())
    a_template(definition("parcel_update", "en", "Parcel {{1}}: {{2}}."))
    Trigger.update(template="parcel_update").execute()
    [work] = claimed().works
    assert work.content["template"]["name"] == Message.get().template == "parcel_update"
    assert Message.get().text == "Parcel W-N8HX: Shipped."


def test_what_cannot_go_does_not_keep_others_from_going(store):
    number = a_telling_shop()
    waiting(number, expires_at=NOW)
    message = waiting(number)
    assert ids(claimed()) == [message.id]


@pytest.mark.parametrize(
    ("meta", "values"),
    [
        (NOTICE, {"1": "W-1", "2": "Shipped"}),
        (definition("n", "en", "Hi {{who}}, {{what}}.", header="{{number}}"), {"who": "A", "what": "B", "header": "1"}),
        (definition("n", "en", "Hi.", header="IMAGE"), {"header": "https://shop.example/a?b=1"}),
        (
            definition(
                "n", "en", "Hi {{1}}.", buttons=[{"type": "URL", "text": "Go", "url": "https://x.example/{{1}}"}]
            ),
            {"1": "Ana", "button.0": "ä/ö ü%20?&="},
        ),
        (definition("n", "en", "Hi.", header="LOCATION"), {"header": "-23.5,46; Casa Aurora; Rua Augusta 100"}),
        (definition("n", "en", "Hi.", buttons=[{"type": "QUICK_REPLY", "text": "Help"}]), {"button.0": "50%25"}),
        (definition("n", "en", "Hi."), {}),
    ],
)
def test_the_values_can_be_read_back_from_what_was_filled_with_them(meta, values):
    assert values_in(fill(meta["components"], meta["parameter_format"], values).components) == values


def test_many_orders_of_many_customers_keep_each_customers_order(store):
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    number = a_telling_shop(throughput=1000)
    people = [a_customer(phone=f"+5511911{place:06}") for place in range(5)]
    for _ in range(30):
        waiting(number, dice.choice(people))
    told = []
    now = NOW
    while claim := claimed(free=dice.randint(1, 6), now=now).works:
        told += claim
        Message.update(state="accepted").where(Message.id.in_([work.message_id for work in claim])).execute()
        now += SECOND
    assert len(told) == 30, f"seed {seed}"
    by_person = {}
    for work in told:
        by_person.setdefault(work.to_phone, []).append(work.message_id)
    assert all(line == sorted(line) for line in by_person.values()), f"seed {seed}"


def test_a_promise_made_while_nobody_looks_is_found_by_the_next_look(store):
    number = a_telling_shop()
    assert claimed().works == []
    order = an_order(number, status="shipped")
    message = promised(order)
    assert ids(claimed()) == [message.id]


def test_a_queue_that_grew_since_the_database_last_counted_is_not_compared_with_itself(postgres_store):
    a_telling_shop()
    db.execute_sql("ANALYZE")
    [number], looks = Number.select(), []
    waiting(number)
    db.query_hooks.append(lambda event: looks.append((event.sql, event.params)))
    try:
        claimed()
    finally:
        db.query_hooks.pop()
    sql, given = next(look for look in looks if "SKIP LOCKED" in look[0])
    plan = "\n".join(line for (line,) in db.execute_sql(f"EXPLAIN {sql}", given).fetchall())
    assert "SubPlan" in plan
    assert "Join" not in plan
