import http.client
import socket
from urllib.parse import urlsplit

import pytest
import requests
from prometheus_client import REGISTRY

from sandbox.server import Server
from tests.web.builders import CART, NOW, SECRET, app, serving, signed
from wapto.store.database import connect
from wapto.store.models import InboxEntry
from wapto.web.webhook import MAX_BODY_BYTES, PATH

FILLER = b'"' + b"x" * (MAX_BODY_BYTES - 2) + b'"'  # JSON of exactly the size that is allowed


def post(web, body=CART, headers=None):
    return requests.post(web + PATH, data=body, headers=signed(body) if headers is None else headers, timeout=10)


def counted(outcome):
    return REGISTRY.get_sample_value("wapto_webhooks_total", {"outcome": outcome}) or 0


def test_a_signed_webhook_is_stored_as_it_came_and_then_rung_for(web_on_each, rung):
    body = b'{ "spaces":  "stay", "caf\xc3\xa9": 1.10}'
    answer = post(web_on_each, body)
    [entry] = InboxEntry.select()
    assert (answer.status_code, bytes(entry.body), entry.state, entry.received_at) == (200, body, "new", NOW)
    assert rung == ["inbox"]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"1", b"null", b'"text"', b"\n{}\n"])
def test_json_of_any_shape_is_stored(web, body):
    assert post(web, body).status_code == 200
    assert InboxEntry.select().count() == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"entry=1", b'{"a": NaN', b"\xe9"])
def test_what_is_signed_but_no_json_is_refused_counted_and_not_stored(web, rung, body):
    before = counted("not_json")
    assert post(web, body).status_code == 400
    assert counted("not_json") == before + 1
    assert not InboxEntry.select().exists()
    assert rung == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=é"},
        {"X-Hub-Signature": signed()["X-Hub-Signature-256"]},
        signed(secret="another secret"),
        signed(CART + b" "),
    ],
)
def test_without_a_right_signature_nothing_is_kept(web, rung, headers):
    before = counted("unsigned")
    headers = {name: value.encode() for name, value in headers.items()}
    assert post(web, headers=headers).status_code == 401
    assert counted("unsigned") == before + 1
    assert not InboxEntry.select().exists()


def test_during_rotation_both_secrets_sign(store):
    with serving(META_APP_SECRET=f"new one, {SECRET}") as server:
        old = post(server.url, headers=signed())
        new = post(server.url, headers=signed(secret="new one"))
    assert (old.status_code, new.status_code) == (200, 200)


def test_four_mebibytes_are_stored_and_one_byte_more_is_not(web):
    assert post(web, FILLER).status_code == 200
    before = counted("too_large")
    assert post(web, FILLER + b" ").status_code == 413
    assert counted("too_large") == before + 1
    assert InboxEntry.select().count() == 1


def test_a_chunked_body_has_the_same_limit(web):
    def in_chunks(body):
        return (body[start : start + 100_000] for start in range(0, len(body), 100_000))

    assert requests.post(web + PATH, data=in_chunks(FILLER), headers=signed(FILLER), timeout=10).status_code == 200
    longer = FILLER + b" "
    assert requests.post(web + PATH, data=in_chunks(longer), headers=signed(longer), timeout=10).status_code == 413


@pytest.mark.parametrize(("length", "status"), [(10**12, 413), (len(CART) - 1, 401)])
def test_a_content_length_that_lies_stores_nothing(web, length, status):
    connection = http.client.HTTPConnection(urlsplit(web).netloc, timeout=10)
    connection.putrequest("POST", PATH)
    for name, value in {**signed(), "Content-Length": str(length)}.items():
        connection.putheader(name, value)
    connection.endheaders(CART)
    assert connection.getresponse().status == status
    assert not InboxEntry.select().exists()


def test_what_cannot_be_stored_is_to_be_sent_again():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        database = connect(f"postgresql://wapto@127.0.0.1:{nobody.getsockname()[1]}/wapto")
        before = counted("not_stored")
        with serving() as server:
            answer = post(server.url)
        database.close()
    assert answer.status_code == 503
    assert counted("not_stored") == before + 1


def test_the_handshake_answers_with_the_bare_challenge(web):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify me", "hub.challenge": "1158201444"}
    answer = requests.get(web + PATH, params=asked, timeout=10)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change", [{"hub.verify_token": "guess"}, {"hub.verify_token": "é"}, {"hub.mode": "unsubscribe"}, {"hub.mode": ""}]
)
def test_the_handshake_refuses_strangers(web, change):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify me", "hub.challenge": "1158201444", **change}
    answer = requests.get(web + PATH, params=asked, timeout=10)
    assert answer.status_code == 403
    assert "1158201444" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", PATH, 405), ("DELETE", PATH, 405), ("POST", PATH + "/", 404), ("GET", "/", 404)],
)
def test_other_methods_and_paths_are_answered_in_few_words(web, method, path, status):
    answer = requests.request(method, web + path, timeout=10)
    assert answer.status_code == status
    assert len(answer.text) < 40
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_of_ours_shows_no_traceback(store):
    broken = app()
    broken.add_url_rule("/broken", view_func=lambda: 1 / 0)
    with Server(broken) as server:
        answer = requests.get(server.url + "/broken", timeout=10)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
