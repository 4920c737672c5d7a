"""Inbox entries turned into orders by real worker processes: carts with 3 lines, each with its agent and its notice.

    python -m bench.drain [--entries 4000] [--engine sqlite|postgresql] [--processes 1 2]

The other lanes are at work too, as they would be: notices leave at 80/s for a stand-in, a card a second goes to Slack.
Says how fast each quarter went, since work must not become slower as orders pile up.
"""

import argparse
import itertools
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import say_load, settings, wait_until, workers
from bench.shop import ENGINES, databases, fill, open_shop
from bench.stand_in import answering
from cli.embedded import EmbeddedRedis
from wapto.store.database import db
from wapto.store.models import Alert, InboxEntry, Message, Order, OrderLine

LINES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=4_000)
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--processes", type=int, nargs="+", default=[1])
    chosen = parser.parse_args()
    say_load()
    print(f"{'':26}{'orders/s':>9}   by quarters of {chosen.entries:,} entries")
    for engine, processes in itertools.product([chosen.engine] if chosen.engine else ENGINES, chosen.processes):
        _measure(engine, processes, chosen.entries)


def _measure(engine: str, processes: int, entries: int) -> None:
    with databases(engine) as new_database, TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        given = new_database()
        open_shop(given)
        fill(entries, LINES)
        with answering(0.02) as outside, workers(processes, settings(given, redis.url, outside), "cli", "worker"):
            times = _quarters(entries)
        _check(entries)
        db.close()
    rates = [entries / 4 / (end - start) for start, end in itertools.pairwise(times)]
    total = entries / (times[-1] - times[0])
    print(
        f"{f'{engine}, {processes} processes':26}{total:9,.0f}  " + "".join(f"{rate:8,.0f}" for rate in rates),
        flush=True,
    )


def _quarters(entries: int) -> list[float]:
    """When the first entry was done, and each quarter of them."""
    times = []
    for done in (1, *(entries * quarter // 4 for quarter in (1, 2, 3, 4))):
        wait_until(lambda done=done: _left() <= entries - done, seconds=120)
        times.append(time.monotonic())
    return times


def _left() -> int:
    return InboxEntry.select().where(InboxEntry.state == "new").count()


def _check(entries: int) -> None:
    """Fast and wrong would be no figure at all."""
    made = [model.select().count() for model in (Order, Alert, Message)]
    if made != [entries] * 3 or OrderLine.select().count() != entries * LINES:
        raise RuntimeError(f"{entries} carts made {made} orders, alerts, notices.")


if __name__ == "__main__":
    main()
