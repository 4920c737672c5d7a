"""The doctor on how work is done: whether orders can find somebody, be late, and be agreed to by a second person."""

from collections.abc import Iterator

from wapto.desk import numbers
from wapto.desk.approvals.approvals import EXPORT, FORGET
from wapto.desk.assignment.assignment import WORKING_ROLES
from wapto.desk.assignment.rights import ADMIN
from wapto.desk.doctor.doctor import Check, Look, well, worse
from wapto.store.models import Agent, Number


def looks() -> list[Look]:
    """What to look at."""
    return [
        Look("promises", lambda _: promises(), needs=("database",)),
        Look("rules", lambda _: rules(), needs=("database",)),
        Look("second person", lambda _: second_person(), needs=("database",)),
    ]


def promises() -> Iterator[Check]:
    """Whether anything is ever late, and by whose clock."""
    for number in numbers.listing():
        name = f"promises {number.phone_number_id}"
        if not number.promises:
            step = f"`wapto numbers set {number.phone_number_id} promises=received=2h,confirmed=4h` promises times."
            yield worse(name, f"{number.name} promises no times, so no order of it is ever late.", step)
        else:
            hours = f"in its hours, {number.hours}" if number.hours else "around the clock, since it has no hours set"
            yield well(name, f"{number.name} promises times for {len(number.promises)} status(es), {hours}.")


def rules() -> Iterator[Check]:
    """Whether somebody is of each team that rules send orders to; else these wait for ever."""
    teams = {agent.team for agent in _workers()}
    for number in numbers.listing():
        empty = sorted({rule["team"] for rule in number.rules} - teams)
        if empty:
            step = "`wapto agents set NAME team=TEAM` puts somebody there; `wapto numbers set ID rules=…` has others."
            evidence = f"Rules of {number.name} send orders to teams without anybody: {', '.join(empty)}."
            yield worse(f"rules {number.phone_number_id}", evidence, step)


def second_person() -> Iterator[Check]:
    """Whether there is somebody to agree to what needs two."""
    workers = _workers()
    admins = [agent for agent in workers if agent.role == ADMIN]
    for number in numbers.listing():
        if number.two_person and (len(workers) < 2 or (not admins and _needs_admin(number))):
            acts = ", ".join(number.two_person)
            step = "`wapto agents add --slack U… --name NAME --role admin` adds somebody who can agree."
            evidence = f"{number.name} asks for a second person ({acts}), and nobody on the roster could be that."
            yield worse(f"second person {number.phone_number_id}", evidence, step)


def _needs_admin(number: Number) -> bool:
    return bool({FORGET, EXPORT} & set(number.two_person))


def _workers() -> list[Agent]:
    return list(Agent.select().where(Agent.gone_at.is_null(), Agent.role.in_(WORKING_ROLES)))
