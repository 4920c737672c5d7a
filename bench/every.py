"""All benches one after the other: `bench/run [--into FOLDER] [--only NAME …] [--quick]`.

Each has a time after which it is ended, so that all take less than 20 minutes. `measured.md` has what each printed,
`plot.svg` how much longer a query takes over a million orders, and how much more several workers take in than one.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.plot import Bar, plot


@dataclass(frozen=True)
class Bench:
    """What is run, and for how many seconds at the most; `quick` is enough to see that it works."""

    name: str
    words: str
    quick: str
    seconds: int


ALL = (
    Bench("sizing", "", "", 20),
    Bench("cli", "--runs 5", "--runs 1 --orders 20000", 90),
    Bench("webhook", "--seconds 1", "--seconds 0.3 --engine sqlite", 180),
    Bench("slack", "--seconds 4", "--seconds 1 --engine sqlite", 120),
    Bench("drain", "--entries 2000", "--entries 300 --engine sqlite", 110),
    Bench("scale", "--entries 1500", "--entries 300 --processes 1 2", 120),
    Bench("send", "--seconds 2 --messages 1500", "--seconds 1 --messages 200 --engine sqlite", 150),
    Bench("desk", "--runs 60", "--runs 10 --orders 50000 --engine sqlite", 200),
    Bench("memory", "--webhooks 200000", "--webhooks 3000", 205),
)


@dataclass(frozen=True)
class Ran:
    """What came of one: how long it took, what it printed, and how it ended."""

    bench: Bench
    seconds: float
    said: str
    end: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=Path("build/bench"), help="the folder that is written to")
    parser.add_argument("--only", nargs="+", choices=[bench.name for bench in ALL])
    parser.add_argument("--quick", action="store_true", help="to see that all work: the figures mean nothing")
    chosen = parser.parse_args()
    ran = [_run(bench, quick=chosen.quick) for bench in ALL if not chosen.only or bench.name in chosen.only]
    chosen.into.mkdir(parents=True, exist_ok=True)
    (chosen.into / "measured.md").write_text(page(ran), encoding="utf-8")
    (chosen.into / "plot.svg").write_text(plot(bars(ran)), encoding="utf-8")
    print(f"written to {chosen.into}/measured.md and {chosen.into}/plot.svg")
    sys.exit(any(one.end != "done" for one in ran))


def _run(bench: Bench, *, quick: bool) -> Ran:
    print(f"== {bench.name}", flush=True)
    began = time.monotonic()
    words = (bench.quick if quick else bench.words).split()
    # A group of its own: what a bench started ends with it when its time is over.
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.{bench.name}", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, faults = process.communicate(timeout=bench.seconds)
        end = "done" if process.returncode == 0 else f"failed: {(faults.strip().splitlines() or ['?'])[-1]}"
    except subprocess.TimeoutExpired:
        process.terminate()
        said, _ = process.communicate()
        end = f"ended after {bench.seconds} s"
    print(said, end, sep="\n", flush=True)
    return Ran(bench, time.monotonic() - began, said.strip(), end)


def page(ran: list[Ran]) -> str:
    """A table of all, then what each printed."""
    lines = [
        "# Measured",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, Python {sys.version.split()[0]}.",
        "| bench | seconds | |\n|---|---|---|\n"
        + "\n".join(f"| {one.bench.name} | {one.seconds:.0f} | {one.end} |" for one in ran),
        f"All together: {sum(one.seconds for one in ran) / 60:.1f} minutes. Plot: `plot.svg`.",
    ]
    for one in ran:
        lines += [f"## bench.{one.bench.name} {one.bench.words}".rstrip(), f"```text\n{one.said}\n```"]
    return "\n\n".join(lines) + "\n"


def bars(ran: list[Ran]) -> list[Bar]:
    """What the plot shows; a bench that was not run shows nothing."""
    said = {one.bench.name: one.said for one in ran}
    desk = re.findall(r"^(\w+, .+?) {2,}[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +([\d.]+)$", said.get("desk", ""), re.M)
    scale = re.findall(r"^(\w+, \d+ workers) +[\d,]+ +([\d.]+)", said.get("scale", ""), re.M)
    return [Bar(f"{name}: a million orders / ten thousand", float(ratio), goal=2.0) for name, ratio in desk] + [
        Bar(f"{name} / one", float(ratio)) for name, ratio in scale
    ]


if __name__ == "__main__":
    main()
