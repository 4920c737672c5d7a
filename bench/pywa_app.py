"""pywa's own server on Flask with a handler that does nothing: what a shop gets that answers Meta and stores nothing.

Same server as `wapto web`, same threads. pywa is installed for this bench alone: see README.
"""

import logging
import os
import sys

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from pywa import WhatsApp

from bench.least import THREADS
from bench.shop import SHOP


def app() -> Flask:
    made = Flask("pywa")
    shop = WhatsApp(
        phone_id=SHOP,
        token="token",
        server=made,
        webhook_endpoint="/webhooks/whatsapp",
        verify_token="verify",
        app_secret=os.environ["META_APP_SECRET"],
        validate_updates=True,
    )
    # It answers 200 to what it cannot read, and tells the log alone; fast and wrong would be no figure at all.
    logging.getLogger("pywa").addHandler(_Stop(logging.ERROR))

    @shop.on_message()
    def do_nothing(_shop, _message) -> None:
        pass

    return made


class _Stop(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), file=sys.stderr, flush=True)
        os._exit(1)


if __name__ == "__main__":
    Server(
        "bench.pywa_app:app",
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        factory=True,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        log_level=LogLevels.error,
    ).serve()
