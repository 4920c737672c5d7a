"""Ties a server to the process that starts it: however that one dies, the server dies too.

`tethered` makes the command. It runs this file as a script, which becomes another user if told to, asks
Linux for a signal at its parent's death and then turns into the server. Other systems send no such
signal: there a server is ended only by its owner's stop.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def tethered(
    command: list[str], *, at_death: signal.Signals = signal.SIGTERM, become: tuple[int, int] | None = None
) -> list[str]:
    """`command` (its program as a path) as this process has to start it; `become` is a user and a group id.

    Start it from a thread that lives as long as the server should: Linux counts that thread's end as the death.
    """
    user, group = become or (os.geteuid(), os.getegid())
    return [sys.executable, "-I", "-S", __file__, *map(str, (os.getpid(), int(at_death), user, group)), *command]


def _turn_into(parent: int, at_death: int, user: int, group: int, command: list[str]) -> None:
    if user != os.geteuid():
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, at_death)
    if os.getppid() != parent:
        sys.exit("The process that asked for this server has already ended.")
    try:
        os.execv(command[0], command)  # noqa: S606 (there is no shell here to be wary of)
    except OSError as fault:
        sys.exit(f"{command[0]} cannot be run: {fault.strerror}")


if __name__ == "__main__":
    parent, at_death, user, group = map(int, sys.argv[1:5])
    _turn_into(parent, at_death, user, group, sys.argv[5:])
