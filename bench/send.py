"""Messages a second through the outbox lane of real worker processes, and with one RQ job for each message.

    python -m bench.send [--messages 4000] [--seconds 5] [--engine sqlite|postgresql]

A stand-in answers every send after 20 or 200 ms; the number's own limit is lifted. What counts is what the store knows
to be accepted.
"""

import argparse
import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bench import one_by_one
from bench.processes import say_load, settings, wait_until, workers
from bench.shop import ENGINES, databases, open_shop
from bench.stand_in import answering
from cli.embedded import EmbeddedRedis
from tests.desk.builders import a_customer, an_order
from wapto.desk.notices import notices
from wapto.store.database import connect, db, transaction
from wapto.store.models import Customer, Handle, Message, Number, Order

MILLISECONDS, PROCESSES = (20, 200), (1, 2)
_NO_LIMIT = 1_000_000  # messages a second
_LOOK = 0.1  # seconds: counting takes from the processors what sending could use
_TOGETHER = 200  # rows; SQLite takes so many columns in one statement


@dataclass(frozen=True)
class Way:
    """How messages leave: the module that works, and whether each is a job of RQ."""

    title: str
    module: str
    words: tuple[str, ...]
    as_jobs: bool


WAYS = (Way("lane", "cli", ("worker",), as_jobs=False), Way("RQ jobs", "bench.one_by_one", (), as_jobs=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--seconds", type=float, default=5, help="the longest that each run lasts (default 5)")
    parser.add_argument("--engine", choices=ENGINES)
    chosen = parser.parse_args()
    say_load()
    print(f"{'messages/s':28}{'lane':>9}{'RQ jobs':>9}{'ratio':>8}")
    for engine in [chosen.engine] if chosen.engine else ENGINES:
        for milliseconds, processes in itertools.product(MILLISECONDS, PROCESSES):
            lane, jobs = (_measure(engine, way, milliseconds, processes, chosen) for way in WAYS)
            title = f"{engine}, {milliseconds} ms, {processes} proc."
            print(f"{title:28}{lane:9,.0f}{jobs:9,.0f}{lane / jobs:8.1f}", flush=True)


def _measure(engine: str, way: Way, milliseconds: int, processes: int, chosen: argparse.Namespace) -> float:
    with databases(engine) as new_database, TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        url = new_database()
        shop = open_shop(url, throughput=_NO_LIMIT)
        connect(url)
        messages = _fill(shop, chosen.messages)
        if way.as_jobs:
            one_by_one.enqueue(redis.url, messages)
        with answering(milliseconds / 1000) as outside:
            given = settings(url, redis.url, outside)
            with workers(processes, given, way.module, *way.words):
                rate = _rate(len(messages), chosen.seconds)
        db.close()
    return rate


def _fill(shop: Number, count: int) -> list[int]:
    """Messages that are due, each to another customer about another order."""
    order = an_order(shop, a_customer(), status="shipped", last_seq=1, shown_seq=1)
    with transaction():
        notices.promise(order, "shipped", datetime.now(UTC))
    _repeat(Customer.get(), count)
    _repeat(Handle.get(), count, lambda at: {"customer": at, "value": _phone(at)})
    _repeat(Order.get(), count, lambda at: {"customer": at})
    _repeat(
        Message.get(),
        count,
        lambda at: {
            "order": at,
            "customer": at,
            "key": f"{at}:shipped:status",
            "callback": uuid4().hex,
            "to_phone": _phone(at),
        },
    )
    return [message.id for message in Message.select(Message.id)]


def _phone(at: int) -> str:
    return f"+55119{at:08}"


def _repeat(row: Customer | Handle | Order | Message, count: int, changes=lambda at: {}) -> None:
    """So many rows like the first, whose ids go on from it."""
    columns = {name: value for name, value in row.__data__.items() if name != "id"}
    with db.atomic():
        for start in range(2, count + 1, _TOGETHER):
            numbers = range(start, min(start + _TOGETHER, count + 1))
            type(row).insert_many([columns | changes(number) for number in numbers]).execute()


def _rate(count: int, seconds: float) -> float:
    """From the first accepted one to the last, or as many as there were in the time. RuntimeError if one failed."""
    wait_until(_accepted)
    started, first = time.monotonic(), _accepted()
    while (accepted := _accepted()) < count and time.monotonic() - started < seconds:
        time.sleep(_LOOK)
    rate = (accepted - first) / (time.monotonic() - started)
    if astray := Message.select().where(Message.state.not_in(("queued", "sending", "accepted"))).first():
        raise RuntimeError(f"A message is {astray.state}: {astray.reason}")
    return rate


def _accepted() -> int:
    return Message.select().where(Message.state == "accepted").count()


if __name__ == "__main__":
    main()
