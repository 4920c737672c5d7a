"""What so many orders a minute need, and what breaks first: arithmetic, and a small simulation of the queues.

    python -m bench.sizing [--orders 10 1000 100000]

Prints the tables of docs/sizing.md, which a test compares. No clock and no load of this machine are in it: the seed
is fixed, and the costs are those that the benches measured (bench/README.md).
"""

import argparse
import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

LOADS = (10, 1_000, 100_000)  # orders a minute
NOTICES = 5  # received, confirmed, shipped, out for delivery, delivered
RECEIPTS = 3  # of each notice: sent, delivered, read
WEBHOOKS = 1 + 1 + NOTICES * RECEIPTS  # the cart, one question of the customer's, receipts
POSTS = 1 + NOTICES  # the card, and in its thread what happened: one for what comes together
CHANGES = NOTICES + 2  # edits of the card: each step, who has it, what was read
KEPT_KB = 25  # an order for ever (4 KB when it comes in), and its webhooks for 30 days
FULL = 0.7  # of what a station can do: above that waits grow fast
_SIMULATED = 200_000  # things that are worked on, of each station


@dataclass(frozen=True)
class Station:
    """A place where work waits: how often an order comes by, and how long one of them keeps one server busy."""

    name: str
    visits: float
    seconds: float
    unit: str

    def load(self, orders_a_minute: float) -> float:
        """How many servers are busy at a time on average; above 1 a single one never catches up."""
        return orders_a_minute / 60 * self.visits * self.seconds

    def needed(self, orders_a_minute: float) -> int:
        """How many keep below what is full."""
        return max(1, math.ceil(self.load(orders_a_minute) / FULL))


# Processor time on the machine of the benches, except where Slack and Meta set the pace.
STATIONS = (
    Station("webhooks stored", WEBHOOKS, 0.0005, "processors for web"),
    Station("webhooks worked on", WEBHOOKS, 0.0008, "processors for workers"),
    Station("notices sent", NOTICES, 0.0034, "processors for workers"),
    Station("notices through one number", NOTICES, 1 / 80, "numbers (80 messages/s each)"),
    Station("posts in one channel", POSTS, 1.0, "channels (a post a second each)"),
    Station("edits of cards", CHANGES, 60 / 50, "workspaces (50 edits a minute each)"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, nargs="+", default=list(LOADS), help="a minute")
    print("\n".join(tables(parser.parse_args().orders)))


def tables(loads: list[int]) -> Iterator[str]:
    """The lines of both tables, as Markdown."""
    yield "| what one order costs | " + " | ".join(f"{load:,} a minute" for load in loads) + " |"
    yield "|---|" + "---|" * len(loads)
    for station in STATIONS:
        yield f"| {station.name}: {station.unit} | " + " | ".join(_need(station, load) for load in loads) + " |"
    yield "| store, GB a day | " + " | ".join(f"{load * 1440 * KEPT_KB / 1e6:,.1f}" for load in loads) + " |"
    yield "| **breaks first with one of each** | " + " | ".join(map(first_to_break, loads)) + " |"
    yield ""
    yield "| 99 of 100 wait no longer than | " + " | ".join(f"{load:,} a minute" for load in loads) + " |"
    yield "|---|" + "---|" * len(loads)
    for station in STATIONS:
        waits = (wait_of_99(station, load, station.needed(load)) for load in loads)
        yield f"| {station.name} | " + " | ".join(map(_shown, waits)) + " |"


def _need(station: Station, orders_a_minute: int) -> str:
    return f"{station.needed(orders_a_minute):,} ({station.load(orders_a_minute):,.2f} busy)"


def first_to_break(orders_a_minute: int) -> str:
    """The station that is the fullest with a single server."""
    worst = max(STATIONS, key=lambda station: station.load(orders_a_minute))
    load = worst.load(orders_a_minute)
    return f"{worst.name}, at {load:,.1f} times what one can do" if load > 1 else "nothing"


def wait_of_99(station: Station, orders_a_minute: float, servers: int) -> float:
    """Seconds that 99 of 100 wait at most before they are begun: who comes first is served first, by whoever is free.

    Orders come as they like (a Poisson process), and all that one order brings comes at once, which is the worst case.
    """
    luck = random.Random(11)
    free, at, waits = [0.0] * servers, 0.0, []
    together = round(station.visits)
    while len(waits) < _SIMULATED:
        at += luck.expovariate(orders_a_minute / 60)
        for _ in range(together):
            begun = max(at, free[0])
            heapq.heapreplace(free, begun + station.seconds)
            waits.append(begun - at)
    return sorted(waits)[len(waits) * 99 // 100]


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.0f} s"


if __name__ == "__main__":
    main()
