"""The webhook beside the least app that does its duty: throughput and latencies as ratios.

    python -m bench.webhook [--seconds 2.5] [--engine sqlite|postgresql]

For each engine, cart and number of connections both are measured one after the other, first alone, then with a worker
that drains the inbox the whole time. The worker takes the same processors away from both.
"""

import argparse
import itertools
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import Load, post
from bench.processes import running, say_load, settings, wait_until, workers
from bench.shop import ENGINES, carts, databases, open_shop
from bench.stand_in import answering
from cli.embedded import EmbeddedRedis
from wapto.store.database import connect, db
from wapto.store.models import InboxEntry

LINES, CONNECTIONS = (1, 10), (16, 64)
_WARM_UP_SECONDS = 0.5
_HEAD = (
    f"{'':36}{'least app':>25}{'wapto':>25}{'wapto / least app':>26}\n{'':36}"
    + 2 * f"{'req/s':>9}{'p50':>8}{'p99':>8}"
    + (f"{'rate':>10}{'p50':>8}{'p99':>8}")
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
        ours, least = settings(new_database(), redis.url, outside), settings(new_database(), redis.url)
        open_shop(ours["DATABASE_URL"])
        stack.enter_context(running("bench.least", given=least))
        stack.enter_context(running("cli", "web", given=ours))
        ports = int(least["PORT"]), int(ours["PORT"])
        wait_until(lambda: all(_listens(port) for port in ports))
        for busy in (0, 1):
            with workers(busy, ours, "cli", "worker"):
                _runs(f"{engine}, {'draining' if busy else 'alone'}", ports, seconds)
                print(f"{'':36}{_left(ours['DATABASE_URL']):,} entries wait for the worker" if busy else "", flush=True)


def _runs(title: str, ports: tuple[int, int], seconds: float) -> None:
    for lines, connections in itertools.product(LINES, CONNECTIONS):
        bodies = carts(lines)
        results = []
        for port in reversed(ports):  # ours first, so that the worker has enough to do during both
            post(port, bodies, connections=connections, seconds=_WARM_UP_SECONDS)
            results.append(post(port, bodies, connections=connections, seconds=seconds))
        wapto, least = results
        print(f"{f'{title}, {lines} lines, {connections} conns':36}" + _row(least, wapto), flush=True)


def _row(least: Load, wapto: Load) -> str:
    figures = "".join(f"{one.rate:9,.0f}{one.p50:8.1f}{one.p99:8.1f}" for one in (least, wapto))
    ratios = f"{wapto.rate / least.rate:10.2f}{wapto.p50 / least.p50:8.2f}{wapto.p99 / least.p99:8.2f}"
    return f"{figures}{ratios}   (generator {wapto.own_share:.0%})"


def _left(url: str) -> int:
    connect(url)
    left = InboxEntry.select().where(InboxEntry.state == "new").count()
    db.close()
    return left


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


if __name__ == "__main__":
    main()
