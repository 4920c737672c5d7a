"""A catalog of 50,000 items read over HTTP, twice, by a process of its own: how long it takes and how much memory.

    python -m bench.catalog [--items 50000] [--engine sqlite|postgresql]

Beside it stands how long the stand-in alone takes to hand the same pages out. The second reading finds nothing new.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bench.processes import say_load
from bench.shop import ENGINES, databases
from sandbox.graph import Graph
from sandbox.graph.catalogs import item
from sandbox.graph.world import Number, Waba
from wapto.desk.catalog import sync as catalog_sync
from wapto.meta import catalog as meta
from wapto.meta.client import GraphClient
from wapto.store import database, migrate
from wapto.store.models import CatalogItem

CATALOG, TOKEN = "300000000000001", "token"
_MOST_MEGABYTES = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--read", nargs=2, metavar=("DATABASE_URL", "GRAPH_URL"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.read:
        _read(*chosen.read)
        return
    say_load()
    print(f"{chosen.items:,} items{'stand-in':>16}{'first':>9}{'again':>9}{'memory':>10}")
    with Graph([_account()], access_tokens=[TOKEN], app_secret="secret", page_size=1_000) as graph:
        graph.shelf.put(CATALOG, *map(_item, range(chosen.items)))
        alone = _serving_time(graph.url)
        for engine in [chosen.engine] if chosen.engine else ENGINES:
            with databases(engine) as new_database:
                url = _migrated(new_database())
                _say(engine, alone, [_measure(url, graph.url) for _ in range(2)], chosen.items)


def _account() -> Waba:
    return Waba("200000000000001", [Number("100000000000001", "+55 11 4000-0001", "Loja", catalog_id=CATALOG)])


def _item(place: int) -> dict[str, object]:
    price = f"R$ {Decimal(place % 2_000 * 5 + 100) / 100:,.2f}".translate(str.maketrans(",.", ".,"))
    more = {"color": "Red", "size": "M", "inventory": place % 50, "retailer_product_group_id": f"G{place // 4}"}
    return item(f"SKU-{place:06}", f"A thing with a name of usual length, number {place}", price, "BRL", **more)


def _migrated(url: str) -> str:
    database.connect(url)
    migrate.migrate()
    database.db.close()
    return url


def _serving_time(url: str) -> float:
    client, after, began = GraphClient(url, "v25.0", TOKEN), None, time.monotonic()
    while True:
        page = meta.items(client, CATALOG, after=after, limit=catalog_sync.PAGE)
        if page.after is None:
            return time.monotonic() - began
        after = page.after


def _measure(database_url: str, graph_url: str) -> dict[str, float]:
    words = [sys.executable, "-m", "bench.catalog", "--read", database_url, graph_url]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _read(database_url: str, graph_url: str) -> None:
    """The process that is measured."""
    database.connect(database_url)
    began = time.monotonic()
    counts = catalog_sync.sync(GraphClient(graph_url, "v25.0", TOKEN), CATALOG, lambda: datetime.now(UTC))
    seconds = time.monotonic() - began
    rows = CatalogItem.select().count()
    print(json.dumps({"seconds": seconds, "megabytes": _most_memory() / 1024, "rows": rows, **counts}))


def _most_memory() -> int:
    """Kilobytes. Not `ru_maxrss`, which begins with what the process had that started this one."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])


def _say(engine: str, alone: float, runs: list[dict[str, float]], items: int) -> None:
    first, again = runs
    # Fast and wrong would be no figure at all.
    if (first["rows"], first["added"], again["kept"]) != (items, items, items):
        raise RuntimeError(f"{items:,} items made {first} and {again}.")
    memory = max(run["megabytes"] for run in runs)
    print(f"{engine:12}{alone:14.1f} s{first['seconds']:7.1f} s{again['seconds']:7.1f} s{memory:7.0f} MB", flush=True)
    if memory > _MOST_MEGABYTES:
        raise RuntimeError(f"{memory:.0f} MB are more than {_MOST_MEGABYTES}.")


if __name__ == "__main__":
    main()
