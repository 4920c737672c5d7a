"""From an agent's click in Slack to the notice that reaches Meta, through the real processes.

    python -m bench.click [--orders 20] [--engine sqlite|postgresql]

Each click waits for the notice of the one before. Slack takes a card a second in each channel: the orders come first.
"""

import argparse
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import say_load, wait_until
from bench.shop import ENGINES
from cli.embedded import EmbeddedRedis
from sandbox.graph.phone import Customer
from sandbox.shops import AURORA
from tests.road.harness import Road
from tests.services import PostgresServer

_CART = [("CAFE-250G", 2, 32.9, "BRL")]
_BUTTON, _MADE = "Confirm", 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--engine", choices=ENGINES)
    chosen = parser.parse_args()
    say_load()
    for engine in [chosen.engine] if chosen.engine else ENGINES:
        waits = sorted(_measure(engine, chosen.orders))
        slowest = waits[len(waits) * 9 // 10]
        print(f"{engine}: median {statistics.median(waits):.0f} ms, nine in ten within {slowest:.0f} ms", flush=True)


def _measure(engine: str, count: int) -> list[float]:
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="wapto-bench-")))
        redis = stack.enter_context(EmbeddedRedis(home / "redis"))
        url = f"sqlite:///{home}/wapto.db"
        if engine == "postgresql":
            url = stack.enter_context(PostgresServer(durable=True)).create_database()
        (home / "wapto").mkdir()
        road = stack.enter_context(Road(home / "wapto", redis.url, url))
        road.world.start()
        road.set_up()
        road.start()
        road.wapto.wait_until_ready("database", "redis", "worker", "scheduler")
        road.world.connect()
        people = [Customer(road.world.graph, f"Customer {at:03}", f"551191111{at:04}") for at in range(count)]
        for customer in people:
            customer.send_cart(AURORA.number.id, _CART)
        orders = [road.order_of(customer, AURORA.channel, timeout=_MADE) for customer in people]
        for customer in people:
            wait_until(lambda customer=customer: len(road.sent_to(customer)) == 1)
        return [_click(road, customer, order.card) for customer, order in zip(people, orders, strict=True)]


def _click(road: Road, customer: Customer, card: object) -> float:
    """Milliseconds from the click until Meta has the notice."""
    began = time.monotonic()
    road.world.person("Bruno").click(card, _BUTTON)
    wait_until(lambda: len(road.sent_to(customer)) == 2)
    return (road.sent_to(customer)[1].monotonic - began) * 1000


if __name__ == "__main__":
    main()
