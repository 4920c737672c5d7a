"""The long storms: `script/crash [--seed N] [--engine sqlite|postgresql] [--storm all|workers]`."""

import argparse
import random
import tempfile
import time
from pathlib import Path

from tests.crash.running import SHORT, Size, run, say

# Issue 11: everything goes wrong. Issue 6: two workers are killed, and one call in ten fails.
STORMS = {
    "short": SHORT,
    "all": Size(carts=1_000, changes=5_000, seconds=400, every=2.0, calm=900, shops=10, workers=2),
    "workers": Size(
        carts=500,
        changes=2_000,
        seconds=200,
        every=4.0,
        calm=600,
        shops=8,
        workers=2,
        kinds=("kill worker",),
        one_in=10,
    ),
}
_LONG = ("all", "workers")


def main():
    parser = argparse.ArgumentParser(prog="script/crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="that of an earlier run, to repeat")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--storm", choices=STORMS)
    parser.add_argument("--scale", type=float, default=1.0, help="0.1: a tenth of the carts, changes and time")
    chosen = parser.parse_args()
    for engine in [chosen.engine] if chosen.engine else ("sqlite", "postgresql"):
        for name in [chosen.storm] if chosen.storm else _LONG:
            say(f"storm {name} over {engine}, seed {chosen.seed}")
            began = time.monotonic()
            _rage(engine, STORMS[name].scaled(chosen.scale), chosen.seed)
            say(f"nothing lost, nothing doubled, nothing left waiting; {time.monotonic() - began:.0f} s")


def _rage(engine, size, seed):
    with tempfile.TemporaryDirectory(prefix="wapto-storm-") as folder:
        run(Path(folder), size, seed, engine)


if __name__ == "__main__":
    main()
