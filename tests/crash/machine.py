"""What a storm may do to the machine, where it is allowed: a disk that can be filled, a clock that can be turned."""

import errno
import shutil
import struct
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

_DISK_MIB = 320
_BLOCK = bytes(1 << 20)
_CLOCK = Path(__file__).with_name("clock.c")


@contextmanager
def small_disk(folder):
    """A disk of its own at this folder while inside; yields None where mounting is not permitted."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m", "tmpfs", str(folder)]
    try:
        is_mounted = sys.platform == "linux" and not subprocess.run(mounting, capture_output=True).returncode
    except FileNotFoundError:
        is_mounted = False
    try:
        yield Disk(folder) if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Disk:
    """A small disk, to be filled to the last byte and freed again."""

    def __init__(self, folder):
        self._ballast = folder / "ballast"

    def fill(self):
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(_BLOCK)
            except OSError as fault:
                if fault.errno != errno.ENOSPC:
                    raise

    def free(self):
        self._ballast.unlink(missing_ok=True)


class Clock:
    """The wall clock of the processes that are started with its `environment`; that of everybody else goes on."""

    def __init__(self, folder):
        self._file, library = folder / "clock", folder / "clock.so"
        self.set(0)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_CLOCK)], check=True)
        self.environment = {"LD_PRELOAD": str(library), "WAPTO_TEST_CLOCK": str(self._file)}

    def set(self, seconds):
        """So many seconds before or behind the real time."""
        with open(self._file, "r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))


def can_turn_clocks():
    """Whether a library can be made here that is put before the system's own."""
    return sys.platform == "linux" and shutil.which("cc") is not None
