"""The end of a process: asked for by a signal, obeyed by its threads, enforced by a clock."""

import os
import signal
import threading
import time

END_WITHIN_SECONDS = 8.8  # of the 10 that CONTRACT promises

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_on_signals(stopping: threading.Event) -> None:
    """Sets `stopping` at SIGTERM or SIGINT; a process that has not ended 8.8 s later is ended by force."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: request_end(stopping))


def request_end(stopping: threading.Event) -> None:
    """What the signals do; for handlers of others that take their place."""
    # In a thread: the one that was interrupted may hold the event's own lock, and would wait for itself.
    threading.Thread(target=_end, args=(stopping,), name="ending", daemon=True).start()


def _end(stopping: threading.Event) -> None:
    stopping.set()
    time.sleep(END_WITHIN_SECONDS)
    os._exit(1)  # whatever is in hand is safe: the database is the truth
