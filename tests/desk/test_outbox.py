"""The outbox lane over real HTTP: everything promised is sent, and nothing is sent twice."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from cli.serve import _duties
from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import ANA, NOTICE, SHOP, WABA, Clock, a_customer, a_number, a_trigger
from tests.desk.playing import at_once
from tests.desk.telling import a_shipped_order, a_telling_shop, message_entries, promised, states, waiting
from wapto.desk.intake import events
from wapto.desk.notices import notices
from wapto.desk.notices.outbox import OutboxLane
from wapto.meta.client import GraphClient
from wapto.meta.payloads import Receipt
from wapto.store.models import Message, Number, OrderEvent, Template

BRANCH = "1100000000002"


@pytest.fixture
def graph():
    numbers = [MetaNumber(SHOP, "+55 11 4000-0001", "Loja"), MetaNumber(BRANCH, "+55 11 4000-0002", "Centro")]
    with Graph([Waba(WABA, numbers, [NOTICE])], access_tokens=["good"], app_secret="secret") as graph:
        yield graph


@pytest.fixture
def clock():
    return Clock()


@contextmanager
def lane_to(url, clock, *, token="good", account_tokens=(), timeout=(2, 5), **how):
    client = GraphClient(url, "v25.0", token, account_tokens=dict(account_tokens), timeout=timeout)
    lane = OutboxLane(client, clock, **how)
    try:
        yield lane
    finally:
        lane.close()


@pytest.fixture
def lane(graph, clock):
    with lane_to(graph.url, clock) as lane:
        yield lane


def test_a_promise_reaches_the_customer(store, graph, lane, clock):
    message = waiting(a_telling_shop(), a_customer(), now=clock())
    assert lane.drain()
    [sent] = graph.sent
    assert (sent.phone_number_id, sent.to, sent.template, sent.language) == (SHOP, ANA, "order_update", "en")
    assert sent.text == Message.get().text == "Order W-N8HX is now Shipped. Thank you."
    assert (Message.get().state, Message.get().wamid) == ("accepted", sent.wamid)
    assert sent.callback == message.callback
    assert message_entries(message.order) == [("sending", "accepted")]


def test_there_may_be_nothing_to_do(store, graph, lane):
    assert not lane.drain()
    assert not lane.drain()


def test_a_customer_known_by_user_id_is_told_too(store, graph, lane, clock):
    Customer(graph, "Ana", "5511988887777", "BR.150", hides_phone=True)
    waiting(a_telling_shop(), a_customer(phone=None, user_id="BR.150"), now=clock())
    lane.drain()
    assert [sent.to for sent in graph.sent] == ["BR.150"]
    assert not graph.sent[0].lost


def test_many_are_sent_once_each(store, graph, lane, clock):
    number = a_telling_shop(throughput=1000)
    messages = [waiting(number, now=clock()) for _ in range(50)]
    lane.drain()
    assert sorted(sent.callback for sent in graph.sent) == sorted(message.callback for message in messages)
    assert set(states()) == {"accepted"}


def test_a_customer_is_told_in_order(store, graph, lane, clock):
    number, ana = a_telling_shop(throughput=1000), a_customer()
    messages = [waiting(number, ana, now=clock()) for _ in range(6)]
    for _ in range(6):
        waiting(number, now=clock())
    lane.drain()
    assert [sent.callback for sent in graph.sent if sent.to == ANA] == [message.callback for message in messages]


def test_two_lanes_share_the_work(store, graph, clock):
    number = a_telling_shop(throughput=1000)
    for _ in range(40):
        waiting(number, now=clock())
    with lane_to(graph.url, clock, threads=4) as one, lane_to(graph.url, clock, threads=4) as other:
        at_once(one.drain, other.drain)
    assert len(graph.sent) == len({sent.callback for sent in graph.sent}) == 40
    assert set(states()) == {"accepted"}


def test_a_number_keeps_to_its_throughput(store, graph, lane, clock):
    slow, quick = a_telling_shop(throughput=40), a_number(phone_number_id=BRANCH, throughput=1000)
    a_trigger(quick)
    for _ in range(30):
        waiting(slow, now=clock())
    for _ in range(10):
        waiting(quick, now=clock())
    started = time.monotonic()
    lane.drain()
    at = {
        number: [sent.monotonic for sent in graph.sent if sent.phone_number_id == number] for number in (SHOP, BRANCH)
    }
    assert (len(at[SHOP]), len(at[BRANCH])) == (30, 10)
    assert max(at[SHOP]) - started >= (30 - 10) / 40 * 0.9  # ten may run ahead
    assert max(at[BRANCH]) < max(at[SHOP])


def test_what_a_number_may_send_within_a_moment_leaves_together(store, graph, lane, clock):
    number = a_telling_shop(throughput=40)
    for _ in range(40):
        waiting(number, now=clock())
    lane.drain()
    written_down = {event.at for event in OrderEvent.select().where(OrderEvent.after == "accepted")}
    assert len(graph.sent) == 40
    assert len(written_down) <= 20  # of one after the other it would be thirty and more


def test_each_refusal_finds_its_remedy(store, graph, lane, clock):
    number = a_telling_shop()
    people = {code: a_customer(phone=f"+55119{code:08}") for code in (131026, 132015, 131000, 131056)}
    for code, person in people.items():
        waiting(number, person, now=clock())
        graph.fail(code, customer=f"55119{code:08}")
    lane.drain()
    assert states() == ["failed", "held", "queued", "queued"]
    clock.skip(seconds=2)
    lane.drain()
    assert states() == ["failed", "held", "accepted", "queued"]
    clock.skip(seconds=10)
    lane.drain()
    assert states() == ["failed", "held", "accepted", "accepted"]
    assert len(graph.sent) == 2


def test_a_dead_token_keeps_the_queue_until_there_is_a_new_one(store, graph, lane, clock):
    number = a_telling_shop()
    for _ in range(3):
        waiting(number, now=clock())
    graph.access_tokens.discard("good")
    lane.drain()
    assert states() == ["queued"] * 3
    assert "190" in Number.get().paused_reason
    calls = len(graph.refused)
    lane.drain()
    assert len(graph.refused) == calls
    graph.access_tokens.add("good")
    clock.skip(minutes=6)
    lane.drain()
    assert states() == ["accepted"] * 3
    assert [row.attempts for row in Message.select()] == [1, 1, 1]
    assert Number.get().paused_reason is None


def test_an_account_with_a_token_of_its_own_sends_while_the_token_of_the_others_is_dead(store, graph, clock):
    dead, alive = a_telling_shop(), a_telling_shop(phone_number_id=BRANCH, waba="200000000000009")
    waiting(dead, now=clock())
    waiting(alive, now=clock())
    with lane_to(graph.url, clock, token="revoked", account_tokens={alive.waba: "good"}) as lane:
        lane.drain()
    assert states() == ["queued", "accepted"]
    assert [number.paused_reason is None for number in Number.select().order_by(Number.id)] == [False, True]


def test_while_meta_cannot_be_reached_messages_wait(store, graph, clock):
    waiting(a_telling_shop(), now=clock())
    url = graph.url
    with Graph([], access_tokens=[], app_secret="x") as gone:
        nowhere = gone.url
    with lane_to(nowhere, clock) as lane:
        lane.drain()
    assert (Message.get().state, Message.get().reason) == ("queued", "Meta cannot be reached; nothing was sent.")
    clock.skip(seconds=5)
    with lane_to(url, clock) as lane:
        lane.drain()
    assert states() == ["accepted"]


@pytest.mark.parametrize("fault", ["hang", "reset", "html"])
def test_a_send_without_answer_is_never_repeated_and_settled_by_its_receipt(store, graph, clock, fault):
    message = waiting(a_telling_shop(), now=clock())
    {"hang": lambda: graph.hang(seconds=5), "reset": lambda: graph.reset(accepted=True), "html": graph.html}[fault]()
    with lane_to(graph.url, clock, timeout=(2, 0.3)) as lane:
        lane.drain()
        assert states() == ["unknown"]
        clock.skip(hours=1)
        lane.drain()
    assert len(graph.sent) == (0 if fault == "html" else 1)
    notices.apply_receipt(Receipt("wamid.1", "delivered", clock(), callback=message.callback), clock())
    assert states() == ["delivered"]
    assert message_entries(message.order) == [("sending", "unknown"), ("unknown", "delivered")]


def test_a_template_that_was_paused_after_the_promise_is_not_sent(store, graph, lane, clock):
    waiting(a_telling_shop(), now=clock())
    graph.set_template_status(WABA, "order_update", "en", "PAUSED")
    Template.update(status="PAUSED").execute()
    lane.drain()
    assert states() == ["held"]
    assert graph.sent == graph.refused == []


def test_a_template_that_only_meta_knows_to_be_paused_holds_the_message(store, graph, lane, clock):
    waiting(a_telling_shop(), now=clock())
    graph.set_template_status(WABA, "order_update", "en", "PAUSED")
    lane.drain()
    assert (Message.get().state, Message.get().error_code) == ("held", 132015)


def test_what_meta_did_not_find_is_tried_again_by_the_duty_and_goes_out_once_meta_has_it(store, graph, lane, clock):
    waiting(a_telling_shop(), now=clock())
    graph.fail(132001)
    lane.drain()
    assert (Message.get().state, Message.get().error_code) == ("held", 132001)
    every, release = _duties(waker=None, keep=None)[events.RELEASE]
    assert every <= timedelta(minutes=10)
    release(clock())
    lane.drain()
    assert (Message.get().state, Message.get().error_code) == ("accepted", None)
    assert len(graph.sent) == 1


def test_a_promise_that_is_too_old_is_not_sent(store, graph, lane, clock):
    waiting(a_telling_shop(), now=clock(), expires_at=clock())
    lane.drain()
    assert states() == ["skipped"]
    assert graph.sent == []


def test_a_promise_with_a_hold_is_sent_when_the_hold_is_over(store, graph, lane, clock):
    order = a_shipped_order(trigger={"hold": 60})
    promised(order, now=clock())
    lane.drain()
    assert graph.sent == []
    clock.skip(seconds=61)
    lane.drain()
    assert len(graph.sent) == 1


def test_a_connection_that_broke_meanwhile_is_replaced(postgres_store, graph, lane, clock):
    waiting(a_telling_shop(), now=clock())
    with psycopg.connect(postgres_store, autocommit=True) as admin:
        others = "datname = current_database() AND pid <> pg_backend_pid()"  # the server's other databases are not ours
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    lane.drain()
    assert states() == ["accepted"]


def test_what_a_process_left_behind_while_sending_is_in_doubt(store, graph, lane, clock):
    message = waiting(a_telling_shop(), now=clock(), state="sending", lease_until=clock())
    clock.skip(seconds=1)
    lane.drain()
    assert states() == ["unknown"]
    assert graph.sent == []
    assert message_entries(message.order) == [("sending", "unknown")]


def test_a_line_goes_on_after_what_was_left_behind_however_long_a_drain_takes(store, graph, lane, clock):
    number, ana = a_telling_shop(throughput=10), a_customer()
    waiting(number, ana, now=clock(), state="sending", lease_until=clock() + timedelta(seconds=1))
    waiting(number, ana, now=clock())
    for _ in range(35):
        waiting(number, now=clock())
    lane.drain()
    assert states() == ["unknown", *["accepted"] * 36]


def test_what_another_process_is_sending_is_left_alone(store, graph, lane, clock):
    waiting(a_telling_shop(), now=clock(), state="sending", lease_until=clock().replace(year=2100))
    lane.drain()
    assert states() == ["sending"]
    assert graph.sent == []


KILLED = """
import sys
from datetime import UTC, datetime
from wapto.desk.notices.outbox import OutboxLane
from wapto.meta.client import GraphClient
from wapto.store.database import connect
connect(sys.argv[1])
OutboxLane(GraphClient(sys.argv[2], "v25.0", "good"), lambda: datetime.now(UTC)).drain()
"""


def test_a_message_is_not_doubled_by_a_process_that_is_killed_while_sending(store, graph, lane, clock):
    number = a_telling_shop()
    waiting(number, now=clock()), waiting(number, now=clock())
    graph.hang(seconds=30, next=2)
    home = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", KILLED, store, graph.url], cwd=home)
    try:
        wait_until(lambda: len(graph.sent) == 2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert states() == ["sending"] * 2
    lane.drain()
    assert states() == ["sending"] * 2
    clock.skip(seconds=61)
    lane.drain()
    assert states() == ["unknown"] * 2
    assert len(graph.sent) == 2


def test_a_lane_that_has_to_stop_claims_nothing_more_and_waits_for_what_is_in_flight(store, graph, lane, clock):
    number, ana = a_telling_shop(), a_customer()
    waiting(number, ana, now=clock()), waiting(number, ana, now=clock())
    answers = iter([False, True])
    assert lane.drain(lambda: next(answers))
    assert states() == ["accepted", "queued"]
    assert len(graph.sent) == 1


def test_no_more_is_claimed_than_there_are_free_threads(store, graph, clock):
    number = a_telling_shop()
    for _ in range(5):
        waiting(number, now=clock())
    graph.hang(seconds=1, next=2)
    with lane_to(graph.url, clock, threads=2) as lane:
        draining = Thread(target=lane.drain)
        draining.start()
        wait_until(lambda: len(graph.sent) == 2)
        assert states() == ["sending", "sending", "queued", "queued", "queued"]
        draining.join(10)
    assert states() == ["unknown", "unknown", "accepted", "accepted", "accepted"]


def test_a_message_that_comes_while_others_are_in_flight_does_not_wait_for_them(store, graph, lane, clock):
    number = a_telling_shop()
    waiting(number, a_customer(), now=clock())
    graph.hang(seconds=2)
    draining = Thread(target=lane.drain)
    draining.start()
    wait_until(lambda: graph.sent)
    waiting(number, now=clock())
    wait_until(lambda: len(graph.sent) == 2, seconds=1.8)
    assert draining.is_alive()
    draining.join(10)
    assert states() == ["unknown", "accepted"]


def wait_until(what, seconds=10):
    give_up_at = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up_at, "it took too long"
        time.sleep(0.01)
