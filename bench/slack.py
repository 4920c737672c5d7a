"""How soon a click in Slack is acknowledged, and whether Slack's bad days slow Meta's webhooks.

    python -m bench.slack [--seconds 10] [--clicks 50] [--engine sqlite|postgresql]

Real `wapto web` and `wapto worker`; clicks come at a fixed rate, and each counts from when it was due. Meta and Slack
answer after 20 ms, or hang for 5 s. The worker is idle, or has thousands of carts to take in.
"""

import argparse
import hashlib
import hmac
import http.client
import itertools
import json
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bench import load
from bench.processes import running, say_load, settings, wait_until
from bench.shop import ENGINES, carts, databases, open_shop
from bench.stand_in import TEAM, answering
from bot.cards import CLAIM, Drawn
from cli.embedded import EmbeddedRedis
from tests.desk.builders import an_order
from wapto.store.database import connect, db
from wapto.store.models import Agent, InboxEntry, Number, Order

PATH = "/slack/events"
ORDERS, BACKLOG, CONNECTIONS = 200, 20_000, 16
QUICK, HANGING = 0.02, 5.0
_TOGETHER = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clicks", type=int, default=50, help="a second (default 50)")
    parser.add_argument("--engine", choices=ENGINES)
    chosen = parser.parse_args()
    say_load()
    for engine in [chosen.engine] if chosen.engine else ENGINES:
        print(f"{engine}: acknowledging {chosen.clicks} clicks a second{'p50 ms':>12}{'p99 ms':>9}{'longest':>9}")
        for title, seconds, backlog in (
            ("the worker idle", QUICK, 0),
            ("the worker busy", QUICK, BACKLOG),
            ("Slack hanging", HANGING, 0),
        ):
            with _wapto(engine, seconds, backlog) as shop:
                waits = _click(shop, chosen.clicks, chosen.seconds)
            p50, p99 = (statistics.quantiles(waits, n=100)[cut] * 1e3 for cut in (49, 98))
            print(f"    {title:44}{p50:9.1f}{p99:9.1f}{max(waits) * 1e3:9.1f}", flush=True)
        _webhooks(engine, chosen)


def _webhooks(engine: str, chosen: argparse.Namespace) -> None:
    """Meta's webhooks alone, and while every click leaves a call to Slack hanging; in one run of the same processes."""
    with _wapto(engine, HANGING, 0) as shop:
        alone = load.post(shop.port, carts(1), connections=CONNECTIONS, seconds=chosen.seconds)
        with ThreadPoolExecutor(1) as pool:
            clicks = pool.submit(_click, shop, chosen.clicks, chosen.seconds)
            beside = load.post(shop.port, carts(1), connections=CONNECTIONS, seconds=chosen.seconds)
            clicks.result()
    print(
        f"{engine}: webhooks, {CONNECTIONS} connections: p99 {alone.p99:.1f} ms alone, {beside.p99:.1f} ms while Slack "
        f"hangs (x {beside.p99 / alone.p99:.2f}); {alone.rate:,.0f}/s and {beside.rate:,.0f}/s\n",
        flush=True,
    )


class _Shop:
    """Where the web process listens, and who clicks on what."""

    def __init__(self, given: dict[str, str]) -> None:
        self.port, self.secret = int(given["PORT"]), given["SLACK_SIGNING_SECRET"]
        self.people = [agent.slack for agent in Agent.select()]
        self.orders = [order.id for order in Order.select().limit(ORDERS)]


@contextmanager
def _wapto(engine: str, seconds: float, backlog: int) -> Iterator[_Shop]:
    with databases(engine) as new_database, TemporaryDirectory() as folder, EmbeddedRedis(Path(folder)) as redis:
        url = new_database()
        open_shop(url)
        connect(url)
        _fill(backlog)
        with answering(seconds) as outside:
            given = settings(url, redis.url, outside)
            with running("cli", "web", given=given), running("cli", "worker", given=given):
                wait_until(lambda: _answers(int(given["PORT"])))
                yield _Shop(given)
        db.close()


def _fill(backlog: int) -> None:
    first = an_order(Number.get(), last_seq=1, shown_seq=1)
    columns = {name: value for name, value in first.__data__.items() if name != "id"}
    Order.insert_many([columns] * (ORDERS - 1)).execute()
    now, bodies = datetime.now(UTC), carts(1)
    with db.atomic():
        for start in range(0, backlog, _TOGETHER):
            some = itertools.islice(bodies, min(_TOGETHER, backlog - start))
            InboxEntry.insert_many({"received_at": now, "body": body, "state": "new"} for body in some).execute()


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _click(shop: _Shop, rate: int, seconds: float) -> list[float]:
    """Seconds from when each click was due until it was acknowledged; each of a second has a connection of its own."""
    begin, lock, waits = time.monotonic() + 0.5, threading.Lock(), []

    def person(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=30)
        for turn in range(int(seconds)):
            due = begin + turn + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            line.request("POST", PATH, *_signed(shop, _claim(shop, turn * rate + number)))
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"A click was answered with {answer.status}.")
            with lock:
                waits.append(time.monotonic() - due)
        line.close()

    with ThreadPoolExecutor(rate) as pool:
        list(pool.map(person, range(rate)))
    return waits


def _claim(shop: _Shop, number: int) -> str:
    person, order = shop.people[number % len(shop.people)], shop.orders[number % len(shop.orders)]
    payload = {
        "type": "block_actions",
        "user": {"id": person, "team_id": TEAM},
        "team": {"id": TEAM},
        "api_app_id": "A0BENCH",
        "trigger_id": f"{number}.1",
        "channel": {"id": "C1"},
        "actions": [{"type": "button", "action_id": CLAIM, "block_id": "b", "value": Drawn(order, "received").pack()}],
    }
    return urlencode({"payload": json.dumps(payload)})


def _signed(shop: _Shop, body: str) -> tuple[bytes, dict[str, str]]:
    at = str(int(time.time()))
    digest = hmac.new(shop.secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
    }
    return body.encode(), headers


if __name__ == "__main__":
    main()
