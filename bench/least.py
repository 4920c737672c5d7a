"""The least Flask app that may answer Meta with 200: it checks the signature and commits the body, and that is all.

Each thread commits one row for itself, by the bare driver, on a connection that it keeps. Same server as `wapto web`,
same threads, same durability.
"""

import hashlib
import hmac
import os
import sqlite3
import threading
import time

import psycopg
from flask import Flask, request
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

THREADS = 64  # as cli.serve
_kept = threading.local()


def app() -> Flask:
    made = Flask("least")
    url, secret = os.environ["DATABASE_URL"], os.environ["META_APP_SECRET"].encode()
    connect, insert = _sqlite(url) if url.startswith("sqlite") else _postgres(url)
    with connect() as connection:
        number = "INTEGER" if url.startswith("sqlite") else "BIGSERIAL"
        blob = "BLOB" if url.startswith("sqlite") else "BYTEA"
        connection.execute(
            f"CREATE TABLE inbox (id {number} PRIMARY KEY, received_at BIGINT NOT NULL, body {blob} NOT NULL)"
        )

    @made.post("/webhooks/whatsapp")
    def receive() -> tuple[str, int]:
        body = request.get_data()
        expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
            return "no\n", 401
        if not hasattr(_kept, "connection"):
            _kept.connection = connect()
        _kept.connection.execute(insert, (time.time_ns() // 1000, body))
        return "ok\n", 200

    return made


def _sqlite(url):
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=wal")
        connection.execute("PRAGMA synchronous=full")
        return connection

    return connect, "INSERT INTO inbox (received_at, body) VALUES (?, ?)"


def _postgres(url):
    def connect() -> psycopg.Connection:
        return psycopg.connect(url, autocommit=True)

    return connect, "INSERT INTO inbox (received_at, body) VALUES (%s, %s)"


if __name__ == "__main__":
    Server(
        "bench.least:app",
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        factory=True,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        log_level=LogLevels.error,
    ).serve()
