"""The webhook beside the least app that does its duty, and beside pywa, which stores nothing.

    python -m bench.webhook [--seconds 2.5] [--engine sqlite|postgresql]

For each engine, cart and number of connections all are measured one after the other, first alone, then with a worker
that drains the inbox the whole time. The worker takes the same processors away from all. Ratios are Wapto / the other.
"""

import argparse
import itertools
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import Load, post
from bench.processes import running, say_load, settings, wait_until, workers
from bench.shop import ENGINES, carts, databases, fill, open_shop
from bench.stand_in import answering
from cli.embedded import EmbeddedRedis
from wapto.store.database import connect, db
from wapto.store.models import InboxEntry

LINES, CONNECTIONS = (1, 10), (16, 64)
_WARM_UP_SECONDS = 0.5
_BACKLOG = 20_000  # carts that wait when the worker starts, so that it has enough to do while others are measured
_HEAD = (
    f"{'':36}{'wapto':>23}{'least app':>23}{'pywa':>23}{'/ least app':>20}{'/ pywa':>20}\n{'':36}"
    + 3 * f"{'req/s':>9}{'p50':>7}{'p99':>7}"
    + 2 * f"{'rate':>8}{'p50':>6}{'p99':>6}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.5, help="how long each run lasts (default 2.5)")
    parser.add_argument("--engine", choices=ENGINES)
    chosen = parser.parse_args()
    say_load()
    print("Latencies in ms.", _HEAD, sep="\n")
    for engine in [chosen.engine] if chosen.engine else ENGINES:
        _compare(engine, chosen.seconds)


def _compare(engine: str, seconds: float) -> None:
    with ExitStack() as stack:
        new_database = stack.enter_context(databases(engine))
        redis = stack.enter_context(EmbeddedRedis(Path(stack.enter_context(TemporaryDirectory()))))
        outside = stack.enter_context(answering(0.02))
        ours, least, pywa = (settings(new_database(), redis.url, outside) for _ in range(3))
        open_shop(ours["DATABASE_URL"])
        stack.enter_context(running("cli", "web", given=ours))
        stack.enter_context(running("bench.least", given=least))
        stack.enter_context(running("bench.pywa_app", given=pywa))
        ports = [int(given["PORT"]) for given in (ours, least, pywa)]
        wait_until(lambda: all(listens(port) for port in ports))
        for busy in (0, 1):
            _fill(ours["DATABASE_URL"], busy * _BACKLOG)
            with workers(busy, ours, "cli", "worker"):
                _runs(f"{engine}, {'draining' if busy else 'alone'}", ports, seconds)
                print(f"{'':36}{_left(ours['DATABASE_URL']):,} entries wait for the worker" if busy else "", flush=True)


def _runs(title: str, ports: list[int], seconds: float) -> None:
    for lines, connections in itertools.product(LINES, CONNECTIONS):
        bodies = carts(lines)
        results = []
        for port in ports:
            post(port, bodies, connections=connections, seconds=_WARM_UP_SECONDS)
            results.append(post(port, bodies, connections=connections, seconds=seconds))
        print(f"{f'{title}, {lines} lines, {connections} conns':36}" + _row(*results), flush=True)


def _row(ours: Load, *others: Load) -> str:
    figures = [f"{one.rate:9,.0f}{one.p50:7.1f}{one.p99:7.1f}" for one in (ours, *others)]
    ratios = [f"{ours.rate / one.rate:8.2f}{ours.p50 / one.p50:6.2f}{ours.p99 / one.p99:6.2f}" for one in others]
    return f"{''.join(figures + ratios)}   (generator {ours.own_share:.0%})"


def _fill(url: str, entries: int) -> None:
    connect(url)
    fill(entries, LINES[0])
    db.close()


def _left(url: str) -> int:
    connect(url)
    left = InboxEntry.select().where(InboxEntry.state == "new").count()
    db.close()
    return left


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


if __name__ == "__main__":
    main()
