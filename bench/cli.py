"""How long a command takes: `wapto --help`, and `wapto orders list` over ten thousand and over a million orders.

Beside them `python -c pass`, which no command can beat. Wall time is the best of the runs, processor time too: on a
machine with other work the latter says more. With `--export` each store is exported too, and it is said how much memory
that took at most.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.shop import open_shop
from wapto.store.database import connect, db
from wapto.store.models import Customer, Number, Order

_WAPTO = [sys.executable, "-P", "-m", "cli"]
_ORDERS_PER_CUSTOMER = 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=1_000_000, help="in the larger store")
    options.add_argument("--runs", type=int, default=10, help="of each command; the best counts")
    options.add_argument("--export", action="store_true", help="export each store too, which takes minutes")
    chosen = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; the best of {chosen.runs} runs")
    with TemporaryDirectory(prefix="wapto-bench-") as folder:
        least = measure("python -c pass", [sys.executable, "-c", "pass"], "", chosen.runs)
        measure("wapto --help", [*_WAPTO, "--help"], "", chosen.runs, least)
        for orders in sorted({min(10_000, chosen.orders), chosen.orders}):
            url = f"sqlite:///{folder}/{orders}.db"
            fill(url, orders)
            for words in (["orders", "list"], ["orders", "list", "--status", "shipped"]):
                measure(f"wapto {' '.join(words)}, {orders:,} orders", [*_WAPTO, *words], url, chosen.runs, least)
            if chosen.export:
                seconds, _, memory = _once([*_WAPTO, "orders", "export"], _environment(url))
                print(f"wapto orders export, {orders:,} orders: {seconds:.1f} s, at most {memory} MB", flush=True)


def fill(url: str, orders: int) -> None:
    """A store with so many orders, a tenth of them open, by a few statements that SQLite carries out itself."""
    shop = open_shop(url)
    connect(url)
    with db.atomic():
        _copies(Customer, Customer.create(name="Ana 0", created_at=shop.created_at), orders // _ORDERS_PER_CUSTOMER, {})
        _copies(Order, _first_order(shop), orders, _VARIED)
    db.execute_sql("ANALYZE")
    db.close()
    os.sync()  # else the disk is still busy with it while commands are measured


def _first_order(shop: Number) -> Order:
    settled = dict.fromkeys(("created_at", "updated_at", "card_due_at"), shop.created_at)
    facts = {"fulfillment": "delivery", "payment_status": "unpaid", "currency": "BRL", "total_minor": 9970}
    return Order.create(
        number=shop, customer=1, status="received", is_open=True, note="", flags=[], card_state="absent",
        **settled, **facts,
    )  # fmt: skip


_VARIED = {
    "customer_id": f"1 + n / {_ORDERS_PER_CUSTOMER}",
    "created_at": "created_at + n * 1000000",
    "status": "CASE WHEN n % 10 THEN 'delivered' WHEN n % 20 THEN 'shipped' ELSE 'confirmed' END",
    "is_open": "n % 10 = 0",
}


def _copies(model: type[Customer | Order], first: Customer | Order, count: int, varied: dict[str, str]) -> None:
    columns = [field.column_name for field in model._meta.sorted_fields if field.name != "id"]
    values = ", ".join(varied.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = f'"{model._meta.table_name}"'
    db.execute_sql(
        f"WITH RECURSIVE serial(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM serial WHERE n < {count - 1}) "
        f"INSERT INTO {table} ({names}) SELECT {values} FROM serial, {table} WHERE id = {first.id}"
    )


def measure(name: str, command: Sequence[str], url: str, runs: int, least: float | None = None) -> float:
    """Prints the best wall and processor time of a command, and returns the latter."""
    wall, processor, _ = min(_once(command, _environment(url)) for _ in range(2))  # the first fills the caches
    for _ in range(runs):
        seconds, busy, _ = _once(command, _environment(url))
        wall, processor = min(wall, seconds), min(processor, busy)
    ratio = f", {processor / least:.0f} times python -c pass" if least else ""
    print(f"{name}: {wall * 1000:.0f} ms, of a processor {processor * 1000:.0f} ms{ratio}", flush=True)
    return processor


def _environment(url: str) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": url, "WAPTO_SECRET_KEY": "bench"}


def _once(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """Seconds by the clock and of a processor, and MB of memory at most."""
    began, root = time.perf_counter(), Path(__file__).parent.parent
    process = subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds, process.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


if __name__ == "__main__":
    main()
