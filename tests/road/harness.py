"""The whole product between its stand-ins: what a test does with people's hands, and what it sees with their eyes."""

import json
import re
import sys
import time

import requests

from bot.manifest import manifest
from cli.installation import Installation
from cli.sandbox import free_port
from sandbox.graph.payloads import Update, encode, inbound, order, signature
from sandbox.graph.webhooks import BACKOFF
from sandbox.graph.world import new_wamid
from sandbox.shops import SHOPS
from sandbox.watch import words
from sandbox.world import APP_SECRET, World

PROCESSES = ("web", "worker", "scheduler")


class Road:
    """Wapto in a folder, set up by its own commands for a world that it reaches over HTTP."""

    def __init__(self, folder, redis_url, database_url, *, shops=SHOPS, backoff=BACKOFF, environment=None):
        self.shops, self._backoff = shops, backoff
        self.wapto_port, self._graph_port, self._slack_port = free_port(), free_port(), free_port()
        self.world = self._world()
        settings = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PORT": str(self.wapto_port)}
        self.wapto = Installation(folder, self.world.settings() | settings, environment or {})

    def _world(self):
        url = f"http://127.0.0.1:{self.wapto_port}"
        ports = {"graph_port": self._graph_port, "slack_port": self._slack_port}
        return World(url, manifest(url), shops=self.shops, backoff=self._backoff, **ports)

    def new_world(self):
        """Another one at the same addresses, which knows nothing of what the first was told."""
        world = self._world()
        world.graph.callback_url = f"{world.wapto_url}/webhooks/whatsapp"  # a message may leave as soon as it is up
        self.world = world.start()

    def set_up(self):
        """All by `wapto` commands."""
        self.wapto.run("init", "--yes", "--no-check")
        for commands in self.world.set_up():
            self.wapto.run_all(commands)

    def start(self):
        for name in PROCESSES:
            self.wapto.start(name)

    def __enter__(self):
        return self

    def __exit__(self, fault, *_):
        self.wapto.stop()
        self.world.stop()
        if fault:
            sys.stdout.write(self.wapto.last_words())

    def json(self, *command):
        """What a command prints with --json."""
        return json.loads(self.wapto.run(*command, "--json"))

    def post_cart(self, customer, shop, items):
        """Meta's delivery of a cart, when its stand-in is away; the HTTP status of the answer."""
        content, number = order(items, "", shop.number.catalog_id), shop.number
        value = inbound(
            new_wamid(),
            "order",
            content,
            at=self.world.graph.clock(),
            name=customer.name,
            wa_id=customer.wa_id,
            user_id=None,
        )
        metadata = {"display_phone_number": number.digits, "phone_number_id": number.id}
        envelope = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        body = encode([Update(shop.waba, "", "order", envelope)])
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(APP_SECRET, body)}
        return requests.post(f"{self.wapto.url}/webhooks/whatsapp", data=body, headers=headers, timeout=10).status_code

    def sent_to(self, customer):
        """What Meta took for a customer, oldest first."""
        return [sent for sent in self.world.graph.sent if sent.to.removeprefix("+") == customer.wa_id]

    def order_of(self, customer, channel, timeout=10.0):
        """The order of a customer with a single one, as soon as it has a card."""
        card = self.world.slack.wait_for(lambda: self.cards_of(customer, channel), timeout)[0]
        return OrderInSlack(self, card)

    def cards_of(self, customer, channel):
        """The messages of a channel that name a customer."""
        return [card for card in self.world.slack.channel(channel).messages if customer.name in self.words(card)]

    def words(self, message):
        """What a person reads in a message."""
        return words(self.world, message)

    def alerts_of(self, number):
        """The direct messages about an order, each with the person who got it."""
        people = self.world.people.values()
        return [(person, dm) for person in people for dm in person.dms if number in self.words(dm)]


class OrderInSlack:
    """One order as the agents see it."""

    def __init__(self, road, card):
        self.road, self.card = road, card
        self.number = re.search(r"W-\w+", self.words)[0]

    @property
    def words(self):
        return self.road.words(self.card)

    def shows(self, *wanted, timeout=10.0):
        """Waits until the card says all that; what it says, in any case."""
        end = time.monotonic() + timeout
        while not all(each in self.words for each in wanted) and time.monotonic() < end:
            time.sleep(0.02)
        return self.words

    def alert(self, timeout=10.0):
        """Who was told that the order is theirs, and the direct message."""
        return self.road.world.slack.wait_for(lambda: self.road.alerts_of(self.number), timeout)[0]
