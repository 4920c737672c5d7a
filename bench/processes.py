"""Real processes on 127.0.0.1, ended with the bench that started them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile

from bench.shop import SECRET
from cli.sandbox import free_port
from cli.tether import tethered

_START_SECONDS, _STOP_SECONDS = 30, 12


def settings(database_url: str, redis_url: str, outside: str = "http://127.0.0.1:9") -> dict[str, str]:
    """What a process of Wapto needs to know; `outside` is where Meta and Slack are."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "META_APP_SECRET": SECRET,
        "META_VERIFY_TOKEN": "verify",
        "META_ACCESS_TOKEN": "token",
        "META_GRAPH_URL": outside,
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "signing",
        "SLACK_API_URL": f"{outside}/api/",
        "WAPTO_SECRET_KEY": "key",
        "PORT": str(free_port()),
    }


@contextmanager
def running(module: str, *words: str, given: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m MODULE WORDS` with these settings; its last words are shown if it ended by itself."""
    with TemporaryFile() as output:
        process = subprocess.Popen(
            tethered([sys.executable, "-m", module, *words]),
            env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **given},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            if process.poll() is not None:
                output.seek(0)
                print(output.read()[-2_000:].decode(), file=sys.stderr)
            process.terminate()
            process.wait(_STOP_SECONDS)


@contextmanager
def workers(count: int, given: Mapping[str, str], module: str, *words: str) -> Iterator[None]:
    """So many `wapto worker`, or other processes, at the same time."""
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(running(module, *words, given=given))
        yield


def wait_until(true: Callable[[], object], seconds: float = _START_SECONDS) -> None:
    """Looks every 20 ms; RuntimeError when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError("What was waited for did not happen.")
        time.sleep(0.02)


def say_load() -> None:
    """The machine's load before the measuring begins, since figures of a busy one mean little."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.2f} in the last minute\n", flush=True)
