"""What the desk looks up, over ten thousand orders and over a million, beside each other.

    python -m bench.desk [--orders 1000000] [--runs 200] [--engine sqlite|postgresql]

Both shops take a thousand orders a day, of which the newest thousand are open: the larger one has had a thousand days.
Each query is asked for something else every time, in milliseconds at the half and at 99 of 100.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from bench.processes import say_load
from bench.shop import ENGINES, databases, open_shop
from wapto.desk import overview
from wapto.desk.assignment import assignment
from wapto.desk.customers import directory
from wapto.desk.orders import search
from wapto.desk.orders.search import Filter
from wapto.desk.overview import Wanted
from wapto.desk.reports import agents as report_agents
from wapto.desk.reports import orders as report_orders
from wapto.desk.reports.report import Days
from wapto.domain.identity import order_number
from wapto.store.database import connect, db, is_sqlite

SMALL, DEEP, OPEN, A_DAY, SKUS = 10_000, 9_000, 1_000, 1_000, 1_000
NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
_IN_A_ROW = 10
_MICROSECOND = timedelta(microseconds=1)

# {n} counts the orders from 1, the newest last; {since} is when the first one came.
_AT = "{since} + {n} * 86400000000 / " + str(A_DAY)
TABLES = {
    "customers": {"id": "{n}", "name": "'Customer ' || {n}", "created_at": "{since}"},
    "handles": {
        "customer_id": "{n}", "kind": "'phone'", "scope": "''", "value": "'+55119' || (10000000 + {n})",
        "created_at": "{since}",
    },
    "orders": {
        "id": "{n}", "number_id": "1", "customer_id": "1 + {n} / 10", "created_at": _AT, "updated_at": _AT,
        "is_open": "{n} > {count} - 1000", "agent_id": "1 + {n} % 5", "fulfillment": "'delivery'",
        "status": "CASE WHEN {n} <= {count} - 1000 THEN CASE WHEN {n} % 50 = 0 THEN 'returned' ELSE 'delivered' END "
        "WHEN {n} % 3 = 0 THEN 'received' WHEN {n} % 3 = 1 THEN 'confirmed' ELSE 'shipped' END",
        "payment_status": "'unpaid'", "flags": "'[]'", "currency": "'BRL'", "total_minor": "9970",
        "note": "CASE WHEN {n} % 10 = 0 THEN 'please ring for ' || {n} || 'x' ELSE '' END",
        "card_state": "'posted'", "card_due_at": "0", "version": "1", "last_seq": "2", "shown_seq": "2",
        "card_attempts": "0", "thread_seq": "2",
    },
    "order_lines": {
        "order_id": "{n}", "position": "1", "sku": "'SKU-' || ({n} % 1000)", "name": "'Red shirt'", "quantity": "1",
        "unit_price_minor": "9970", "currency": "'BRL'", "flags": "'[]'",
    },
    "promises": {
        "order_id": "{n}", "status": "CASE WHEN {n} % 3 = 0 THEN 'received' WHEN {n} % 3 = 1 THEN 'confirmed' ELSE "
        "'shipped' END", "since": _AT, "due_at": _AT, "step": "CASE WHEN {n} % 10 = 0 THEN 2 ELSE 0 END",
    },
}  # fmt: skip
EVENTS = {
    1: {"kind": "'received'", "door": "'whatsapp'", "after": "'received'", "ids": "'{{}}'"},
    2: {"kind": "'assigned'", "door": "'whatsapp'", "after": "'Ana'", "ids": """'{{"agent":1}}'"""},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000, help="in the larger shop")
    parser.add_argument("--runs", type=int, default=200, help="of each query")
    parser.add_argument("--engine", choices=ENGINES)
    chosen = parser.parse_args()
    say_load()
    print(f"{'ms: p50, p99':44}{f'{SMALL:,} orders':>18}{f'{chosen.orders:,} orders':>20}{'ratio':>8}")
    for engine in [chosen.engine] if chosen.engine else ENGINES:
        with databases(engine) as new:
            shops = [_filled(new(), orders) for orders in (SMALL, chosen.orders)]
            for name in queries(SMALL):
                (p50, p99), (there, worst) = _compared(name, shops, chosen.runs)
                title = f"{engine}, {name}"
                print(f"{title:44}{p50:10.2f}{p99:8.2f}{there:12.2f}{worst:8.2f}{there / p50:8.1f}", flush=True)
            db.close()


def queries(orders: int) -> dict[str, Callable[[int], object]]:
    """By name: what is asked; given is how often it has been asked before."""
    today = Days(NOW.date(), NOW.date())

    def one(turn: int) -> int:
        return 1 + turn * 7919 % orders

    return {
        "open by status": lambda _: search.find(Filter(status="received"), 10),
        "closed by status": lambda _: search.find(Filter(status="returned"), 10),
        "by number": lambda turn: _found(order_number(one(turn))),
        "by name": lambda turn: _found(f"customer {1 + one(turn) // 10}"),
        "by phone": lambda turn: _found(f"+55119{10_000_000 + 1 + one(turn) // 10}"),
        "by SKU": lambda turn: _found(f"SKU-{turn % SKUS}"),
        "by words of a note": lambda turn: _found(f"ring {10 + one(turn) // 10 * 10 % orders}x"),
        "by words that nothing has": lambda turn: search.find(Filter(text=f"nothing {turn}"), 10),
        "agent's load": lambda _: assignment.open_orders(),
        "counts and the Home's first page": lambda _: overview.of(1, Wanted()),
        "late": lambda _: search.find(Filter(late=True), 10),
        "customer's history": lambda turn: directory.orders_of(1 + one(turn) // 10),
        "today's revenue": lambda _: report_orders.report(today),
        "today's agents": lambda _: report_agents.report(today),
        "deep page": lambda _: search.find(Filter(), 10, offset=DEEP),
    }


def _found(text: str) -> None:
    if not search.find(Filter(text=text), 10):
        raise RuntimeError(f"{text} was not found.")


def _filled(url: str, orders: int) -> tuple[str, int]:
    open_shop(url)
    connect(url)
    _fill(orders)
    db.close()
    return url, orders


def _compared(name: str, shops: Sequence[tuple[str, int]], runs: int) -> list[tuple[float, float]]:
    """By turns, so that whatever else the machine does meets both."""
    taken: list[list[float]] = [[] for _ in shops]
    for turn in range(0, runs, _IN_A_ROW):
        for (url, orders), times in zip(shops, taken, strict=True):
            connect(url)
            ask = queries(orders)[name]
            ask(runs + turn)  # opens the connection
            times += [_milliseconds(ask, turn + each) for each in range(_IN_A_ROW)]
            db.close()
    return [(statistics.quantiles(times, n=100)[49], statistics.quantiles(times, n=100)[98]) for times in taken]


def _milliseconds(ask: Callable[[int], object], turn: int) -> float:
    began = time.perf_counter()
    ask(turn)
    return (time.perf_counter() - began) * 1e3


def _fill(orders: int) -> None:
    """By a few statements that the database carries out itself."""
    since = (NOW - timedelta(days=orders / A_DAY) - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
    serials = {"customers": 1 + orders // 10, "handles": 1 + orders // 10, "promises": OPEN}
    with db.atomic():
        for table, columns in TABLES.items():
            first = orders - OPEN + 1 if table == "promises" else 1
            _insert(table, columns, first, first + serials.get(table, orders) - 1, since, orders)
        for seq, columns in EVENTS.items():
            usual = {"order_id": "{n}", "seq": str(seq), "at": _AT, "actor": "'customer'"}
            _insert("order_events", usual | columns, 1, orders, since, orders)
    db.execute_sql("ANALYZE")
    if not is_sqlite():
        db.execute_sql("VACUUM")


def _insert(table: str, columns: dict[str, str], first: int, last: int, since: int, count: int) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(value.format(n="n", since=since, count=count) for value in columns.values())
    serial = f"(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"
    source = serial if is_sqlite() else f"(SELECT generate_series({first}, {last})::bigint AS n)"
    sql = f'INSERT INTO "{table}" ({names}) SELECT {values} FROM {source} AS serial'
    db.execute_sql(sql if is_sqlite() else sql.replace("%", "%%"))


if __name__ == "__main__":
    main()
