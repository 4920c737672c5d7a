"""The main road, driven by real processes over real HTTP, and seen where customers and agents see it."""

import json
import re
import time
from dataclasses import replace

import pytest
import requests
from redis import Redis

from cli.embedded import EmbeddedRedis
from sandbox.graph.phone import Customer
from sandbox.graph.world import Number
from sandbox.shops import AURORA, SONNTAG
from tests.road.harness import PROCESSES, Road

pytestmark = pytest.mark.slow

COFFEE = [("CAFE-250G", 2, 32.9, "BRL"), ("CANECA-AZUL", 1, 39.5, "BRL")]
BOOKS = [("BUCH-0815", 1, 24, "EUR"), ("LESEZEICHEN", 3, 1.5, "EUR")]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def road(request, tmp_path_factory, redis_server):
    """Two shops in two accounts with two channels, up and running; each test brings customers of its own."""
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


def test_a_customer_asks_where_the_order_is_looks_at_its_page_and_cancels(road):
    road.wapto.run("numbers", "set", AURORA.number.id, "where_is_it=on", "cancel_until=received")
    ines = Customer(road.world.graph, "Ines Prado", "5511955554444")
    ines.send_cart(AURORA.number.id, COFFEE)
    order = road.order_of(ines, AURORA.channel)
    ines.send_text(AURORA.number.id, "Oi, onde está meu pedido?")
    answer = ines.wait_for(f"Seu pedido {order.number}: Recebido")
    [address] = re.findall(r"http://127\.0\.0\.1:\d+/t/\S+", answer.text)
    page = requests.get(address, timeout=10).text
    assert "Olá, Ines" in page
    assert f"Pedido {order.number}" in page
    ines.tap(answer, "Cancelar pedido")
    ines.wait_for("Motivo: Cancelado pelo cliente")
    assert "Cancelled" in order.shows("Cancelled")


def test_a_delivery_and_a_pickup_order_go_from_the_cart_to_delivered_and_read(road):
    maria, jonas, bruno = road.world.maria, road.world.jonas, road.world.person("Bruno")
    maria.send_cart(AURORA.number.id, COFFEE, "É presente!")
    jonas.send_cart(SONNTAG.number.id, BOOKS)
    coffee, books = road.order_of(maria, AURORA.channel), road.order_of(jonas, SONNTAG.channel)
    assert "É presente!" in coffee.words
    road.wapto.run("orders", "set", books.number, "--fulfillment", "pickup")
    assert "Pickup · " in books.shows("Pickup · ", "Received: delivered")
    assert "Received: delivered" in coffee.shows("Received: delivered")

    bruno.click(coffee.card, "Claim")
    assert "Agent: @Bruno" in coffee.shows("Agent: @Bruno")
    for button in ("Confirm", "Start processing"):
        label = {"Confirm": "Confirmed", "Start processing": "Processing"}[button]
        for order in (coffee, books):
            bruno.click(order.card, button)
        for order in (coffee, books):
            assert f"◉ {label}" in order.shows(f"◉ {label}", f"{label}: delivered")

    bruno.click(coffee.card, "Mark shipped")
    parcel = {
        "Carrier": "Correios",
        "Tracking number": "BR 123",
        "Tracking link": "https://rastreio.example/BR-123",
        "Expected delivery": "2026-12-01",
    }
    bruno.submit(bruno.wait_for_modal(), parcel)
    bruno.click(books.card, "Ready for pickup")
    bruno.submit(bruno.wait_for_modal())
    assert "◉ Shipped" in coffee.shows("◉ Shipped", "Shipped: delivered")
    assert "◉ Ready for pickup" in books.shows("◉ Ready for pickup", "Ready for pickup: delivered")

    bruno.click(coffee.card, "Out for delivery")
    bruno.click(books.card, "Mark delivered")
    assert "◉ Out for delivery" in coffee.shows("◉ Out for delivery", "Out for delivery: delivered")
    bruno.click(coffee.card, "Mark delivered")
    for customer, order in ((maria, coffee), (jonas, books)):
        assert "Delivered: delivered" in order.shows("Delivered: delivered")
        customer.read()
        assert "Delivered: read" in order.shows("Delivered: read")

    assert [seen(sent) for sent in road.sent_to(maria)] == told_maria(coffee.number)
    assert [seen(sent) for sent in road.sent_to(jonas)] == told_jonas(books.number)
    assert recipients(road, coffee.number) == ["+5511988887777"] * 6
    assert recipients(road, books.number) == ["+491713920012"] * 5
    assert road.cards_of(maria, AURORA.channel) == [coffee.card]
    assert road.cards_of(jonas, SONNTAG.channel) == [books.card]
    for order, total in ((coffee, "R$ 105,30"), (books, "28,50 €")):
        assert order.card.edited
        assert "●  ●  " in order.words
        assert "◉ Delivered" in order.words
        assert f"Total: {total}" in order.words.replace("\xa0", " ")
    assert "Tracking: Correios BR 123 · expected 2026-12-01" in coffee.words
    assert (road.world.graph.refused, road.world.slack.complaints) == ([], [])


