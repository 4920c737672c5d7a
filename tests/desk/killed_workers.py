"""Two workers are killed again and again while they tell customers, and Meta fails one call in ten.

    python -m tests.desk.killed_workers [--orders 500] [--changes 2000] [--engine sqlite|postgresql] [--seed N]

The seed repeats what is killed and what fails, though not when.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from sandbox.graph import Graph
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import NOTICE, SHOP, WABA, a_customer, a_number, a_template, a_trigger, an_agent, an_order
from tests.services import PostgresServer
from wapto.desk.notices.outbox import reap
from wapto.desk.orders import orders
from wapto.desk.orders.timeline import Actor
from wapto.errors import TryLater
from wapto.store.database import connect, db, transaction
from wapto.store.migrate import migrate
from wapto.store.models import Alert, Message, Number

STATUSES = ("pending", "confirmed", "processing", "shipped")
_TEAM = Actor("Bia", "slack")
_PASSING, _FINAL = (130429, 131056, 131000, 131016, 133004), 131026
_KILL_EVERY, _LONGEST = 0.7, 240.0  # seconds
_LEASE, _LONGEST_CALL = timedelta(seconds=61), timedelta(seconds=4)

WORKER = """
import sys, time
from datetime import UTC, datetime
from wapto.desk.notices.outbox import OutboxLane
from wapto.errors import TryLater
from wapto.meta.client import GraphClient
from wapto.store.database import connect
connect(sys.argv[1])
lane = OutboxLane(GraphClient(sys.argv[2], "v25.0", "good"), lambda: datetime.now(UTC), 16)
while True:
    try:
        lane.drain()
    except TryLater:
        pass
    time.sleep(0.02)
"""


def run(url, *, people, changes, seed):
    """All of it over the store at this address, and what has to be true afterwards; returns how it went, in words."""
    dice = random.Random(seed)
    account = Waba(WABA, [MetaNumber(SHOP, "+55 11 4000-0001", "Loja")], [NOTICE])
    with Graph([account], access_tokens=["good"], app_secret="secret") as graph:
        made = _open_shop(people)
        team = Thread(target=_work, args=(made, changes, graph, dice))
        with _two_workers(url, graph.url) as workers:
            team.start()
            killed = _kill_until_done(workers, team, dice)
        reap(datetime.now(UTC) + _LEASE)
        words = _check(graph, changes)
    return f"{killed} workers killed; {words}"


def _open_shop(people):
    number, agent = a_number(throughput=1000), an_agent()
    a_template()
    for status in STATUSES:
        a_trigger(number, status)
    with transaction():
        customers = [a_customer(phone=f"+55119{at:08}") for at in range(people)]
        return [an_order(number, customer, agent=agent).id for customer in customers]


def _work(order_ids, changes, graph, dice):
    """Each order goes on by one status after the other; before every tenth change something is ordered to go wrong."""
    rounds = [(order_id, status) for status in STATUSES for order_id in dice.sample(order_ids, len(order_ids))]
    for order_id, status in rounds[:changes]:
        if dice.randrange(10) == 0:
            _harm(graph, dice)
        _insist(
            lambda order_id=order_id, status=status: orders.change_status(
                order_id, status, actor=_TEAM, now=datetime.now(UTC)
            )
        )
    db.close()


def _insist(change):
    while True:
        try:
            return change()
        except TryLater:
            time.sleep(0.05)


def _harm(graph, dice):
    dice.choice(
        (
            lambda: graph.fail(dice.choice(_PASSING)),
            lambda: graph.fail(_FINAL),
            lambda: graph.html(status=dice.choice((500, 502, 503))),
            lambda: graph.reset(accepted=dice.choice((True, False))),
            lambda: graph.hang(seconds=1),
        )
    )()


@contextmanager
def _two_workers(url, graph_url):
    command = [sys.executable, "-c", WORKER, url, graph_url]
    workers = [lambda: subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)] * 2
    running = [start() for start in workers]
    try:
        yield running, workers[0]
    finally:
        for process in running:
            process.kill()
            process.wait(10)


def _kill_until_done(workers, team, dice):
    """Kills one of the two after the other until all changes are made and nothing waits; returns how many."""
    (running, start), killed, deadline = workers, 0, time.monotonic() + _LONGEST
    while team.is_alive() or _waiting():
        assert time.monotonic() < deadline, f"still waiting: {_waiting()}"
        time.sleep(dice.uniform(0.5, 1.5) * _KILL_EVERY)
        at = dice.randrange(2)
        running[at].kill()
        running[at].wait(10)
        running[at] = start()
        killed += 1
        _bring_forward()
    return killed


def _waiting():
    return Message.select().where(Message.state == "queued").count()


def _bring_forward():
    """What is to be tried again is due, and what has been in hand for seconds was in the hand of one who was killed."""
    with transaction():
        Message.update(next_at=datetime.now(UTC)).where(Message.state == "queued").execute()
        Number.update(theoretical_at=None, paused_until=None).execute()
    reap(datetime.now(UTC) + _LEASE - _LONGEST_CALL)


def _check(graph, changes):
    messages = list(Message.select().order_by(Message.id))
    by_callback = {message.callback: message for message in messages}
    told = Counter(sent.callback for sent in graph.sent)
    assert len(messages) == changes
    assert set(told) <= set(by_callback)
    assert max(told.values()) == 1, "a customer was told something twice"
    proven = {message.callback for message in messages if message.state == "accepted"}
    assert proven <= set(told), "what is called accepted never reached Meta"
    doubtful = [message for message in messages if message.callback not in proven]
    assert {message.state for message in doubtful} <= {"unknown", "failed"}
    warned = {alert.message_id for alert in Alert.select(Alert.message).where(Alert.message.is_null(False))}
    assert {message.id for message in doubtful} <= warned, "a notice that is not proven is shown to nobody"
    lines = defaultdict(list)
    for sent in graph.sent:
        lines[sent.to].append(by_callback[sent.callback].id)
    assert all(line == sorted(line) for line in lines.values()), "a customer was told in the wrong order"
    states = ", ".join(f"{count} {state}" for state, count in sorted(Counter(m.state for m in messages).items()))
    return f"{changes} changes: {states}"


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.desk.killed_workers", description=__doc__)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--changes", type=int, default=2_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, PostgresServer() as postgres:
        for url in (f"sqlite:///{folder}/wapto.db", postgres.create_database()):
            if not url.startswith(chosen.engine or ""):
                continue
            connect(url)
            migrate()
            began = time.monotonic()
            words = run(url, people=chosen.orders, changes=chosen.changes, seed=chosen.seed)
            db.close()
            took = time.monotonic() - began
            sys.stdout.write(f"{url.partition(':')[0]}, seed {chosen.seed}: {words}; {took:.0f} s\n")


if __name__ == "__main__":
    main()
