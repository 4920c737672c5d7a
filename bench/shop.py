"""What the benches work on: stores as durable as in production, a shop in them, carts that are all different."""

import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from tempfile import TemporaryDirectory

from sandbox.graph.payloads import Update, encode, inbound, order
from tests.desk.builders import SHOP, WABA, a_number, a_template, a_trigger, an_agent
from tests.services import PostgresServer
from wapto.store.database import connect, db
from wapto.store.migrate import migrate
from wapto.store.models import InboxEntry, Number

ENGINES = ("sqlite", "postgresql")
SECRET = "bench-secret"
CARTS_PER_CUSTOMER = 1  # more would be second carts, each a question to an agent
_TOGETHER = 500

_serial = itertools.count(10_000_000)  # always eight digits: bodies of one kind have one length


@contextmanager
def databases(engine: str) -> Iterator[Callable[[], str]]:
    """Hands out the addresses of new, empty databases, every commit of which reaches the disk."""
    if engine == "sqlite":
        with TemporaryDirectory(prefix="wapto-bench-") as folder:
            yield lambda: f"sqlite:///{folder}/{next(_serial)}.db"
    else:
        with PostgresServer(durable=True) as server:
            yield server.create_database


def open_shop(url: str, **number: object) -> Number:
    """A shop in a new store: five agents in turn, and a notice for every order that comes in or is shipped."""
    connect(url)
    migrate()
    shop = a_number(assignment="round_robin", **number)
    for name in ("Ana", "Bia", "Caio", "Davi", "Eva"):
        an_agent(name=name)
    a_template()
    for status in ("received", "shipped"):
        a_trigger(shop, status)
    db.close()
    return shop


def carts(lines: int) -> Iterator[bytes]:
    """Webhook bodies without end, each a cart of so many lines with a wamid of its own."""
    customer, cart = b"c" * 8, b"w" * 8
    body = _cart(lines, customer.decode(), cart.decode())
    for number in _serial:
        known = b"%08d" % (number // CARTS_PER_CUSTOMER)
        yield body.replace(customer, known).replace(cart, b"%08d" % number)


def fill(entries: int, lines: int) -> None:
    """So many carts that wait in the inbox of the store that is connected."""
    now, bodies = datetime.now(UTC), carts(lines)
    with db.atomic():
        for start in range(0, entries, _TOGETHER):
            InboxEntry.insert_many(
                {"received_at": now, "body": body, "state": "new"}
                for body in itertools.islice(bodies, min(_TOGETHER, entries - start))
            ).execute()


def signature(body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def _cart(lines: int, customer: str, cart: str) -> bytes:
    items = [(f"SKU-{line:03}", 1 + line % 3, Decimal("19.90"), "BRL") for line in range(lines)]
    value = inbound(
        f"wamid.HBgNNTUxMTk4ODg4Nzc3NxUCABIYFDNBM{cart}",
        "order",
        order(items, "Leave it at the door", "3000001"),
        at=datetime(2026, 11, 25, 9, tzinfo=UTC),
        name="Ana Lima",
        wa_id=f"55119{customer}",
        user_id=f"BR.15025{customer}",  # Meta sends both; pywa drops a cart without it
    )
    metadata = {"display_phone_number": "551140000001", "phone_number_id": SHOP}
    return encode([Update(WABA, "", "order", {"messaging_product": "whatsapp", "metadata": metadata, **value})])
