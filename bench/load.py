"""A load generator for signed carts: one process, one selector, kept connections, and no HTTP library in the way."""

import selectors
import socket
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.shop import signature

_HEAD = (
    "POST /webhooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "X-Hub-Signature-256: {}\r\nContent-Length: {}\r\n\r\n"
)
_SILENT_SECONDS = 15


@dataclass(frozen=True)
class Load:
    """What came of it: requests a second, latencies in ms, and how busy a processor the generator kept."""

    rate: float
    p50: float
    p99: float
    own_share: float


def post(port: int, bodies: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Each connection posts the next body as soon as the last was answered; anything but 200 is an error."""
    started, cpu, latencies = time.perf_counter(), time.process_time(), []
    with selectors.DefaultSelector() as selector:
        sent = {}
        for _ in range(connections):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line, selectors.EVENT_READ)
            sent[line] = _send(line, bodies)
        while sent:
            for key, _ in selector.select(_SILENT_SECONDS) or _nobody_answers():
                line = key.fileobj
                if not _answered(line):
                    continue
                now = time.perf_counter()
                latencies.append(now - sent[line])
                if now - started < seconds:
                    sent[line] = _send(line, bodies)
                else:
                    del sent[line]
                    selector.unregister(line)
                    line.close()
    took = time.perf_counter() - started
    cuts = statistics.quantiles(latencies, n=100)
    return Load(len(latencies) / took, cuts[49] * 1e3, cuts[98] * 1e3, (time.process_time() - cpu) / took)


def _send(line: socket.socket, bodies: Iterator[bytes]) -> float:
    body = next(bodies)
    request = _HEAD.format(signature(body), len(body)).encode() + body
    sent = time.perf_counter()
    line.sendall(request)
    return sent


def _answered(line: socket.socket) -> bool:
    """All apps end their answer with this word; it may come in two parts."""
    answer = line.recv(4096)
    if not answer or (answer.startswith(b"HTTP") and b" 200 " not in answer[:20]):
        raise RuntimeError(f"The server answered {answer[:200]!r}.")
    return answer.rstrip().endswith(b"ok")


def _nobody_answers() -> list[tuple[selectors.SelectorKey, int]]:
    raise RuntimeError(f"No answer for {_SILENT_SECONDS} s.")
