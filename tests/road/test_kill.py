"""Processes killed at any instant, Meta and Slack on bad days: nothing is lost, doubled, or left to wait for ever."""

import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from sandbox.graph.phone import Customer
from sandbox.shops import AURORA
from tests.road.harness import PROCESSES, Road
from wapto.desk.orders import orders
from wapto.desk.orders.timeline import Actor
from wapto.domain import lifecycle
from wapto.store import database
from wapto.store.models import Alert, InboxEntry, Message, Order, OrderEvent

pytestmark = pytest.mark.slow

CARTS = 5
COFFEE = [("CAFE-250G", 2, 32.9, "BRL")]
LEASE = timedelta(seconds=60)


@pytest.fixture
def luck():
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


def test_whoever_is_killed_every_cart_is_one_order_one_card_and_each_step_told_at_most_once(
    tmp_path, redis_url, database_url, luck
):
    with Road(tmp_path, redis_url, database_url, shops=[AURORA]) as road:
        road.world.start()
        road.set_up()
        processes = {name: road.wapto.start(name) for name in PROCESSES}
        road.wapto.wait_until_ready("database", "worker")
        road.world.connect()
        database.connect(database_url)
        customers = []
        for number in range(CARTS):
            customers.append(Customer(road.world.graph, f"Cliente {number}", f"55119{number:08}"))
            customers[-1].send_cart(AURORA.number.id, COFFEE, times=luck.choice([1, 2]), concurrently=True)
            have_a_bad_day(road.world, luck)
            kill_one(road, processes, redis_url, luck)
            move_some_orders_on(luck)
        road.wapto.wait_until_ready("database", "worker")
        assert road.world.graph.settle()
        time.sleep(1)  # what is in flight comes back
        let_leases_pass()
        road.world.slack.wait_for(lambda: not left_to_do(), 20)

        check_orders(road, customers)
        check_messages(road)
        database.db.close()


def have_a_bad_day(world, luck):
    graph, slack = world.graph, world.slack.faults
    luck.choice(
        [
            lambda: graph.fail(luck.choice([131000, 131056])),
            lambda: graph.hang(seconds=0.5),
            lambda: graph.reset(accepted=luck.choice([True, False])),
            lambda: graph.html(status=502),
            lambda: slack.ratelimited(),
            lambda: slack.status("chat.postMessage", status=500),
            lambda: slack.lost("chat.postMessage"),
            lambda: slack.html(),
        ]
    )()


def kill_one(road, processes, redis_url, luck):
    time.sleep(luck.uniform(0.1, 0.9))
    name = luck.choice(["web", "worker", "worker", "scheduler", "redis"])
    if name == "redis":
        with Redis.from_url(redis_url) as client:
            client.flushall()
    else:
        processes[name].kill()
        processes[name].wait()
        processes[name] = road.wapto.start(name)


def move_some_orders_on(luck):
    """A step or two, as somebody at a terminal would."""
    for order in list(Order.select().where(Order.is_open)):  # all read, since SQLite writes over no open read
        for _ in range(luck.randrange(3)):
            if step := lifecycle.next_step(order.status, order.fulfillment):
                order = orders.change_status(order.id, step, actor=Actor("admin", "cli"), now=datetime.now(UTC))


def let_leases_pass():
    """As if a minute had gone by for whatever somebody had in hand when killed, and for what waits for another try."""
    with database.transaction():
        for model, field in (
            (InboxEntry, InboxEntry.lease_until),
            (Message, Message.lease_until),
            (Message, Message.next_at),
            (Order, Order.card_due_at),
            (Alert, Alert.due_at),
        ):
            for row in list(model.select().where(field.is_null(False))):
                model.update({field: getattr(row, field.name) - LEASE}).where(model.id == row.id).execute()


def left_to_do():
    queues = (
        InboxEntry.select().where(InboxEntry.state == "new"),
        Message.select().where(Message.state.in_(["queued", "sending"])),
        Order.select().where(Order.shown_seq < Order.last_seq),
        # Of a message in doubt the assignee hears after ten minutes, when a receipt would have come.
        Alert.select().where(Alert.state.in_(["due", "posting"]), Alert.due_at <= datetime.now(UTC)),
    )
    return sum(queue.count() for queue in queues)


def check_orders(road, customers):
    assert {customer.name: len(road.cards_of(customer, AURORA.channel)) for customer in customers} == {
        customer.name: 1 for customer in customers
    }
    assert Order.select().count() == len(customers)
    assert max(Counter(dm.text for person in road.world.people.values() for dm in person.dms).values()) == 1
    for order in Order.select():
        timeline = OrderEvent.select().where(OrderEvent.order == order).order_by(OrderEvent.id)
        assert [event.seq for event in timeline] == list(range(1, order.last_seq + 1))


def check_messages(road):
    told = Counter((sent.to, sent.template) for sent in road.world.graph.sent)
    assert set(told.values()) == {1}
    for message in Message.select():
        known = (message.state, told[message.to_phone, message.template])
        # Held: the template about shipping has no value for the parcel. In doubt: Meta may have it or not.
        assert known in {("delivered", 1), ("held", 0), ("unknown", 0)}
