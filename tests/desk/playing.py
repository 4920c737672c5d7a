"""What the tests of the desk do: let webhooks arrive, let customers buy, let several people act at once."""

import threading
import time
from itertools import count

from tests.desk.builders import NOW, a_number
from tests.meta.builders import NUMBER, WABA, body, cart, change, notification
from wapto.desk.intake import inbox, intake
from wapto.desk.orders import orders
from wapto.desk.orders.timeline import Actor
from wapto.errors import WaptoError
from wapto.store.database import db
from wapto.store.models import InboxElement, InboxEntry, Order

ADMIN = Actor("admin", "cli")

_serial = count(1)


def a_shop(**changes):
    """The number that the carts of these tests are for."""
    return a_number(**{"phone_number_id": NUMBER, "waba": WABA, "name": "Loja"} | changes)


def arrive(*changes):
    """Stores a webhook with these changes of one account; returns its entry's id."""
    return inbox.store_raw(body(notification(*changes)), NOW)


def drain(now=NOW):
    """Works on all that is due, as the inbox lane does; fails if that has no end."""
    for _ in range(50):
        if not intake.drain(lambda: now):
            return
    raise AssertionError("The inbox is never empty.")


def take_in(*changes):
    """Stores a webhook and works on it; returns its entry as it is afterwards."""
    entry_id = arrive(*changes)
    drain()
    return InboxEntry.get_by_id(entry_id)


def buy(**changes):
    """A customer sends a cart; returns the order that it became."""
    wamid = changes.setdefault("id", f"wamid.{next(_serial)}")
    take_in(change(messages=[cart(**changes)]))
    return Order.get(Order.source_wamid == wamid)


def step(order, *targets, **how):
    """Moves an order from status to status; returns it as it is then."""
    for target in targets:
        order = orders.change_status(order.id, target, **{"actor": ADMIN, "now": NOW} | how)
    return order


def outcomes(entry):
    """What became of each element of an inbox entry: outcome and reason, in order."""
    rows = InboxElement.select().where(InboxElement.entry == entry).order_by(InboxElement.position)
    return [(row.outcome, row.reason) for row in rows]


def at_once(*works):
    """Runs each work in a thread of its own, all starting together; returns what they returned or refused with."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(position, work):
        try:
            barrier.wait(10)
            results[position] = work()
        except WaptoError as refusal:
            results[position] = refusal
        finally:
            db.close()

    threads = [threading.Thread(target=run, args=job) for job in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def until_somebody_waits():
    """Until another PostgreSQL connection waits for what this transaction holds."""
    deadline = time.monotonic() + 10
    while not db.execute_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.005)
