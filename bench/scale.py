"""Throughput of one store with 1, 2 and 4 workers: carts into orders, with everything that a worker does beside.

    python -m bench.scale [--entries 3000] [--engine postgresql] [--processes 1 2 4]

Workers cannot be faster than the processors that they share with the database, so beside the rate stands what an order
costs in processor time of the workers: while that stays level, more processors take more orders.
"""

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import say_load, settings, wait_until, workers
from bench.shop import ENGINES, databases, fill, open_shop
from bench.stand_in import answering
from cli.embedded import EmbeddedRedis
from wapto.store.database import db
from wapto.store.models import InboxEntry, Order

LINES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=3_000)
    parser.add_argument("--engine", choices=ENGINES, default="postgresql")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    chosen = parser.parse_args()
    say_load()
    print(f"{'':26}{'orders/s':>9}{'times one':>11}{'ms of a processor per order':>29}")
    first = 0.0
    for processes in chosen.processes:
        rate, cost = _measure(chosen.engine, processes, chosen.entries)
        first = first or rate
        print(
            f"{f'{chosen.engine}, {processes} workers':26}{rate:9,.0f}{rate / first:11.2f}{cost * 1000:29.2f}",
            flush=True,
        )


def _measure(engine: str, processes: int, entries: int) -> tuple[float, float]:
    """Orders a second from the first to the last, and the workers' seconds of a processor for each."""
    with databases(engine) as new_database, TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        given = new_database()
        open_shop(given)
        fill(entries, LINES)
        with answering(0.02) as outside:
            before = _spent_by_children()
            with workers(processes, settings(given, redis.url, outside), "cli", "worker"):
                wait_until(lambda: _left() < entries)
                began, had = time.monotonic(), _left()
                wait_until(lambda: _left() == 0, seconds=180)
                seconds = time.monotonic() - began
            cost = (_spent_by_children() - before) / entries  # their start included
        if Order.select().count() != entries:
            raise RuntimeError(f"{entries} carts made {Order.select().count()} orders.")
        db.close()
    return had / seconds, cost


def _left() -> int:
    return InboxEntry.select().where(InboxEntry.state == "new").count()


def _spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
