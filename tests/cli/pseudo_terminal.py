"""`wapto` at a real terminal: a pseudo-terminal of so many lines and columns, and what it shows."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager

_SECONDS = 20
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


class Screen:
    """What a terminal was given to show, and its keyboard."""

    def __init__(self, process, handle):
        self._process, self._handle, self.raw = process, handle, ""

    @property
    def text(self):
        """Without colors and movements."""
        return _CONTROLS.sub("", self.raw)

    def wait_for(self, words):
        """Until it shows these words, or any other that follow what was seen before."""
        deadline = time.monotonic() + _SECONDS
        while words not in self.text:
            assert time.monotonic() < deadline, self.text
            assert self._read(), self.text

    def type(self, keys):
        os.write(self._handle, keys.encode())

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def end(self):
        """Its exit code."""
        while self._read():
            pass
        return self._process.wait(_SECONDS)

    def forget(self):
        self.raw = ""

    def _read(self):
        ready, _, _ = select.select([self._handle], [], [], _SECONDS)
        try:
            found = os.read(self._handle, 65536) if ready else b""
        except OSError:  # the other end has gone
            found = b""
        self.raw += found.decode("utf-8", "replace")
        return found


@contextmanager
def at_terminal(*words, lines=24, columns=80, **env):
    """`wapto WORDS` at such a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    clean = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *map(str, words)],
        env=clean | env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Screen(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
