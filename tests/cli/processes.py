"""Real `wapto` processes, their settings valid by default."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import requests

from tests.web.builders import CART, ENVIRONMENT, signed

NOWHERE = "unix:///nowhere/redis.sock"
SLACK_AWAY, META_AWAY = "http://127.0.0.1:9/api/", "http://127.0.0.1:9"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, seconds):
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


class Wapto:
    """`wapto NAME`, in a folder of its own; what it prints is kept in a file there."""

    def __init__(self, name, folder, **changes):
        self.port = free_port()
        settings = {
            **ENVIRONMENT,
            "DATABASE_URL": f"sqlite:///{folder}/wapto.db",
            "REDIS_URL": NOWHERE,
            "META_GRAPH_URL": META_AWAY,
            "SLACK_API_URL": SLACK_AWAY,
            "PORT": str(self.port),
            **changes,
        }
        self._output = folder / f"{name}.out"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli", name],
                env={
                    "PATH": os.environ["PATH"],
                    **{key: value for key, value in settings.items() if value is not None},
                },
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self):
        return self._output.read_text()

    def answers(self):
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def post_cart(self):
        return requests.post(f"{self.url}/webhooks/whatsapp", data=CART, headers=signed(), timeout=10).status_code

    def readiness(self):
        return requests.get(f"{self.url}/readyz", timeout=10).json()

    def refuses(self):
        """What it says instead of starting."""
        assert self.process.wait(20) == 1
        return self.output

    def end(self, signal_number=signal.SIGTERM):
        """Its exit code, and the seconds that it took to end."""
        started = time.monotonic()
        self.process.send_signal(signal_number)
        return self.process.wait(15), time.monotonic() - started

    def children(self):
        """The pids of all processes below it."""
        parent_of = {pid: fields[1] for pid, fields in _processes()}
        found = [self.process.pid]
        for parent in found:
            found += [pid for pid, its in parent_of.items() if its == str(parent)]
        return found[1:]


def alive(pid):
    return any(pid == one and fields[0] != "Z" for one, fields in _processes())


def _processes():
    """(pid, [state, parent, …]) of every process of this machine, as proc(5) tells it."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()
