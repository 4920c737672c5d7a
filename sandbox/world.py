"""The world around Wapto, made up: two shops at Meta, a workspace in Slack with three people, and customers."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.webhooks import BACKOFF
from sandbox.graph.world import Waba
from sandbox.shops import SHOPS, Shop
from sandbox.slack import Slack, SlackUser

APP_SECRET, VERIFY_TOKEN, ACCESS_TOKEN = "sandbox-app-secret", "sandbox-verify-token", "sandbox-access-token"
BOT_TOKEN, SIGNING_SECRET = "xoxb-sandbox", "sandbox-signing-secret"

# Slack user id, name, role on the desk.
PEOPLE = (("U0ANA", "Ana", "admin"), ("U0BRUNO", "Bruno", "agent"), ("U0CLARA", "Clara", "agent"))

Command = tuple[str, ...]


class NotConnected(Exception):
    """Meta or Slack would not accept the address that Wapto should answer at."""


class World:
    """Meta and Slack, with their people. Both answer between `start()` and `stop()`, or inside `with`.

    `wapto_url` is where Wapto answers or will answer; `manifest` is the app that is installed in the workspace.
    `backoff`: seconds before Meta tries again to deliver a webhook; it gives up after the last.
    """

    def __init__(
        self,
        wapto_url: str,
        manifest: dict[str, Any],
        *,
        shops: Sequence[Shop] = SHOPS,
        graph_port: int = 0,
        slack_port: int = 0,
        backoff: Sequence[float] = BACKOFF,
    ) -> None:
        self.wapto_url, self.shops = wapto_url, shops
        wabas = [Waba(shop.waba, [shop.number], list(shop.templates())) for shop in shops]
        self.graph = Graph(wabas, access_tokens=[ACCESS_TOKEN], app_secret=APP_SECRET, port=graph_port, backoff=backoff)
        self.graph.review_seconds = 1.0
        for shop in shops:
            self.graph.shelf.put(shop.number.catalog_id, *shop.catalog())
            self.graph.shelf.switches(shop.number.id)["is_catalog_visible"] = True
        self.slack = Slack(token=BOT_TOKEN, signing_secret=SIGNING_SECRET, manifest=manifest, port=slack_port)
        self.people = {user_id: self.slack.add_user(user_id, name) for user_id, name, _ in PEOPLE}
        for shop in shops:
            self.slack.add_channel(shop.channel, shop.channel_name, self.people)
        self.maria = Customer(self.graph, "Maria Souza", "5511988887777")
        self.jonas = Customer(self.graph, "Jonas Weber", "491713920012")

    def start(self) -> Self:
        """Answer calls; returns itself."""
        self.graph.start()
        self.slack.start()
        return self

    def stop(self) -> None:
        """Stop both, within seconds."""
        self.slack.stop()
        self.graph.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def connect(self) -> None:
        """What an admin does at Meta and at Slack once Wapto runs: name its address, which each of them checks."""
        self.graph.callback_url = f"{self.wapto_url}/webhooks/whatsapp"
        if not self.graph.verify_callback(VERIFY_TOKEN):
            raise NotConnected(f"Meta got no right answer to its handshake from {self.graph.callback_url}.")
        if not self.slack.connect(f"{self.wapto_url}/slack/events"):
            raise NotConnected(f"Slack got no right answer to its challenge from {self.wapto_url}/slack/events.")

    def settings(self) -> dict[str, str]:
        """The settings that point Wapto at this world."""
        return {
            "META_APP_SECRET": APP_SECRET,
            "META_VERIFY_TOKEN": VERIFY_TOKEN,
            "META_ACCESS_TOKEN": ACCESS_TOKEN,
            "META_APP_ID": self.graph.registry.app_id,
            "META_GRAPH_URL": self.graph.url,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": self.slack.api_url,
            "WAPTO_PUBLIC_URL": self.wapto_url,
        }

    def set_up(self) -> Iterator[list[Command]]:
        """The `wapto` commands that tell Wapto of this world, stage by stage; those of a stage do not mind the order.

        The words of a command stand without the `wapto` before them.
        """
        yield [self._number(shop) for shop in self.shops]
        yield [("agents", "add", "--slack", slack, "--name", name, "--role", role) for slack, name, role in PEOPLE]
        yield [("templates", "sync"), ("catalog", "sync")]
        yield [command for shop in self.shops for command in self._triggers(shop)]

    def person(self, name: str) -> SlackUser:
        """The hands of somebody in the workspace."""
        return next(user for user in self.people.values() if user.user.name == name)

    def _number(self, shop: Shop) -> Command:
        words = ("numbers", "add", shop.number.id, "--waba", shop.waba, "--slack-channel", shop.channel)
        place = ("--language", shop.language, "--currency", shop.currency, "--timezone", shop.timezone)
        return (*words, "--name", shop.name, "--display", shop.number.display, *place)

    def _triggers(self, shop: Shop) -> Iterator[Command]:
        for notice in shop.notices:
            bind = [word for pair in notice.bindings.items() for word in ("--bind", "=".join(pair))]
            yield ("triggers", "set", notice.status, "--number", shop.number.id, "--template", notice.template, *bind)
