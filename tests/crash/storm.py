"""Bad days by a schedule: real processes, servers and disks on which everything goes wrong, and a shop that works on.

The main thread does the faults and starts processes; customers and the team are threads.
"""

import os
import random
import shutil
import signal
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from peewee import PeeweeException

from sandbox.graph.phone import Customer
from sandbox.graph.world import Number
from sandbox.shops import AURORA
from tests.crash import checks
from tests.road.harness import PROCESSES
from wapto.desk.orders import orders
from wapto.desk.orders.timeline import Actor
from wapto.domain import lifecycle
from wapto.errors import Conflict, TryLater
from wapto.store import database
from wapto.store.models import Order

COFFEE = [("CAFE-250G", 2, 32.9, "BRL")]
PARCEL = orders.Tracking(carrier="Correios", number="BR 123")
TEAM = Actor("admin", "cli")
# Meta tries for days: nothing may be given up because a storm lasts minutes.
BACKOFF = (0.1, 0.3, 1.0, *(2.0,) * 600)
_A_MOMENT, _LONGEST_WAIT = 3.0, 60.0  # seconds
_TRIES = (PeeweeException, TryLater, Conflict)
_CODES = (130429, 131056, 131000, 131016, 133004)


def shops(count):
    """So many numbers, each with an account and a channel of its own: Slack takes a post a second in each."""
    return [
        replace(
            AURORA,
            name=f"Aurora {at}",
            waba=f"20000000000001{at}",
            number=Number(f"10000000000001{at}", f"+55 11 3003-10{at:02}", f"Aurora {at}", AURORA.number.catalog_id),
            channel=f"C0STORM{at}",
            channel_name=f"storm-{at}",
            notices=tuple(replace(each, bind=_without_eta(each), body=_BODY) for each in AURORA.notices[:6]),
        )
        for at in range(count)
    ]


_BODY = "{{1}}: {{2}}"


def _without_eta(notice):
    return {"1": "customer.first_name", "2": "order.number"}


