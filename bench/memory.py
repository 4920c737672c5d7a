"""The memory of web and worker over very many webhooks: it must not grow with their number.

    python -m bench.memory [--webhooks 200000] [--engine sqlite|postgresql]

One in twenty is a new cart, the others are deliveries of what came before. After each tenth both are looked at: what
Linux counts as theirs (RSS) of the process and of those below it. Judged is from the second tenth on, when caches are
warm; ends with 1 where it grew by more than a tenth.
"""

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import post
from bench.processes import running, say_load, settings, wait_until
from bench.shop import ENGINES, carts, databases, open_shop
from bench.stand_in import answering
from bench.webhook import listens
from cli.embedded import EmbeddedRedis
from wapto.store.database import db
from wapto.store.models import InboxEntry

_STEPS, _NEW, _CONNECTIONS = 10, 20, 16
_GROWTH = 1.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--webhooks", type=int, default=200_000)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    chosen = parser.parse_args()
    say_load()
    print(f"{'webhooks':>10}{'worked on':>11}{'web, MB':>10}{'worker, MB':>12}")
    seen = list(_measure(chosen.engine, chosen.webhooks))
    growths = [last / warm for last, warm in zip(seen[-1], seen[1], strict=True)]
    print(f"from the second tenth on: web {growths[0]:.2f} times, worker {growths[1]:.2f} times")
    sys.exit(max(growths) > _GROWTH)


def _measure(engine: str, webhooks: int) -> Iterator[tuple[float, float]]:
    with databases(engine) as new_database, TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        url = new_database()
        open_shop(url)
        with answering(0.02) as outside:
            given = settings(url, redis.url, outside)
            with running("cli", "web", given=given) as web, running("cli", "worker", given=given) as worker:
                wait_until(lambda: listens(int(given["PORT"])))
                bodies = _deliveries()
                for step in range(1, _STEPS + 1):
                    while InboxEntry.select().count() < webhooks * step / _STEPS:
                        post(int(given["PORT"]), bodies, connections=_CONNECTIONS, seconds=2)
                    yield _look(web.pid, worker.pid)
                _catch_up()
                yield _look(web.pid, worker.pid)
        db.close()


def _deliveries() -> Iterator[bytes]:
    """Carts without end, one in twenty of them new."""
    known: deque[bytes] = deque(maxlen=500)
    for at, body in enumerate(carts(1)):
        if at % _NEW == 0:
            known.append(body)
        yield known[at % len(known)]


def _look(*pids: int) -> tuple[float, float]:
    web, worker = (_megabytes(pid) for pid in pids)
    sent = InboxEntry.select().count()
    left = InboxEntry.select().where(InboxEntry.state == "new").count()
    print(f"{sent:10,.0f}{sent - left:11,.0f}{web:10.1f}{worker:12.1f}", flush=True)
    return web, worker


def _catch_up(seconds: float = 20) -> None:
    """Lets the worker work on what is left, for so long at most."""
    end = time.monotonic() + seconds
    while InboxEntry.select().where(InboxEntry.state == "new").exists() and time.monotonic() < end:
        time.sleep(1)


def _megabytes(pid: int) -> float:
    """Of the process and all below it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(map(_megabytes, map(int, below)))


if __name__ == "__main__":
    main()
