"""Wapto in a directory of its own: its `.env`, its commands, its processes and their logs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from cli.children import end
from cli.tether import tethered
from wapto import config
from wapto.errors import WaptoError

_WAPTO = (sys.executable, "-P", "-m", "cli")
_COMMAND_SECONDS = 60
_START_SECONDS = 30
_STOP_SECONDS = 11  # CONTRACT gives each process 10
_TAIL_LINES = 20
_NOTHING: Mapping[str, str] = {}


class Installation:
    """One Wapto. What is in its `.env` holds, whatever settings the caller's environment has.

    `environment` is added to that of the processes that stay.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str], environment: Mapping[str, str] = _NOTHING) -> None:
        self.directory = directory
        self._more = environment
        self.url = f"http://127.0.0.1:{settings['PORT']}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        env = directory / ".env"
        env.touch(mode=0o600)
        env.write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()), encoding="utf-8")

    def run(self, *words: str) -> str:
        """What `wapto WORDS` prints; WaptoError with its own words when it fails."""
        done = subprocess.run(  # noqa: S603 (no shell; the words are ours)
            [*_WAPTO, *words],
            cwd=self.directory,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
        )
        if done.returncode:
            raise WaptoError(f"`wapto {' '.join(words)}` failed: {done.stderr.strip()}")
        return done.stdout

    def run_all(self, commands: Iterable[Sequence[str]]) -> None:
        """Runs commands that do not mind the order, as many at a time as there are processors."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda words: self.run(*words), commands))

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Starts `wapto NAME`, which writes to NAME.log. Call it from a thread that lives as long as that should."""
        with (self.directory / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is for us, who end it in good order.
            process = subprocess.Popen(  # noqa: S603 (no shell; the words are ours)
                tethered([*_WAPTO, name]),
                cwd=self.directory,
                env=_environment() | dict(self._more),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[name] = process
        return process

    def wait_until_ready(self, *parts: str) -> None:
        """Waits until web answers, and says of these parts (worker, scheduler, redis…) that they are well."""
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_ready(parts):
            self.check()
            if time.monotonic() > deadline:
                raise WaptoError(f"Wapto was not ready within {_START_SECONDS} s.")
            time.sleep(0.05)

    def is_ready(self, parts: Iterable[str]) -> bool:
        """Whether web answers, and says of these parts that they are well."""
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy, as in `_environment`
                said = session.get(f"{self.url}/readyz", timeout=2).json()
        except (requests.RequestException, ValueError):
            return False
        return all(said.get(part) == "ok" for part in parts)

    def check(self) -> None:
        """WaptoError if one of the processes has ended by itself."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise WaptoError(f"`wapto {name}` ended by itself with exit code {process.returncode}.")

    def stop(self) -> None:
        """Ends all processes; one that does not end is killed."""
        end(self._processes.values(), _STOP_SECONDS)
        self._processes.clear()

    def last_words(self) -> str:
        """The ends of the logs."""
        tails = []
        for log in sorted(self.directory.glob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            tails += [f"--- {log.name}", *lines[-_TAIL_LINES:]]
        return "\n".join(tails)


def _environment() -> dict[str, str]:
    """Ours without any of Wapto's settings, which would win over a `.env`; and no proxy stands before this machine."""
    others = {name: value for name, value in config.environment().items() if not config.is_setting(name)}
    return others | dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