@dataclass
class Storm:
    """A road, what may break under it, and what its people do meanwhile."""

    road: object
    redis: object
    redis_folder: Path
    disk: object = None
    clock: object = None
    postgres: object = None
    workers: int = 1
    one_in: int = 0  # calls that fail besides the schedule's

    def __post_init__(self):
        self.processes, self.customers, self._people, self._is_stopped = {}, [], [], False
        self._luck = random.Random(7)

    def start(self):
        for name in self._names():
            self._start(name)
        self.road.wapto.wait_until_ready("database", "worker", "scheduler")
        self.road.world.connect()

    def stop(self):
        self._is_stopped = True
        for person in self._people:
            person.join()
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()

    def run(self, faults, *, carts, changes, seconds):
        """The faults at their times, while carts come and the team moves orders on."""
        self._people = [
            threading.Thread(target=self._customers, name="customers", args=(carts, seconds)),
            threading.Thread(target=self._team, name="team", args=(changes, seconds)),
        ]
        for person in self._people:
            person.start()
        began = time.monotonic()
        for fault in faults:
            self._keep_up_until(lambda at=began + fault.at: time.monotonic() >= at)
            getattr(self, "_" + fault.kind.replace(" ", "_"))(fault)

    def calm(self, seconds):
        """A good day: everything runs, the people finish, and all comes to its end. What is left to do after all."""
        graph, slack = self.road.world.graph, self.road.world.slack
        graph.clear_faults()
        slack.faults.clear()
        end = time.monotonic() + seconds
        self._keep_up_until(lambda: self._is_ready() or time.monotonic() > end)
        graph.settle(max(1, end - time.monotonic()))
        time.sleep(1)  # what is in flight comes back
        while (left := self._left()) and time.monotonic() < end:
            self._in_store(checks.let_time_pass)
            look_at = time.monotonic() + _A_MOMENT
            self._keep_up_until(lambda look_at=look_at: time.monotonic() > look_at or not self._left())
        return left

    def _is_ready(self):
        return self.road.wapto.is_ready(("database", "redis", "worker", "scheduler"))

    def _left(self):
        people = {person.name: 1 for person in self._people if person.is_alive()}
        return people | self._in_store(checks.left_to_do)

    def _in_store(self, look):
        """What is asked of the store, again until it answers: it may be away, or somebody have the order in hand."""
        give_up_at = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                return look()
            except _TRIES:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)

    def _names(self):
        return [name for name in PROCESSES if name != "worker"] + [f"worker {at}" for at in range(self.workers)]

    def _start(self, name):
        self.processes[name] = self.road.wapto.start(name.split()[0])

    def _keep_up_until(self, true):
        """As a supervisor would: whoever has ended is started again."""
        while not true():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    self._start(name)
            time.sleep(0.05)

    def _customers(self, carts, seconds):
        shops = self.road.shops
        for at in range(carts):
            customer = Customer(self.road.world.graph, f"Cliente{at} Silva", f"55119{at:08}")
            self.customers.append(customer)
            twice = 1 + (at % 3 == 0)
            customer.send_cart(shops[at % len(shops)].number.id, COFFEE, times=twice, concurrently=True)
            time.sleep(seconds * 0.7 / carts)

    def _team(self, changes, seconds):
        """Moves orders on, as people at terminals would; who is told to try later does."""
        done = 0
        while done < changes and not self._is_stopped:
            ids = self._in_store(lambda: [row.id for row in Order.select(Order.id).where(Order.is_open)])
            self._luck.shuffle(ids)
            for order_id in ids[: changes - done]:
                done += self._in_store(lambda order_id=order_id: self._step(order_id))
                if self.one_in and self._luck.randrange(self.one_in) == 0:
                    self._any_call_fails()
                time.sleep(seconds * 0.5 / changes)
            time.sleep(0.05)
        database.db.close()

    def _step(self, order_id):
        order = Order.get_by_id(order_id)
        step = lifecycle.next_step(order.status, order.fulfillment)
        if step:
            with_parcel = PARCEL if step == lifecycle.SHIPPED else None
            orders.change_status(
                order_id, step, actor=TEAM, now=datetime.now(UTC), tracking=with_parcel, seen_status=order.status
            )
        return bool(step)

    def _any_call_fails(self):
        graph = self.road.world.graph
        self._luck.choice(
            [
                lambda: graph.fail(self._luck.choice(_CODES)),
                lambda: graph.html(status=502),
                lambda: graph.reset(accepted=self._luck.choice([True, False])),
            ]
        )()

    def _kill(self, name, fault):
        process = self.processes[name]
        if fault.pick < 0.5:
            os.killpg(process.pid, signal.SIGKILL)  # with its children, as when memory runs out in a container
        else:
            process.kill()
        process.wait()
        time.sleep(fault.away)
        self._start(name)

    def _kill_web(self, fault):
        self._kill("web", fault)

    def _kill_worker(self, fault):
        self._kill(fault.one_of([name for name in self._names() if name.startswith("worker")]), fault)

    def _kill_scheduler(self, fault):
        self._kill("scheduler", fault)

    def _wipe_redis(self, fault):
        self.redis.stop()
        shutil.rmtree(self.redis_folder)
        time.sleep(fault.away)
        self.redis.start()

    def _crash_postgres(self, fault):
        self.postgres.crash()
        time.sleep(fault.away)
        self.postgres.start_again()

    def _fill_disk(self, fault):
        self.disk.fill()
        time.sleep(fault.away)
        self.disk.free()
        if self.postgres:
            self.postgres.mend()

    def _turn_clock(self, fault):
        self.clock.set(fault.jump)
        time.sleep(fault.away)
        self.clock.set(0)

    def _meta_refuses(self, fault):
        self.road.world.graph.fail(fault.one_of(_CODES), next=3)

    def _meta_is_html(self, fault):
        self.road.world.graph.html(status=fault.one_of([500, 502, 503]), next=3)

    def _meta_resets(self, fault):
        self.road.world.graph.reset(accepted=fault.one_of([True, False]), next=2)

    def _meta_hangs(self, fault):
        self.road.world.graph.hang(seconds=fault.away)

    def _slack_limits(self, fault):
        self.road.world.slack.faults.ratelimited(times=2)

    def _slack_fails(self, fault):
        self.road.world.slack.faults.status(status=fault.one_of([500, 503]), times=2)

    def _slack_is_html(self, fault):
        self.road.world.slack.faults.html()

    def _slack_loses(self, fault):
        self.road.world.slack.faults.lost(fault.one_of(["chat.postMessage", "chat.update"]))
