"""Whoever sends slowly, or never to the end, keeps nobody else waiting: real `wapto web`, real connections."""

import gzip
import socket
import time
from contextlib import ExitStack

import pytest
import requests

from cli import gateway
from cli.serve import _THREADS
from tests.web.builders import signed
from wapto.store.models import InboxEntry
from wapto.web.webhook import PATH

pytestmark = pytest.mark.slow

BEGUN = b"POST %s HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n{" % PATH.encode()


def test_more_slow_senders_than_threads_keep_no_webhook_waiting(web):
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", web.port))) for _ in range(2 * _THREADS)]
        for connection in slow:
            connection.sendall(BEGUN)
        time.sleep(0.5)
        began = time.monotonic()
        assert web.post_cart() == 200
        assert time.monotonic() - began < 2


def test_a_body_that_does_not_come_is_given_up(web):
    with socket.create_connection(("127.0.0.1", web.port), timeout=2 * gateway.BODY_SECONDS) as connection:
        connection.sendall(BEGUN)
        began = time.monotonic()
        assert connection.recv(100).split()[1] == b"408"
        assert gateway.BODY_SECONDS - 1 < time.monotonic() - began < gateway.BODY_SECONDS + 5


def test_a_sender_who_goes_away_in_the_middle_leaves_nothing(web):
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", web.port)) as connection:
            connection.sendall(BEGUN)
    assert web.post_cart() == 200
    assert InboxEntry.select().count() == 1
    assert "Traceback" not in web.output


def test_what_is_compressed_is_never_unpacked(web):
    bomb = gzip.compress(bytes(50_000_000))
    headers = signed(bomb) | {"Content-Encoding": "gzip"}
    assert requests.post(web.url + PATH, data=bomb, headers=headers, timeout=10).status_code == 400
    assert not InboxEntry.select().exists()


def test_a_path_reaches_the_app_as_it_was_meant(web):
    for path in ("/t/%F0%9F%92%A9", "/t/%FF", "/t/..%2F..%2Fetc", "/t/%00"):
        answer = requests.get(web.url + path, timeout=10)
        assert answer.status_code == 404, path
    assert requests.head(web.url + "/healthz", timeout=10).status_code == 200
