"""A Graph API that answers what a test tells it to, over real HTTP on a free port."""

import json
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Answer:
    """One answer; `body` is JSON, or bytes as they are."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def give(self, handler):
        raw = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        handler.send_response(self.status)
        for name, text in {"Content-Length": str(len(raw)), **self.headers}.items():
            handler.send_header(name, text)
        handler.end_headers()
        handler.wfile.write(raw)


class Hang:
    """Reads the request and never answers."""

    def give(self, handler):
        handler.server.closing.wait(5)
        handler.close_connection = True


class Reset:
    """Reads the request and breaks the connection off."""

    def give(self, handler):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()


@dataclass
class Request:
    """What the client sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    json: Any
    peer: tuple[str, int]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def respond(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        graph = self.server.graph
        graph.requests.append(Request(self.command, parts.path, query, self.headers, body, self.client_address))
        (graph.answers.pop(0) if graph.answers else Answer()).give(self)

    do_GET = do_POST = respond

    def log_message(self, *args):
        pass

    def finish(self):
        if self.connection.fileno() != -1:
            super().finish()


class ScriptedGraph:
    """Answers the scripted answers in turn, then `{}`; `requests` is what came in."""

    def __init__(self, certificate: Path | None = None):
        self.answers, self.requests = [], []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.graph, self._server.closing = self, threading.Event()
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join(5)
        self._server.block_on_close = False
        self._server.server_close()
