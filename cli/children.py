"""Several processes as one: started together, their lines told apart, ended together."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from queue import SimpleQueue

import structlog

from cli.tether import tethered

_END_SECONDS = 9.6  # a little more than the processes give themselves

Ended = SimpleQueue[tuple[str, int] | None]


def run_together(commands: Mapping[str, list[str]], env: Mapping[str, str]) -> int:
    """Runs all until SIGTERM or SIGINT, then returns 0; 1 when one ended by itself. None outlives this call.

    Call it in the main thread.
    """
    ended: Ended = SimpleQueue()
    children = {name: _start(command, env) for name, command in commands.items()}
    for name, child in children.items():
        prefix = f"{name:<{max(map(len, commands))}} | "
        threading.Thread(target=_follow, args=(name, child, prefix, ended), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.put(None))
    first = ended.get()
    if first is not None:
        print(f"{first[0]} ended unexpectedly (exit code {first[1]}); ending the others.", file=sys.stderr, flush=True)
    end(children.values(), _END_SECONDS)
    return 0 if first is None else 1


def _start(command: list[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal reaches the child once, through us.
    return subprocess.Popen(  # noqa: S603 (no shell; the words are ours)
        tethered(command),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _follow(name: str, child: subprocess.Popen[bytes], prefix: str, ended: Ended) -> None:
    assert child.stdout is not None  # noqa: S101 (it was started with a pipe)
    readable = structlog.dev.ConsoleRenderer() if sys.stdout.isatty() else None
    for line in child.stdout:
        print(prefix + _words(line.decode(errors="replace").rstrip(), readable), flush=True)
    ended.put((name, child.wait()))


def _words(line: str, readable: structlog.dev.ConsoleRenderer | None) -> str:
    """The line as it came, or made for eyes when it is JSON and a person is watching."""
    if readable is None or not line.startswith("{"):
        return line
    try:
        return str(readable(None, "", json.loads(line)))
    except ValueError:
        return line


def end(children: Collection[subprocess.Popen[bytes]], seconds: float) -> None:
    """Asks all to end, and kills those that have not after so many seconds."""
    deadline = time.monotonic() + seconds
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
