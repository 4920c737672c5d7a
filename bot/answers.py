"""What /wapto answers, kept together for proof-reading; the rest of our words stand in `bot.wording`."""

from collections.abc import Mapping, Sequence

from bot.home_words import LISTS
from wapto.desk.assignment.duty import Desk
from wapto.desk.orders.views import OrderView
from wapto.domain import lifecycle
from wapto.domain.text import quoted

LISTED = {
    "open": "open {noun}",
    "mine": "open {noun} of yours",
    "unassigned": "open {noun} that nobody has",
    "late": "late {noun}",
    "waiting": "{noun} waiting for the customer",
    "untold": "{noun} whose customer was not told",
    "all": "{noun}",
}


def which(show: str, text: str, count: int) -> str:
    """So many orders of a list or a status, perhaps of those that match some words."""
    noun = "order" if count == 1 else "orders"
    listed = LISTED[show].format(noun=noun) if show in LISTED else f"{lifecycle.label(show)} {noun}"
    return f"{listed} matching {quoted(text)}" if text else listed


def listed(shown: int, total: int, which: str, *, after: int = 0, first: str = "newest") -> str:
    """Above a list of orders; `which` are orders of some kind, `first` those that come first."""
    if not total:
        return f"There are no {which}."
    if after:
        return f"{after + 1} to {after + shown} of {total} {which}:" if shown else "There are no more of these."
    if shown < total:
        return f"The {first} {shown} of {total} {which}:"
    return f"All {total} {which}:" if total > 1 else f"The only {which}:"


def more_of(count: int) -> str:
    """The button below a list."""
    return f"{count} more"


def why(view: OrderView) -> str:
    """Why an order is with whoever has it."""
    if view.agent:
        return f"{view.number} is with {view.agent.name}: {view.assignment_reason or 'no reason was kept.'}"
    if not lifecycle.status_of(view.status).is_open:
        return f"{view.number} is {lifecycle.label(view.status)}; nobody needs to work on it."
    if view.assignment_reason:
        return f"Nobody has {view.number}. {view.assignment_reason}"
    waits = "it waits to be claimed." if view.on_duty else "nobody is on duty."
    return f"Nobody has {view.number}: {waits}"


def stats(statuses: Mapping[str, int], lists: Mapping[str, int], people: Sequence[tuple[str, int, bool]]) -> str:
    """The desk in numbers."""
    return "\n".join(
        [
            "*Open orders*",
            " · ".join(f"{lifecycle.label(status)} {count}" for status, count in statuses.items()),
            " · ".join(f"{LISTS[name]} {count}" for name, count in lists.items()),
            "*People*",
            *[f"{name}: {count} open{'' if here else ', away'}" for name, count, here in people],
        ]
    )


def note_kept(number: str) -> str:
    """A note that was kept."""
    return f"Noted on {number}; the customer does not see it."


def went_away(desk: Desk) -> str:
    """To somebody who went off duty."""
    own = f" Yours stay yours for now: {desk.own} open." if desk.own else ""
    alone = "" if desk.others else " Nobody is on duty now, so new orders wait for whoever comes first."
    return f"You are away and get no new orders.{own}{alone} /wapto back brings you back."


def came_back(desk: Desk) -> str:
    """To somebody who came on duty."""
    waiting = f" Waiting for somebody: {desk.waiting}; /wapto unassigned lists them." if desk.waiting else ""
    return f"You are on duty and get new orders. Yours: {desk.own} open.{waiting}"
