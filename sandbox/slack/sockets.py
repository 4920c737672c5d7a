"""Socket Mode from Slack's side (reference §1.10, §8.2-39): the app opens a connection and gets envelopes over it."""

import json
import threading
from collections import deque
from collections.abc import Callable
from socket import SHUT_RDWR
from typing import Any
from uuid import uuid4

from flask import Flask, Response, jsonify, request
from simple_websocket import ConnectionClosed
from simple_websocket import Server as Socket

_MOST = 10


class Sockets:
    """Hands out addresses to connect to, sends envelopes, each to one connection, and waits for their acks."""

    def __init__(self, app_token: str) -> None:
        self.app_token = app_token
        self.refused: str | None = None  # what apps.connections.open answers instead
        self._url = ""
        self._tickets: set[str] = set()
        self._open: deque[Socket] = deque()
        self._acks: dict[str, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._opened = 0

    def mount(self, app: Flask, url: str) -> None:
        """Answer apps.connections.open, and take the connections that it leads to."""
        self._url = url.replace("http://", "ws://")
        app.post("/api/apps.connections.open", endpoint="connections_open")(self._address)
        app.get("/link/<ticket>", endpoint="link", websocket=True)(self._link)

    @property
    def connected(self) -> int:
        """How many connections are open."""
        return len(self._open)

    @property
    def opened(self) -> int:
        """How many connections there were so far."""
        return self._opened

    def wait_for(self, predicate: Callable[[], Any], timeout: float = 10.0) -> None:
        """Until something is true of the connections; TimeoutError after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(predicate, timeout):
                raise TimeoutError(f"It did not happen over Socket Mode within {timeout:g} s.")

    def send(self, kind: str, payload: dict[str, Any], patience: float, **retry: Any) -> dict[str, Any] | None:
        """Send one envelope; the ack, or None when none came in time."""
        envelope = str(uuid4())
        told = {"type": kind, "envelope_id": envelope, "accepts_response_payload": kind != "events_api", **retry}
        with self._changed:
            if not self._changed.wait_for(lambda: self._open, patience):
                return None
            self._open.rotate(1)
            socket = self._open[0]
        socket.send(json.dumps({**told, "payload": payload}))
        with self._changed:
            self._changed.wait_for(lambda: envelope in self._acks, patience)
            return self._acks.pop(envelope, None)

    def refresh(self) -> None:
        """Tell every connection to be replaced, as Slack does every few hours, and end it a moment later."""
        for socket in list(self._open):
            socket.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    def cut(self) -> None:
        """End every connection without a word."""
        for socket in list(self._open):
            socket.sock.shutdown(SHUT_RDWR)

    def _address(self) -> Response:
        if request.headers.get("Authorization") != f"Bearer {self.app_token}":
            return jsonify(ok=False, error="invalid_auth")
        if self.refused:
            return jsonify(ok=False, error=self.refused)
        ticket = uuid4().hex
        self._tickets.add(ticket)
        return jsonify(ok=True, url=f"{self._url}/link/{ticket}")

    def _link(self, ticket: str) -> Response:
        if ticket not in self._tickets:
            return Response("unknown ticket", 404)
        self._tickets.discard(ticket)
        socket = Socket.accept(request.environ)
        if len(self._open) >= _MOST:
            socket.send(json.dumps({"type": "disconnect", "reason": "too_many_websockets"}))
            socket.close()
        else:
            self._serve(socket)
        return Response("", headers={"Connection": "close"})

    def _serve(self, socket: Socket) -> None:
        socket.send(json.dumps({"type": "hello", "num_connections": self.connected + 1}))
        with self._changed:
            self._opened += 1
            self._open.append(socket)
            self._changed.notify_all()
        try:
            while True:
                self._take(json.loads(socket.receive()))
        except (ConnectionClosed, OSError):
            with self._changed:
                self._open.remove(socket)
                self._changed.notify_all()

    def _take(self, ack: dict[str, Any]) -> None:
        with self._changed:
            self._acks[ack["envelope_id"]] = ack
            self._changed.notify_all()
