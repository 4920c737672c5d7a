"""Sentry, where it is set: it hears of errors, and nothing of customers. The stand-in answers on 127.0.0.1."""

import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.web.builders import ENVIRONMENT

SAY = (
    "import sys, structlog, sentry_sdk\n"
    "from cli import sentry\n"
    "from wapto import config, logs\n"
    "logs.configure()\n"
    "sentry.watch(config.load())\n"
    "structlog.get_logger().warning('only a warning')\n"
    "customer = '+5511987654321'\n"
    "try: raise ValueError('no such customer: +5511987654321, EAAsecretsecret')\n"
    "except ValueError: structlog.get_logger().error('lane failed', to=customer, exc_info=True)\n"
    "sentry_sdk.flush(10)\n"
)


@pytest.fixture
def heard():
    bodies = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Sentry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", bodies
        server.shutdown()
        thread.join()


def run(**settings):
    environment = {**ENVIRONMENT, "NO_PROXY": "127.0.0.1", **settings}
    return subprocess.run([sys.executable, "-c", SAY], env=environment, capture_output=True, text=True, timeout=60)


def test_errors_reach_it_without_numbers_tokens_and_values_of_variables(heard):
    dsn, bodies = heard
    done = run(SENTRY_DSN=dsn)
    assert done.returncode == 0, done.stderr
    told = b"\n".join(bodies).decode()
    assert "lane failed" in told
    assert "ValueError" in told
    assert not [secret for secret in ("5511987654321", "EAAsecret", "only a warning", '"vars"') if secret in told]
    [event] = [json.loads(line) for line in told.splitlines() if '"exception"' in line]
    assert event["exception"]["values"][0]["value"].startswith("no such customer: …4321")


def test_without_the_setting_nobody_hears_of_anything(heard):
    _, bodies = heard
    assert run().returncode == 0
    assert bodies == []


def test_an_address_that_is_none_stops_the_start():
    assert "SENTRY_DSN must be an address that starts with https:// or http://" in run(SENTRY_DSN="nowhere").stderr
