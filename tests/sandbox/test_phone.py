"""A customer's phone, and the webhooks that tell the shop about it."""

import hashlib
import hmac
import json
import threading
import time
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
import requests

from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.templates import template
from sandbox.graph.world import Number, Waba
from sandbox.server import Server

SHOP, BRANCH = "1100000000001", "2200000000001"
CART = [("SKU-RED-M", 2, 30, "BRL"), ("0042", 1, Decimal("7.99"), "BRL")]


class Callback:
    """The shop's end: takes what is signed with `secret`, unless `answers` says otherwise.

    With a `barrier` it answers only when as many posts are here at once.
    """

    def __init__(self):
        self.bodies, self.answers, self.barrier = [], [], None
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "GET":
            query = parse_qs(environ["QUERY_STRING"])
            known = query["hub.verify_token"] == ["verify"] and query["hub.mode"] == ["subscribe"]
            start_response("200 OK" if known else "403 Forbidden", [("Content-Type", "text/plain")])
            return [query["hub.challenge"][0].encode() if known else b"no"]
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        expected = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        signed = environ["HTTP_X_HUB_SIGNATURE_256"] == expected
        start_response(self._answer(body) if signed else "401 Unauthorized", [("Content-Length", "0")])
        return [b""]

    def _answer(self, body):
        if self.barrier:
            self.barrier.wait(timeout=5)
        with self._lock:
            answer = self.answers.pop(0) if self.answers else "200 OK"
            if answer == "200 OK":
                self.bodies.append(body)
        if answer == "no answer":
            raise ConnectionResetError
        return answer

    def values(self):
        """What each change told, in order of arrival."""
        return [change["value"] for entry in self.entries() for change in entry["changes"]]

    def entries(self):
        return [entry for body in self.bodies for entry in json.loads(body)["entry"]]

    def statuses(self):
        return [value["statuses"][0] for value in self.values() if "statuses" in value]


@pytest.fixture
def callback():
    return Callback()


@pytest.fixture
def graph(callback):
    wabas = [
        Waba("WABA1", [Number(SHOP, "+55 11 4000-0001", "Loja")], [template("hi", "en", "Hello {{1}}.")]),
        Waba("WABA2", [Number(BRANCH, "+1 555 010-0001", "Shop")]),
    ]
    with (
        Server(callback) as server,
        Graph(wabas, access_tokens=["good"], app_secret="secret", backoff=(0.02, 0.02)) as graph,
    ):
        graph.callback_url = f"{server.url}/webhooks/whatsapp"
        yield graph


@pytest.fixture
def ana(graph):
    return Customer(graph, "Ana", "5511988887777", "BR.150")


