"""What goes wrong and when: drawn from a seed alone, so that the same seed brings the same faults again."""

import random
from dataclasses import dataclass

KILLS = ("kill web", "kill worker", "kill scheduler")
SERVERS = ("wipe redis", "crash postgres", "fill disk", "turn clock")
META = ("meta refuses", "meta is html", "meta resets", "meta hangs")
SLACK = ("slack limits", "slack fails", "slack is html", "slack loses")
ALL = (*KILLS, *KILLS, *SERVERS, *META, *SLACK)

_LONGEST_AWAY = 2.0  # seconds
_LONGEST_JUMP = 300  # seconds


@dataclass(frozen=True)
class Fault:
    """`at` so many seconds after the start something goes wrong, for `away` seconds where it lasts."""

    at: float
    kind: str
    away: float
    jump: int
    pick: float

    def one_of(self, choices):
        """The choice that the seed made among what there is."""
        return choices[int(self.pick * len(choices))]


def draw(seed, seconds, *, every, kinds):
    """Faults over so many seconds, one `every` so many on average; each kind comes before any comes twice."""
    luck = random.Random(seed)
    times = sorted(luck.uniform(0.5, seconds) for _ in range(max(len(kinds), int(seconds / every))))
    drawn = []
    while len(drawn) < len(times):
        drawn += luck.sample(kinds, len(kinds))
    return [
        Fault(
            at,
            kind,
            away=luck.uniform(0, _LONGEST_AWAY),
            jump=luck.randrange(-_LONGEST_JUMP, _LONGEST_JUMP),
            pick=luck.random(),
        )
        for at, kind in zip(times, drawn, strict=False)
    ]
