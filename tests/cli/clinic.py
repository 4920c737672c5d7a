"""A shop where all is well, so that a test can break one thing: stand-ins, a web process, a filled store."""

import json
import re
import shlex
from contextlib import ExitStack
from datetime import UTC, datetime

from bot import app as bot
from bot.manifest import manifest
from sandbox.graph import Graph
from sandbox.graph.catalogs import item
from sandbox.graph.world import Number as GraphNumber
from sandbox.graph.world import Waba
from sandbox.server import Server
from sandbox.slack import Slack
from tests.cli.running import ENOUGH, Terminal
from tests.desk.builders import NOTICE, a_template, a_trigger, an_agent
from tests.desk.playing import a_shop
from tests.meta.builders import NUMBER, WABA
from wapto import config
from wapto.desk.catalog import sync as catalog_sync
from wapto.desk.watch import health
from wapto.meta.client import GraphClient
from wapto.store.database import db
from wapto.web.app import create_app

CATALOG, CHANNEL, ANA = "300000000000001", "C1ORDERS", "U0ANA"
LANES = [f"lane:{topic}:test:1" for topic in health.TOPICS]


def now():
    return datetime.now(UTC)


class Clinic:
    """`graph` and `slack` are at hand; `wapto` is the terminal of this shop, whose settings a test may change."""

    def __init__(self, store_url, redis_url):
        self._open = ExitStack()
        number = GraphNumber(NUMBER, "+55 11 4000-0001", "Loja", catalog_id=CATALOG)
        self.graph = self._open.enter_context(
            Graph([Waba(WABA, [number], [NOTICE])], access_tokens=["access-token"], app_secret="app-secret")
        )
        self.slack = self._open.enter_context(Slack(manifest=manifest("https://desk.example")))
        self.settings = ENOUGH | {
            "DATABASE_URL": store_url,
            "REDIS_URL": redis_url,
            "META_GRAPH_URL": self.graph.url,
            "META_APP_ID": self.graph.registry.app_id,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
        }
        self.url = self.settings["WAPTO_PUBLIC_URL"] = self._serve()
        self.graph.callback_url = f"{self.url}/webhooks/whatsapp"
        self._fill()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._open.close()

    def _serve(self):
        settings = config.load(self.settings)
        web = create_app(settings, now)
        bot.mount(web, settings, now)
        web.teardown_appcontext(lambda _fault: db.close())
        return self._open.enter_context(Server(web)).url

    def _fill(self):
        self.graph.shelf.put(CATALOG, item("S1", "Shirt", "R$ 49,85", "BRL"))
        self.graph.shelf.switches(NUMBER)["is_catalog_visible"] = True
        self.slack.add_user(ANA, "Ana")
        self.slack.add_channel(CHANNEL, "orders", [ANA])
        usual = {"survey_mode": "manual", "promises": {"received": 720}}
        self.number = a_shop(catalog=CATALOG, slack_channel=CHANNEL, **usual)
        an_agent(slack=ANA, name="Ana", role="admin")
        a_template(waba=WABA, meta_id=self.graph.template(WABA, NOTICE["name"], "en")["id"])
        a_trigger(self.number, "received")
        client = GraphClient(self.graph.url, "v25.0", "access-token")
        catalog_sync.sync(client, CATALOG, now)
        health.beat([*LANES, "scheduler:test:2"], now())

    def wapto(self, *words, **settings):
        return Terminal(**self.settings)(*words, **settings)

    def checks(self, *words, **settings):
        """What the doctor finds, by name."""
        done = self.wapto("doctor", "--json", *words, **settings)
        checks = json.loads(done.out)["checks"]
        assert done.code == any(check["state"] == "fail" for check in checks)
        return {check["name"]: check for check in checks}

    def obey(self, check):
        """Does word for word what a check advises."""
        commands = re.findall(r"`wapto ([^`]*)`", check["advice"])
        assert commands, check["advice"]
        for command in commands:
            done = self.wapto(*shlex.split(command))
            assert done.code == 0 or command.startswith("doctor"), done.err