def call(graph, body):
    answer = requests.post(
        f"{graph.url}/v25.0/{SHOP}/messages", json=body, headers={"Authorization": "Bearer good"}, timeout=5
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["messages"][0]["id"]


def greet(graph, name="Ana", **recipient):
    components = [{"type": "body", "parameters": [{"type": "text", "text": name}]}]
    template = {"name": "hi", "language": {"code": "en"}, "components": components}
    common = {"messaging_product": "whatsapp", "type": "template", "biz_opaque_callback_data": "notif:1"}
    return call(graph, {**common, "template": template, **(recipient or {"to": "+5511988887777"})})


def test_a_cart_arrives_as_meta_writes_it(graph, callback, ana):
    wamid = ana.send_cart(SHOP, CART, "please gift-wrap")
    assert graph.settle()
    [entry] = callback.entries()
    [change] = entry["changes"]
    assert (entry["id"], change["field"]) == ("WABA1", "messages")
    [message] = change["value"]["messages"]
    assert abs(int(message.pop("timestamp")) - time.time()) < 5
    assert message == {
        "from": "5511988887777",
        "from_user_id": "BR.150",
        "id": wamid,
        "type": "order",
        "order": {
            "catalog_id": "194800000000001",
            "text": "please gift-wrap",
            "product_items": [
                {"product_retailer_id": "SKU-RED-M", "quantity": 2, "item_price": 30, "currency": "BRL"},
                {"product_retailer_id": "0042", "quantity": 1, "item_price": 7.99, "currency": "BRL"},
            ],
        },
    }
    assert change["value"]["metadata"] == {"display_phone_number": "551140000001", "phone_number_id": SHOP}
    contact = {"profile": {"name": "Ana"}, "wa_id": "5511988887777", "user_id": "BR.150"}
    assert change["value"]["contacts"] == [contact]


def test_the_bytes_are_compact_and_escaped(graph, callback, ana):
    ana.send_text(SHOP, "Olá @loja 1/2 😀")
    assert graph.settle()
    assert rb'"body":"Ol\u00e1 \u0040loja 1\/2 \ud83d\ude00"' in callback.bodies[0]


def test_a_hidden_phone_is_left_out(graph, callback):
    bia = Customer(graph, "Bia", "5511900000000", "BR.151", hides_phone=True)
    bia.send_text(SHOP, "Oi")
    greet(graph, recipient="BR.151")
    assert graph.settle()
    assert bia.inbox == ["Hello Ana."]
    assert b"5511900000000" not in b"".join(callback.bodies)
    assert {value["contacts"][0]["user_id"] for value in callback.values()} == {"BR.151"}


def test_a_hidden_phone_needs_an_id_to_be_known_by(graph):
    with pytest.raises(ValueError, match="Bia needs a user_id"):
        Customer(graph, "Bia", "5511900000000", hides_phone=True)


def test_a_cart_to_a_number_that_does_not_exist_is_an_error(ana):
    with pytest.raises(KeyError, match="there is no number 999"):
        ana.send_cart("999", CART)


def test_the_same_cart_can_be_delivered_three_times(graph, callback, ana):
    wamid = ana.send_cart(SHOP, CART, times=3)
    assert graph.settle()
    assert [value["messages"][0]["id"] for value in callback.values()] == [wamid] * 3


def test_the_same_cart_can_be_delivered_three_times_at_once(graph, callback, ana):
    callback.barrier = threading.Barrier(3)
    wamid = ana.send_cart(SHOP, CART, times=3, concurrently=True)
    assert graph.settle()
    assert [value["messages"][0]["id"] for value in callback.values()] == [wamid] * 3


def test_several_carts_can_come_in_one_post(graph, callback, ana):
    with graph.one_post():
        wamids = [ana.send_cart(SHOP, CART), ana.send_cart(SHOP, CART), ana.send_cart(BRANCH, CART)]
    assert graph.settle()
    assert len(callback.bodies) == 1
    assert [entry["id"] for entry in callback.entries()] == ["WABA1", "WABA2"]
    assert [value["messages"][0]["id"] for value in callback.values()] == wamids


def test_a_webhook_that_is_not_taken_comes_again(graph, callback, ana):
    callback.answers = ["503 Service Unavailable", "no answer"]
    ana.send_cart(SHOP, CART)
    assert graph.settle()
    assert [(delivery.attempt, delivery.answer) for delivery in graph.deliveries] == [(1, 503), (2, None), (3, 200)]
    assert len(callback.bodies) == 1


def test_a_webhook_is_given_up_at_last(graph, callback, ana):
    callback.answers = ["500 Internal Server Error", "302 Found", "401 Unauthorized"]
    ana.send_cart(SHOP, CART)
    assert graph.settle()
    assert [delivery.answer for delivery in graph.deliveries] == [500, 302, 401]


def test_a_message_is_sent_delivered_and_read(graph, callback, ana):
    wamid = greet(graph)
    assert ana.inbox == ["Hello Ana."]
    assert ana.read() == 1
    assert graph.settle()
    assert [status["status"] for status in callback.statuses()] == ["sent", "delivered", "read"]
    for status in callback.statuses():
        assert (status["id"], status["biz_opaque_callback_data"]) == (wamid, "notif:1")
        assert (status["recipient_id"], status["recipient_user_id"]) == ("5511988887777", "BR.150")
    assert callback.statuses()[0]["pricing"]["category"] == "utility"


def test_steps_of_one_message_keep_their_order_through_refusals(graph, callback, ana):
    callback.answers = ["500 Internal Server Error"] * 2
    greet(graph)
    ana.read()
    assert graph.settle()
    assert [status["status"] for status in callback.statuses()] == ["sent", "delivered", "read"]


def test_nothing_is_read_twice(graph, ana):
    greet(graph)
    assert [ana.read(), ana.read()] == [1, 0]


def test_an_offline_phone_gets_its_messages_when_it_is_back(graph, callback, ana):
    ana.go_offline()
    greet(graph, "first")
    greet(graph, "second")
    assert graph.settle()
    assert (ana.inbox, ana.read()) == ([], 0)
    assert [status["status"] for status in callback.statuses()] == ["sent", "sent"]
    ana.come_online()
    assert graph.settle()
    assert ana.inbox == ["Hello first.", "Hello second."]
    assert [status["status"] for status in callback.statuses()[2:]] == ["delivered", "delivered"]


def test_a_phone_that_nobody_has_gets_no_further_than_sent(graph, callback):
    greet(graph, to="+5511900000000")
    assert graph.settle()
    assert [status["status"] for status in callback.statuses()] == ["sent"]


def test_a_business_scoped_id_in_to_is_lost(graph, callback, ana):
    greet(graph, to="BR.150")
    assert graph.settle()
    assert (len(graph.sent), callback.bodies, ana.inbox) == (1, [], [])


def test_a_message_can_fail_later(graph, callback, ana):
    graph.fail(131026, later=True)
    greet(graph)
    assert graph.settle()
    [value] = callback.values()
    [status] = value["statuses"]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)
    assert "contacts" not in value
    assert ana.inbox == []