def test_the_assignee_is_told_within_two_seconds_with_a_link_to_the_card(road):
    rita = Customer(road.world.graph, "Rita Alves", "5511911110001")
    sent_at = time.time()
    rita.send_cart(AURORA.number.id, COFFEE)
    order = road.order_of(rita, AURORA.channel)
    person, message = order.alert()
    assert float(message.ts) - sent_at < 2
    assert f"/{AURORA.channel}/p{order.card.ts.replace('.', '')}" in json.dumps(message.blocks)
    assert f"Agent: @{person.user.name}" in order.words


def test_the_same_cart_three_times_at_once_is_one_order_one_card_and_one_message(road):
    dora = Customer(road.world.graph, "Dora Nunes", "5511911110002")
    wamid = dora.send_cart(AURORA.number.id, COFFEE, times=3, concurrently=True)
    order = road.order_of(dora, AURORA.channel)
    assert "Received: delivered" in order.shows("Received: delivered")
    deliveries = [each.answer for each in road.world.graph.deliveries if each.updates[0].wamid == wamid]
    assert deliveries == [200, 200, 200]
    assert road.json("inbox", "list", "--state", "new") == []
    assert [found["number"] for found in road.json("orders", "list", "--search", "Dora Nunes")] == [order.number]
    assert len(road.cards_of(dora, AURORA.channel)) == 1
    assert [sent.template for sent in road.sent_to(dora)] == ["order_received"]
    assert len(road.alerts_of(order.number)) == 1


def test_a_cart_for_an_unknown_number_waits_until_the_number_is_added(road):
    rio = Number("100000000000003", "+55 21 3003-2000", "Casa Aurora Rio")
    road.world.graph.waba(AURORA.waba).numbers.append(rio)
    road.world.slack.add_channel("C0RIO", "rio", road.world.people)
    ivo = Customer(road.world.graph, "Ivo Reis", "5521911110003")
    ivo.send_cart(rio.id, COFFEE)
    assert road.world.graph.settle()
    assert road.world.graph.deliveries[-1].answer == 200
    kept = road.world.slack.wait_for(lambda: road.json("inbox", "list", "--state", "kept"))
    advice = f"wapto numbers add {rio.id} --waba {AURORA.waba} --slack-channel"
    assert advice in road.wapto.run("inbox", "list")

    road.wapto.run("numbers", "add", rio.id, "--waba", AURORA.waba, "--slack-channel", "C0RIO", "--currency", "BRL")
    assert "done" in road.wapto.run("inbox", "replay", str(kept[0]["id"]))
    assert "◉ Received" in road.order_of(ivo, "C0RIO").words


