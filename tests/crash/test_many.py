"""Beyond one machine: two webs and three workers on one database and one Redis, as on so many machines."""

import re
import threading
from dataclasses import replace

import pytest
import requests

from cli.installation import Installation
from cli.sandbox import free_port
from sandbox.graph.phone import Customer
from tests.crash import checks
from tests.crash.running import SHORT, storm
from tests.crash.storm import COFFEE
from wapto import config
from wapto.store.models import Heartbeat, Order

pytestmark = pytest.mark.slow

CARTS = 16
MANY = replace(SHORT, workers=3, kinds=())


def test_two_webs_and_three_workers_on_one_store_lose_nothing_and_double_nothing(tmp_path):
    with storm(tmp_path, MANY, "postgresql") as (shop, _):
        other = another_web(shop.road, tmp_path / "other")
        try:
            team = threading.Thread(target=shop._team, args=(3 * CARTS, 6))
            shop._people.append(team)
            team.start()
            webs = [shop.road.wapto.url, other.url]
            for at in range(CARTS):
                shop.road.world.graph.callback_url = f"{webs[at % 2]}/webhooks/whatsapp"
                shop.customers.append(Customer(shop.road.world.graph, f"Cliente{at} Silva", f"55119{at:08}"))
                number = shop.road.shops[at % 2].number.id
                shop.customers[-1].send_cart(number, COFFEE, times=3, concurrently=True)
                assert shop.road.world.graph.settle()
            left = shop.calm(MANY.calm)
            stored = [taken_by(web) for web in webs]
        finally:
            other.stop()
        assert not left, left
        assert Order.select().count() == CARTS
        assert min(stored) >= CARTS
        assert len([beat for beat in Heartbeat.select() if beat.name.startswith("lane:inbox:")]) == MANY.workers
        checks.check_carts(shop.road, shop.customers)
        checks.check_promises(shop.road)
        checks.check_store()


def another_web(road, folder):
    """A second web process with the settings of the first, as on another machine."""
    folder.mkdir()
    settings = config.in_file(road.wapto.directory / ".env") | {"PORT": str(free_port())}
    other = Installation(folder, settings)
    other.start("web")
    other.wait_until_ready("database")
    return other


def taken_by(url):
    """How many webhooks a web process has stored."""
    said = requests.get(f"{url}/metrics", timeout=10).text
    return float(re.search(r'^wapto_webhooks_total\{outcome="stored"\} (\S+)', said, re.M)[1])
