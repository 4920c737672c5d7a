"""How far an order has come, as its customer sees it: milestones with their times, and the steps still to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wapto.domain.lifecycle import STATUSES, next_step

_RANK = {slug: rank for rank, slug in enumerate(STATUSES)}


@dataclass(frozen=True)
class Milestone:
    """A status that the order reached and has not been taken back from."""

    status: str
    at: datetime


def reached(changes: Iterable[tuple[str, datetime]]) -> tuple[Milestone, ...]:
    """The milestones out of all changes of status, oldest first; the last one is where the order is now.

    A step back takes with it what lay beyond it, as does reopening.
    """
    way: list[Milestone] = []
    for status, at in changes:
        while way and _RANK[way[-1].status] >= _RANK[status]:
            way.pop()
        way.append(Milestone(status, at))
    return tuple(way)


def ahead(status: str, fulfillment: str) -> tuple[str, ...]:
    """The statuses that the order goes through from here if all goes well; none once it is closed."""
    steps: list[str] = []
    step = next_step(status, fulfillment)
    while step is not None:
        steps.append(step)
        step = next_step(step, fulfillment)
    return tuple(steps)
