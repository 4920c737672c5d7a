"""Meta and Slack in one, as fast as can be: every request is accepted after the same time, and nothing is checked."""

import asyncio
import itertools
import json
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
_serial = itertools.count(1)

TEAM = "T0BENCH"
_WORKSPACE = {"url": "https://bench.example/", "team_id": TEAM, "team": "Bench", "user_id": "U0BOT", "bot_id": "B0BOT"}


class _Line(asyncio.Protocol):
    """One connection; its requests come one after the other."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._heard = seconds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            self._heard = b""
            asyncio.get_running_loop().call_later(self._seconds, self._answer)

    def _answer(self) -> None:
        number = next(_serial)
        accepted = {
            "messages": [{"id": f"wamid.{number}"}],
            "ok": True,
            "channel": "C1",
            "ts": f"1700000000.{number:06}",
            **_WORKSPACE,
        }
        body = json.dumps(accepted).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )


async def _serve(seconds: float, tell: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Line(seconds), "127.0.0.1", 0, backlog=1024)
    tell.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(seconds: float, tell: Connection) -> None:
    asyncio.run(_serve(seconds, tell))


@contextmanager
def answering(seconds: float) -> Iterator[str]:
    """The address of one that answers after `seconds`, in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    hear, tell = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_run, args=(seconds, tell), daemon=True)
    process.start()
    tell.close()  # so that `recv` ends should the process end before it has told
    try:
        yield f"http://127.0.0.1:{hear.recv()}"
    finally:
        process.kill()
        process.join()
