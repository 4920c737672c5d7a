"""The roster: who may work the desk, as whom, and whether they are on duty."""

import re
from dataclasses import dataclass
from datetime import datetime

import structlog

from wapto.desk.assignment import hours
from wapto.desk.assignment.assignment import AWAY, ON_DUTY, open_orders
from wapto.desk.assignment.rights import SCOPES
from wapto.domain.nearest import meant
from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput, NotFound
from wapto.store.database import transaction
from wapto.store.models import Agent

ROLES = ("admin", "agent", "viewer")
PRESENCES = (ON_DUTY, AWAY)
MAX_NAME = 80
log = structlog.get_logger()

_KEYS = ("name", "role", "team", "presence", "capacity", "scope", "hours")


def add(slack: str, name: str, *, role: str = "agent", team: str | None = None, now: datetime) -> Agent:
    """Puts a person on the roster, on duty; InvalidInput if that Slack user is already there."""
    if not re.fullmatch(r"[UW][A-Z0-9]{2,}", slack):
        raise InvalidInput(
            f"{quoted(slack)} is not a Slack user id; in Slack: the person's profile → ⋮ → Copy member ID."
        )
    values = {"name": _name(name), "role": _one_of("role", role, ROLES), "team": _team(team), "presence": ON_DUTY}
    with transaction():
        new = Agent.insert(slack=slack, created_at=now, **values)
        if not list(new.on_conflict_ignore().returning(Agent.id).tuples().execute()):
            _bring_back(slack, values)
    return Agent.get(Agent.slack == slack)


def _bring_back(slack: str, values: dict[str, str | None]) -> None:
    """Somebody who was on the roster once is so again, with their past."""
    gone = Agent.update(**values, gone_at=None).where(Agent.slack == slack, Agent.gone_at.is_null(False))
    if not gone.execute():
        raise InvalidInput(f"{Agent.get(Agent.slack == slack).name} is already on the roster as {slack}.")


def _name(name: str) -> str:
    words = flatten(name)
    if not 1 <= len(words) <= MAX_NAME:
        raise InvalidInput(f"A name has 1 to {MAX_NAME} characters.")
    return words


def _team(team: str | None) -> str | None:
    words = flatten(team or "")
    if len(words) > MAX_NAME:
        raise InvalidInput(f"The name of a team has up to {MAX_NAME} characters.")
    return words or None


def _one_of(what: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidInput(f"{quoted(value)} is no {what}; choose one of: {', '.join(choices)}.{meant(value, choices)}")
    return value


def change(agent_id: int, changes: dict[str, str]) -> Agent:
    """Changes name, role, team, presence, capacity, hours, or scope (whose orders they work on) of a person."""
    parsed = {key: _parse(key, value) for key, value in changes.items()}
    with transaction():
        if not Agent.update(**parsed).where(Agent.id == agent_id).execute():
            raise NotFound("That person is not on the roster.")
    return Agent.get_by_id(agent_id)


def _parse(key: str, value: str) -> object:
    if key == "name":
        return _name(value)
    if key == "team":
        return _team(value)
    if key == "hours":
        return hours.checked(value)
    if key == "capacity":
        return _capacity(value)
    choices = {"role": ROLES, "presence": PRESENCES, "scope": SCOPES}
    if key not in choices:
        raise InvalidInput(f"An agent has no {quoted(key)}; it has: {', '.join(_KEYS)}.{meant(key, _KEYS)}")
    return _one_of(key, value, choices[key])


def _capacity(value: str) -> int | None:
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", value):
        raise InvalidInput("A capacity is a whole number of open orders up to 9999, or empty for no limit.")
    return int(value)


def remove(agent_id: int, *, now: datetime) -> None:
    """Takes a person off the roster; their past stays. Their open orders soon go back into the queue."""
    with transaction():
        gone = Agent.update(gone_at=now, presence=AWAY)
        gone.where(Agent.id == agent_id, Agent.gone_at.is_null()).execute()


def leave(slack: str, *, now: datetime) -> None:
    """The same for whoever left Slack for good, if they are on the roster."""
    agent = by_slack(slack)
    if agent is not None:
        remove(agent.id, now=now)
        log.info("a deactivated person left the roster", agent=agent.id)


def seen_in_slack(agent_id: int, *, away: bool) -> None:
    """Takes note of what Slack shows of somebody: a hint for people, by which no order is given or taken."""
    if Agent.select().where(Agent.id == agent_id, Agent.slack_away != away).exists():
        with transaction():
            Agent.update(slack_away=away).where(Agent.id == agent_id).execute()


def find(text: str) -> Agent:
    """The person with this Slack user id, name (in any case) or agent id, in this order."""
    wanted = flatten(text).removeprefix("@")
    # Compared here and not in the store: SQLite knows upper and lower case of ASCII only.
    roster = _roster()
    for matches in (
        [agent for agent in roster if agent.slack == wanted],
        [agent for agent in roster if agent.name.casefold() == wanted.casefold()],
        [agent for agent in roster if str(agent.id) == wanted],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise InvalidInput(f"Several people are called {quoted(wanted)}; use a Slack user id or an agent id.")
    names = ", ".join(sorted(agent.name for agent in roster)[:20])
    near = meant(wanted, [agent.name for agent in roster])
    raise NotFound(f"There is no agent {quoted(wanted)}. On the roster: {names or 'nobody yet'}.{near}")


def _roster() -> list[Agent]:
    return list(Agent.select().where(Agent.gone_at.is_null()).order_by(Agent.id))


def by_slack(slack: str) -> Agent | None:
    """The person on the roster with this Slack user id."""
    return Agent.get_or_none(Agent.slack == slack, Agent.gone_at.is_null())


@dataclass(frozen=True)
class Listed:
    """A person with the work in their hands."""

    agent: Agent
    open_orders: int


def listing() -> list[Listed]:
    """Everybody on the roster, with how many open orders they have."""
    load = open_orders()
    return [Listed(agent, load.get(agent.id, 0)) for agent in _roster()]
