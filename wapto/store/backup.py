"""A copy of the whole database while everything goes on: SQLite's online backup, or PostgreSQL's pg_dump."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from wapto.errors import InvalidInput, Misconfigured, TryLater

_PAGES = 1_000  # at a time: others may write in between


def backup(url: str, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Writes the database to `target`, which only its owner can read and which is there only once it is whole.

    `progress` hears of pages done and pages in all, on SQLite. InvalidInput when there is such a file already.
    """
    if target.exists():
        raise InvalidInput(f"{target} is there already; name a file that is not, or move it away first.")
    part = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as fault:
        raise Misconfigured(f"{target} cannot be written ({fault.strerror}).") from None
    try:
        if url.startswith("sqlite"):
            _copy_sqlite(Path(url.removeprefix("sqlite:///")), part, progress)
        else:
            _dump_postgres(url, part)
        os.link(part, target)  # unlike a rename, it never replaces what somebody else has put there meanwhile
    except FileExistsError:
        raise InvalidInput(f"{target} was made by somebody else meanwhile; name another file.") from None
    finally:
        part.unlink(missing_ok=True)


def _copy_sqlite(source: Path, part: Path, progress: Callable[[int, int], None] | None) -> None:
    if not source.exists():
        raise Misconfigured(f"There is no database {source}.")

    def report(_status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total)

    try:
        reader, writer = sqlite3.connect(source), sqlite3.connect(part)
        try:
            reader.backup(writer, pages=_PAGES, progress=report)
            writer.execute("PRAGMA journal_mode = DELETE")  # one file, without any beside it
        finally:
            writer.close()
            reader.close()
    except sqlite3.Error as fault:
        raise TryLater(f"The backup failed ({fault}); nothing was changed.") from fault


def _dump_postgres(url: str, part: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Misconfigured("pg_dump is not on PATH; install PostgreSQL's client programs (Debian: postgresql-client).")
    # The password goes by the environment: others could read it among the words of the command.
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    secret = {"PGPASSWORD": parts.pop("password")} if "password" in parts else {}
    address = " ".join(f"{name}='{_escaped(value)}'" for name, value in parts.items())
    with part.open("wb") as file:
        done = subprocess.run(  # noqa: S603 (no shell; the words are ours)
            [program, "--format=custom", "--no-owner", f"--dbname={address}"],
            env=os.environ | secret,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
        )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        raise TryLater(f"pg_dump failed ({why}); nothing was changed.")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
