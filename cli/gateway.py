"""Between the server and the Flask app: a request gets a thread only once all of it has come.

Whoever sends a body slowly, or never to its end, would else hold a thread each, and with as many connections as there
are threads nobody's webhook would get through. Bodies are awaited on the event loop, which holds thousands.
"""

import asyncio
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope
from werkzeug.test import run_wsgi_app

BODY_SECONDS = 10.0  # Meta and Slack send theirs in one go

Answer = tuple[int, list[tuple[str, str]], bytes]
log = structlog.get_logger()


class Gateway:
    """An RSGI application around a WSGI one, so many of whose requests are answered at a time."""

    def __init__(self, app: Flask, *, threads: int) -> None:
        self._app = app
        self._limit: int = app.config["MAX_CONTENT_LENGTH"]
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answers one request."""
        declared = scope.headers.get("content-length") or ""
        too_long = declared.isdecimal() and int(declared) > self._limit
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = b"" if too_long else await (protocol() if declared else self._read(protocol))
        except TimeoutError:
            protocol.response_str(HTTPStatus.REQUEST_TIMEOUT, [("Connection", "close")], "The body did not come.\n")
            return
        except (ProtocolClosed, ProtocolError):
            return  # nobody is there any more
        call = partial(self._call, scope, body, declared if too_long else str(len(body)))
        protocol.response_bytes(*await asyncio.get_running_loop().run_in_executor(self._threads, call))

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """The server has ended; what is in hand is finished."""
        self._threads.shutdown()

    async def _read(self, protocol: HTTPProtocol) -> bytes:
        """A body of unknown length, up to a byte beyond the limit."""
        body = bytearray()
        async for chunk in protocol:
            body += chunk
            if len(body) > self._limit:
                break
        return bytes(body[: self._limit + 1])

    def _call(self, scope: Scope, body: bytes, length: str) -> Answer:
        try:
            parts, status, headers = run_wsgi_app(self._app, _environ(scope, body, length), buffered=True)
            return int(status.split(" ", 1)[0]), headers.to_wsgi_list(), b"".join(parts)
        except Exception:
            log.error("a request failed", exc_info=True)
            return HTTPStatus.INTERNAL_SERVER_ERROR, [("Content-Type", "text/plain")], b"Internal Server Error\n"


def _environ(scope: Scope, body: bytes, length: str) -> dict[str, Any]:
    """The request as PEP 3333 has it, without the environment of this process, which holds its secrets."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode("utf-8", "replace").decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body has come, whole
    return environ | {"CONTENT_LENGTH": length}
