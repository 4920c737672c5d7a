"""Who takes an order: a choice among the people on duty, with its reason in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wapto.errors import InvalidInput

MANUAL, ROUND_ROBIN, LEAST_BUSY = "manual", "round_robin", "least_busy"


@dataclass(frozen=True)
class Candidate:
    """Somebody on duty. `capacity` is the number of open orders to stop at; None sets no limit."""

    agent_id: int
    name: str
    open_orders: int
    capacity: int | None = None


@dataclass(frozen=True)
class Wish:
    """What an order asks for: people of a team, by some rule, and whoever had the customer's last order."""

    team: str | None = None
    rule: str | None = None
    usual: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Who gets an order, or None if it waits, and why; `in_turn` if it was their turn in the round."""

    agent_id: int | None
    reason: str
    in_turn: bool = False


@dataclass(frozen=True)
class Choice:
    """The agent chosen, and why, as one sentence for the timeline."""

    agent_id: int
    reason: str


def choose(mode: str, candidates: Sequence[Candidate], last_agent_id: int | None) -> Choice | None:
    """The agent for the next order, or None where it waits to be claimed.

    `last_agent_id` is where the round stands: whoever was chosen last, also if no longer on duty.
    InvalidInput when there is no such mode.
    """
    if mode not in _CHOOSERS:
        raise InvalidInput(f"There is no assignment “{mode}”. Choose one of: {', '.join(MODES)}.")
    around = _round_after(last_agent_id, candidates)
    return _CHOOSERS[mode](around) if around else None


def decide(mode: str, people: Sequence[Candidate], last_agent_id: int | None, wish: Wish) -> Verdict | None:
    """Who gets an order that asks for something; None where all orders wait to be claimed.

    `people` are those on duty, of the wished-for team if there is one, `last_agent_id` is where the round of just
    these stands.
    """
    if mode == MANUAL:
        return None
    whose = f"team {wish.team} ({wish.rule})" if wish.team else "the desk"
    usual = [each for each in people if each.agent_id == wish.usual and _has_room(each)]
    if usual:
        return Verdict(usual[0].agent_id, f"{usual[0].name} had this customer's last order and is on duty.")
    choice = choose(mode, people, last_agent_id)
    if choice:
        suffix = f" It is for {whose}." if wish.team else ""
        return Verdict(choice.agent_id, choice.reason + suffix, in_turn=True)
    if people:
        return Verdict(None, f"It waits: all {len(people)} on duty at {whose} have as many orders as they can take.")
    return Verdict(None, f"It waits: nobody of {whose} is on duty.")


def _round_after(last_agent_id: int | None, candidates: Sequence[Candidate]) -> list[Candidate]:
    """All candidates, starting with the one whose turn it is."""
    last = last_agent_id or 0
    return sorted(candidates, key=lambda candidate: (candidate.agent_id <= last, candidate.agent_id))


def _nobody(around: list[Candidate]) -> None:
    return None


def _next(around: list[Candidate]) -> Choice:
    chosen = around[0]
    return Choice(chosen.agent_id, f"It is {chosen.name}'s turn in the round of {len(around)} on duty.")


def _has_room(candidate: Candidate) -> bool:
    return candidate.capacity is None or candidate.open_orders < candidate.capacity


def _least_busy(around: list[Candidate]) -> Choice | None:
    able = [candidate for candidate in around if _has_room(candidate)]
    if not able:
        return None
    chosen = min(able, key=lambda candidate: candidate.open_orders)  # of several, the first: whose turn it is
    noun = "order" if chosen.open_orders == 1 else "orders"
    return Choice(
        chosen.agent_id,
        f"{chosen.name} has {chosen.open_orders} open {noun}, the fewest of {len(able)} on duty with room for more.",
    )


_CHOOSERS: dict[str, Callable[[list[Candidate]], Choice | None]] = {
    MANUAL: _nobody,
    ROUND_ROBIN: _next,
    LEAST_BUSY: _least_busy,
}
MODES = tuple(_CHOOSERS)