def test_writing_to_the_shop_opens_the_window_for_free_text(graph, ana):
    ana.send_text(SHOP, "Where is it?")
    call(
        graph, {"messaging_product": "whatsapp", "to": "+5511988887777", "type": "text", "text": {"body": "On its way"}}
    )
    assert ana.inbox == ["On its way"]


def test_waiting_ends_when_the_text_arrives(graph, ana):
    timer = threading.Timer(0.05, greet, [graph, "Bia"])
    timer.start()
    assert ana.wait_for("Bia", timeout=5).template == "hi"
    assert ana.wait_for(lambda sent: sent.language == "en", timeout=0).text == "Hello Bia."
    timer.join()


def test_waiting_in_vain_says_what_is_there_instead(graph, ana):
    greet(graph)
    with pytest.raises(TimeoutError, match=r"Ana waited 0 s for “shipped” and has \['Hello Ana.'\]"):
        ana.wait_for("shipped", timeout=0)


@pytest.mark.parametrize(("token", "verified"), [("verify", True), ("another", False)])
def test_the_handshake_wants_the_bare_challenge(graph, token, verified):
    assert graph.verify_callback(token) is verified


def test_a_callback_that_is_away_is_not_verified(graph, callback):
    with Server(callback) as gone:
        graph.callback_url = gone.url
    assert graph.verify_callback("verify") is False


def play(graph, **changes):
    item = {"sku": "SKU-1", "quantity": 2, "price": 49.85, "currency": "BRL"}
    body = {"from": "+5511988887777", "phone_number_id": SHOP, "note": "ring twice", "items": [item]} | changes
    return requests.post(f"{graph.url}/sandbox/cart", json=body, timeout=5)


def test_a_cart_can_be_sent_by_hand_for_a_customer_who_is_there(graph, callback, ana):
    wamid = play(graph).json()["wamid"]
    assert graph.settle()
    [value] = callback.values()
    assert (value["messages"][0]["id"], value["contacts"][0]["profile"]["name"]) == (wamid, "Ana")
    assert value["messages"][0]["order"]["product_items"][0]["item_price"] == 49.85


def test_a_cart_can_be_sent_by_hand_for_a_new_customer(graph):
    assert play(graph, **{"from": "5511900000000"}).status_code == 200
    greet(graph, to="+5511900000000")
    assert graph.customer("5511900000000").inbox == ["Hello Ana."]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"from": "Ana"}, "“from” must be the digits of a phone number."),
        ({"phone_number_id": "999"}, f"“phone_number_id” must be one of {SHOP}, {BRANCH}."),
        ({"items": []}, "“items” must be a list of objects with sku, quantity, price and currency."),
        ({"items": [{"sku": "SKU-1"}]}, "“items” must be a list of objects with sku, quantity, price and currency."),
    ],
)
def test_a_cart_sent_by_hand_with_a_fault_is_explained(graph, changes, sentence):
    answer = play(graph, **changes)
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})


def test_whoever_moves_to_another_number_is_reached_there_alone_and_the_shop_is_told(graph, callback, ana):
    wamid = ana.change_number(SHOP, "5511966665555", "BR.151")
    assert graph.settle()
    [value] = callback.values()
    assert "contacts" not in value
    [message] = value["messages"]
    message.pop("timestamp")
    assert message == {
        "from": "5511988887777",
        "from_user_id": "BR.150",
        "id": wamid,
        "type": "system",
        "system": {
            "type": "user_changed_number",
            "body": "User Ana changed from 5511988887777 to 5511966665555",
            "wa_id": "5511966665555",
            "user_id": "BR.151",
            "previous_user_id": "BR.150",
        },
    }
    greet(graph, to="+5511988887777")
    assert ana.inbox == []
    greet(graph, to="+5511966665555")
    assert [text.partition(".")[0] for text in ana.inbox] == ["Hello Ana"]
