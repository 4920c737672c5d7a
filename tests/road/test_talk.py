"""A conversation on the road: from a question without an order to an order with an address, by real processes."""

import time

import pytest
from redis import Redis

from sandbox.graph.phone import Customer
from sandbox.shops import AURORA
from tests.road.harness import OrderInSlack, Road

pytestmark = pytest.mark.slow

PICTURE = b"\xff\xd8" + bytes(range(256)) * 40


@pytest.fixture(params=["sqlite", "postgresql"])
def road(request, tmp_path_factory, redis_server):
    folder = tmp_path_factory.mktemp("road")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/wapto.db"
    else:
        url = request.getfixturevalue("postgres_server").create_database()
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    with Road(folder, redis_server.url, url) as road:
        road.world.start()
        road.set_up()
        road.start()
        road.wapto.wait_until_ready("database", "redis", "worker", "scheduler")
        road.world.connect()
        yield road


class Talk:
    """The thread under a card as the team reads it."""

    def __init__(self, road, card):
        self.road, self.card = road, card

    def posts(self, words):
        thread = self.road.world.slack.channel(self.card.channel).thread(self.card.ts)
        return [post for post in thread if words in self.road.words(post)]

    def post(self, words, timeout=15.0):
        return self.road.world.slack.wait_for(lambda: self.posts(words), timeout)[-1]


def until(true, timeout=15.0):
    end = time.monotonic() + timeout
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_question_is_answered_becomes_an_order_and_gets_an_address(road):
    graph, slack, number = road.world.graph, road.world.slack, AURORA.number.id
    eva, bruno = Customer(graph, "Eva Lopes", "5511922220001"), road.world.person("Bruno")
    eva.send_text(number, "Do you deliver on Sundays?")
    card = slack.wait_for(lambda: road.cards_of(eva, AURORA.channel), 15)[0]
    asked = Talk(road, card)
    asked.post("Do you deliver on Sundays?")

    bruno.click(card, "Reply")
    bruno.submit(bruno.wait_for_modal(), {"What the customer reads": "On Sundays too."})
    eva.wait_for("On Sundays too.")
    asked.post("wrote to the customer (delivered)")
    eva.read()
    asked.post("wrote to the customer (read)")

    eva.send(number, "image", graph.files.put(PICTURE, "image/jpeg", caption="this cup?"))
    asked.post("[photo] this cup?")
    file = asked.post("[file image.jpg]").files[0]
    assert slack.files.uploads[file["id"]].content == PICTURE

    bruno.click(card, "Create order")
    bruno.submit(bruno.wait_for_modal(), {"Items": "CANECA-AZUL=2@39,50"})
    until(lambda: "It became the order W-" in road.words(card))
    cards = until(lambda: [each for each in road.cards_of(eva, AURORA.channel) if each is not card])
    order = OrderInSlack(road, cards[0])
    talk = Talk(road, order.card)

    bruno.choose(order.card, "more", "Ask for address")
    eva.wait_for("Por favor, envie o endereço de entrega")
    eva.send(number, "location", {"latitude": -23.5, "longitude": -46.6, "name": "Casa", "address": "Rua A, 1"})
    bruno.click(talk.post("[Use as address]"), "Use as address")
    assert "Ships to: Casa, Rua A, 1 (-23.5, -46.6)" in order.shows("Ships to: ", timeout=15)
    assert road.json("orders", "show", order.number)["address"] == "Casa, Rua A, 1 (-23.5, -46.6)"

    bruno.write(AURORA.channel, "wrap it twice", thread=order.card.ts)
    notes = until(lambda: [each for each in road.json("orders", "timeline", order.number) if each["kind"] == "note"])
    assert [(note["actor"], note["door"], note["text"]) for note in notes] == [("Bruno", "slack", "wrap it twice")]
    time.sleep(3)
    for words in ("Do you deliver on Sundays?", "wrote to the customer", "[photo]", "[file image.jpg]"):
        assert len(asked.posts(words)) == 1
    assert len(talk.posts("wrap it twice")) == 1, "only as Bruno wrote it"
    assert (graph.refused, slack.complaints) == ([], [])
