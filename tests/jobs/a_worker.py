"""A worker process with made-up lanes, for tests: `python -m tests.jobs.a_worker DATABASE REDIS FOLDER LANE…`.

Each look of a lane is a line in FOLDER/<lane>. What a lane does is in its name: `still` finds nothing, `busy` finds
more in every batch of 0.2 s, `stuck` never comes back.
"""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from wapto import logs
from wapto.jobs import worker
from wapto.jobs.lanes import Lane
from wapto.jobs.wake import Waker
from wapto.store.database import connect

SECONDS = {"still": 0.0, "busy": 0.2, "stuck": 3600.0}


def drain_of(kind, folder):
    def drain():
        with (folder / kind).open("a") as looks:
            looks.write("look\n")
        time.sleep(SECONDS[kind])
        with (folder / kind).open("a") as looks:
            looks.write("done\n")
        return kind == "busy"

    return drain


def main(database_url, redis_url, folder, *kinds):
    logs.configure()
    connect(database_url)
    stopping, ring = threading.Event(), Waker(redis_url).ring
    lanes = [Lane(kind, drain_of(kind, Path(folder)), stopping=stopping, recruit=ring) for kind in kinds]
    worker.run(lanes, redis_url, stopping=stopping, clock=lambda: datetime.now(UTC))


main(*sys.argv[1:])