def test_a_cart_that_came_while_redis_slack_and_meta_were_away_arrives_once(tmp_path):
    only_received = replace(AURORA, notices=AURORA.notices[:1])
    redis = EmbeddedRedis(tmp_path / "redis")
    with Road(tmp_path, redis.url, f"sqlite:///{tmp_path}/wapto.db", shops=[only_received]) as road:
        with road.world:
            road.set_up()
        road.start()
        road.wapto.wait_until_ready("database", "worker", "scheduler")
        assert road.post_cart(road.world.maria, AURORA, COFFEE) == 200
        time.sleep(1.5)  # long enough for the worker to try, in vain, what is due
        with redis:
            road.new_world()
            road.world.connect()
            order = road.order_of(road.world.maria, AURORA.channel, timeout=20)
            assert "Received: delivered" in order.shows("Received: delivered", timeout=20)
            order.alert()
            road.wapto.wait_until_ready("redis")
            time.sleep(1.5)  # long enough for a second one of anything
            assert [sent.template for sent in road.sent_to(road.world.maria)] == ["order_received"]
            assert road.cards_of(road.world.maria, AURORA.channel) == [order.card]
            assert len(road.alerts_of(order.number)) == 1


def test_each_process_ends_within_ten_seconds_of_sigterm(tmp_path, redis_url):
    with Road(tmp_path, redis_url, f"sqlite:///{tmp_path}/wapto.db") as road:
        road.wapto.run("init", "--yes", "--no-check")
        processes = {name: road.wapto.start(name) for name in PROCESSES}
        road.wapto.wait_until_ready("database", "worker", "scheduler")
        asked_at = time.monotonic()
        for process in processes.values():
            process.terminate()
        assert {name: process.wait(15) for name, process in processes.items()} == dict.fromkeys(PROCESSES, 0)
        assert time.monotonic() - asked_at < 10


def told_maria(number):
    """All that Casa Aurora told her: the number it came from, template, language, text, and where buttons lead."""
    texts = {
        "received": f"Oi, Maria! Recebemos o seu pedido {number}: 2 × Café torrado 250 g, 1 × Caneca azul."
        " Total: R$ 105,30. Muito obrigado!",
        "confirmed": f"Oi, Maria! O seu pedido {number} está confirmado. Bruno cuida dele para você.",
        "processing": f"Oi, Maria! Já estamos preparando o seu pedido {number}.",
        "shipped": f"Oi, Maria! O seu pedido {number} está a caminho com Correios, código de rastreio BR 123."
        " Previsão de entrega: 1 de dez. de 2026.",
        "out_for_delivery": f"Oi, Maria! O seu pedido {number} saiu para entrega e chega hoje.",
        "delivered": f"Oi, Maria! O seu pedido {number} foi entregue. Bom proveito!",
    }
    buttons = {"shipped": ["https://rastreio.example/BR%20123"]}
    return [
        (AURORA.number.id, f"order_{status}", "pt_BR", f"{text}\nCasa Aurora", buttons.get(status, []))
        for status, text in texts.items()
    ]


def told_jonas(number):
    """All that Buchladen Sonntag told him."""
    texts = {
        "received": f"Guten Tag Jonas Weber, Ihre Bestellung {number} ist bei uns eingegangen:"
        " 1 × Das kunstseidene Mädchen, 3 × Lesezeichen, zusammen 28,50 €.",
        "confirmed": f"Guten Tag Jonas Weber, wir haben Ihre Bestellung {number} bestätigt.",
        "processing": f"Guten Tag Jonas Weber, wir legen Ihre Bestellung {number} gerade zurecht.",
        "ready_for_pickup": f"Guten Tag Jonas Weber, Ihre Bestellung {number} liegt bei uns für Sie bereit.",
        "delivered": f"Vielen Dank, Jonas Weber! Viel Freude mit Ihrer Bestellung {number}.",
    }
    return [
        (SONNTAG.number.id, f"order_{status}", "de", f"{text}\nBuchladen Sonntag", []) for status, text in texts.items()
    ]


def recipients(road, number):
    """To whom anything about an order was sent, once for each message."""
    return [sent.to for sent in road.world.graph.sent if number in sent.text]


def seen(sent):
    """A message as its reader sees it, and from whom it is."""
    return sent.phone_number_id, sent.template, sent.language, sent.text, [button.url for button in sent.buttons]
