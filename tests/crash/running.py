"""One storm from beginning to end: what it needs is brought, what this machine does not allow is told."""

import itertools
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.embedded import EmbeddedRedis
from tests.cli.running import Terminal
from tests.crash import checks, schedule
from tests.crash.machine import Clock, can_turn_clocks, small_disk
from tests.crash.storm import BACKOFF, Storm, shops
from tests.road.harness import Road
from tests.services import PostgresServer
from wapto import config
from wapto.store import database


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much happens, and for how long; `calm` are the seconds that all may take to come to its end."""

    carts: int
    changes: int
    seconds: float
    every: float
    calm: float
    shops: int = 1
    workers: int = 1
    kinds: tuple[str, ...] = schedule.ALL
    one_in: int = 0

    def scaled(self, by):
        """The same with another number of carts and changes, in another time."""
        return replace(self, carts=int(self.carts * by), changes=int(self.changes * by), seconds=self.seconds * by)


SHORT = Size(carts=6, changes=18, seconds=8, every=0.5, calm=60, shops=2)


def run(folder, size, seed, engine):
    """A storm over SQLite or PostgreSQL, and all that has to be true after it."""
    with storm(folder, size, engine) as (raging, kinds):
        faults = schedule.draw(seed, size.seconds, every=size.every, kinds=kinds)
        raging.run(faults, carts=size.carts, changes=size.changes, seconds=size.seconds)
        left = raging.calm(size.calm)
        assert not left, f"still waiting: {left}"
        checks.check_carts(raging.road, raging.customers)
        checks.check_promises(raging.road)
        checks.check_store()
        say(f"{len(faults)} faults, {checks.summary()}")


def _postgres(disk):
    """It is crashed, and must keep what it has promised; its log of writes stays small, as its disk is."""
    return PostgresServer(durable=True, folder=disk / "pg", log_mib=64)


@contextmanager
def storm(folder, size, engine):
    """The storm, ready to begin, and the kinds of faults that are possible here."""
    with ExitStack() as stack:
        # In /tmp: short enough for the path of a socket, and open to the user that PostgreSQL runs as.
        place = Path(stack.enter_context(TemporaryDirectory(prefix="wapto-storm-", dir="/tmp")))
        place.chmod(0o711)
        disk = stack.enter_context(small_disk(place / "disk"))
        postgres = stack.enter_context(_postgres(place / "disk")) if engine == "postgresql" else None
        home = place / "disk" / "home" if disk and not postgres else folder / "home"
        home.mkdir(exist_ok=True)
        clock = Clock(folder) if can_turn_clocks() else None
        redis = stack.enter_context(EmbeddedRedis(home / "redis"))
        url = postgres.create_database() if postgres else f"sqlite:///{home}/wapto.db"
        environment = clock.environment if clock else {}
        road = stack.enter_context(
            Road(home, redis.url, url, shops=shops(size.shops), backoff=BACKOFF, environment=environment)
        )
        road.world.start()
        _set_up(road)
        database.connect(url)
        stack.callback(lambda: database.db.close())
        means = {"fill disk": disk, "turn clock": clock, "crash postgres": postgres}
        raging = Storm(
            road,
            redis,
            home / "redis",
            workers=size.workers,
            one_in=size.one_in,
            disk=disk,
            clock=clock,
            postgres=postgres,
        )
        stack.callback(raging.stop)
        raging.start()
        missing = [kind for kind, mean in means.items() if kind in size.kinds and mean is None]
        for kind in missing:
            say(f"not run: {kind} ({_WHY[kind]})")
        yield raging, tuple(kind for kind in size.kinds if kind not in missing)


def _set_up(road):
    """As `Road.set_up`, but all within this process, which takes a tenth of the time."""
    env = road.wapto.directory / ".env"
    env.write_text(env.read_text(encoding="utf-8") + "WAPTO_SECRET_KEY='storm'\n", encoding="utf-8")
    wapto = Terminal(**config.in_file(env))
    for words in itertools.chain([("db", "migrate")], *road.world.set_up()):
        done = wapto(*words)
        assert done.code == 0, done.err


_WHY = {
    "fill disk": "needs Linux, and the right to mount a small tmpfs",
    "turn clock": "needs Linux and a C compiler",
    "crash postgres": "needs PostgreSQL",
}


def say(words):
    """To whoever reads the output of a test that failed, or of the long storm."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
