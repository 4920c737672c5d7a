"""A shop at work: the real Slack app over HTTP, the desk lane, and the stand-in with people in it."""

from contextlib import ExitStack
from decimal import Decimal
from itertools import count

from flask import Flask

from bot import app
from bot.manifest import PATH, manifest
from bot.slack import Slack as Api
from bot.sync import Desk
from sandbox.server import Server
from sandbox.slack import Slack
from wapto import config
from wapto.desk.conversations import inbound
from wapto.desk.orders import carts, orders, views
from wapto.desk.orders.creation import NewCart, create_from_carts
from wapto.desk.orders.timeline import Actor
from wapto.meta.payloads import InboundMessage, OrderItem
from wapto.meta.payloads import Order as Cart
from wapto.store.database import transaction

from ..desk.builders import Clock, a_customer, a_number, an_agent

CHANNEL = "C1ORDERS"
TERMINAL = Actor("admin", "cli")

_serial = count(1)


class Scene:
    """Rui and Bia are agents, Vic may look, Sam is in Slack but not on the roster; everybody is in the channel."""

    def __init__(self, **slack):
        self.clock = Clock()
        self._open = ExitStack()
        self.slack = self._open.enter_context(
            Slack(manifest=manifest("https://desk.example"), clock=lambda: self.clock().timestamp(), **slack)
        )
        people = {"U1RUI": "Rui", "U2BIA": "Bia", "U3VIC": "Vic", "U4SAM": "Sam"}
        self.rui, self.bia, self.vic, self.sam = (self.slack.add_user(key, name) for key, name in people.items())
        self.slack.add_channel(CHANNEL, "orders", people)
        self.number = a_number(slack_channel=CHANNEL)
        self.agents = [an_agent(slack=key, name=name) for key, name in list(people.items())[:2]]
        an_agent(slack="U3VIC", name="Vic", role="viewer")
        self.lane = self.another_lane()

    def __enter__(self):
        web = Flask("desk")
        app.mount(web, self.settings(), self.clock)
        server = self._open.enter_context(Server(web))
        self.url = f"{server.url}{PATH}"
        assert self.slack.connect(self.url)
        return self

    def __exit__(self, *exc):
        self._open.close()

    def settings(self):
        secrets = ("META_APP_SECRET", "META_VERIFY_TOKEN", "META_ACCESS_TOKEN", "WAPTO_SECRET_KEY")
        return config.load(
            {
                **dict.fromkeys(secrets, "not used here"),
                "SLACK_BOT_TOKEN": self.slack.token,
                "SLACK_SIGNING_SECRET": self.slack.signing_secret,
                "SLACK_API_URL": self.slack.api_url,
            }
        )

    def another_lane(self, **how):
        """The desk lane of another process; it waits by moving the clock."""
        return Desk(self.api(**how), self.clock, lambda seconds: self.clock.skip(seconds=seconds))

    def api(self, **how):
        return Api(self.slack.token, self.slack.api_url, **how)

    def sync(self):
        """Lets the lane work until nothing falls due any more."""
        while self.lane.drain():
            pass

    def order(self, *items, note="", **changes):
        """A cart of Ana's as an order: two red shirts unless `items` are (SKU, quantity, price)."""
        bought = tuple(_item(*item) for item in items or [("S1", 2, "49.85")])
        with transaction() as tx:
            customer = changes.get("customer") or self.customer(changes.get("name", "Ana Lima"))
            cart = NewCart(customer, f"wamid.{next(_serial)}", carts.read(Cart(None, note, bought), "BRL"))
            return create_from_carts(tx, changes.get("number", self.number), [cart], self.clock())[0]

    def customer(self, name):
        return a_customer(phone=f"+55119{next(_serial):08d}", name=name)

    def card(self, **changes):
        """A fresh order with its card in the channel."""
        order = self.order(**changes)
        self.sync()
        return order, self.cards[-1]

    @property
    def cards(self):
        return self.slack.channel(CHANNEL).messages

    def hear(self, words, order=None, **changes):
        """The customer of an order writes to the shop; by default it is a text."""
        customer = changes.pop("customer", None) or order.customer
        usual = {"id": f"wamid.{next(_serial)}", "timestamp": self.clock(), "type": "text", "text": words}
        message = InboundMessage(**usual | changes)
        with transaction() as tx:
            inbound.hear(self.number, customer, message, self.clock())
            tx.wake("desk")
        return message.id

    def thread(self, card):
        """The words of each post under a card, oldest first."""
        return [self.words(post) for post in self.slack.channel(CHANNEL).thread(card.ts)]

    def later(self, **time):
        """Lets time pass, and the lane work."""
        self.clock.skip(**time or {"seconds": 3})
        self.sync()

    def words(self, shown):
        return self.slack.plain_text(shown)

    def view(self, order):
        return views.of_order(order.id)

    def step(self, order, target, **how):
        """Somebody at a terminal moves the order on."""
        return orders.change_status(order.id, target, **{"actor": TERMINAL, "now": self.clock()} | how)

    def said_to(self, user):
        """The words that only this person was shown last."""
        return self.slack.wait_for(lambda: [self.words(each) for each in user.ephemerals])[-1]

    def becomes(self, order, status):
        """Waits until the work behind a click is done."""
        return self.slack.wait_for(lambda: self.view(order).status == status)


def _item(sku, quantity, price):
    return OrderItem(sku, Decimal(quantity), str(quantity), Decimal(price), price, "BRL")
