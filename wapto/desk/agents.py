"""The roster: who may work the desk, as whom, and whether they are on duty."""

import re
from dataclasses import dataclass
from datetime import datetime

from peewee import fn

from wapto.desk.assignment import AWAY, ON_DUTY, open_orders
from wapto.domain.text import clean
from wapto.errors import InvalidInput, NotFound
from wapto.store.database import transaction
from wapto.store.models import Agent

ROLES = ("admin", "agent", "viewer")
PRESENCES = (ON_DUTY, AWAY)


def add(slack: str, name: str, *, role: str = "agent", team: str | None = None, now: datetime) -> Agent:
    """Puts a person on the roster, on duty; InvalidInput if that Slack user is already there."""
    if not re.fullmatch(r"[UW][A-Z0-9]{2,}", slack):
        raise InvalidInput(f"“{slack}” is not a Slack user id; in Slack: the person's profile → ⋮ → Copy member ID.")
    values = {"name": _name(name), "role": _one_of("role", role, ROLES), "team": team or None, "presence": ON_DUTY}
    with transaction():
        known = Agent.get_or_none(Agent.slack == slack)
        if known and known.gone_at is None:
            raise InvalidInput(f"{known.name} is already on the roster as {slack}.")
        if known:
            Agent.update(**values, gone_at=None).where(Agent.id == known.id).execute()
            return Agent.get_by_id(known.id)
        return Agent.create(slack=slack, created_at=now, **values)


def _name(name: str) -> str:
    words = clean(name).strip()
    if not words or len(words) > 80:
        raise InvalidInput("A name has 1 to 80 characters.")
    return words


def _one_of(what: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidInput(f"“{value}” is no {what}; choose one of: {', '.join(choices)}.")
    return value


def change(agent_id: int, changes: dict[str, str]) -> Agent:
    """Changes name, role, team, presence or capacity of a person on the roster."""
    parsed = {key: _parse(key, value) for key, value in changes.items()}
    with transaction():
        if not Agent.update(**parsed).where(Agent.id == agent_id).execute():
            raise NotFound("That person is not on the roster.")
    return Agent.get_by_id(agent_id)


def _parse(key: str, value: str) -> object:
    if key == "name":
        return _name(value)
    if key == "team":
        return value or None
    if key == "capacity":
        return _capacity(value)
    choices = {"role": ROLES, "presence": PRESENCES}
    if key not in choices:
        raise InvalidInput(f"An agent has no “{key}”; it has name, role, team, presence and capacity.")
    return _one_of(key, value, choices[key])


def _capacity(value: str) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or int(value) > 10_000:
        raise InvalidInput("A capacity is a whole number of open orders, or empty for no limit.")
    return int(value)


def remove(agent_id: int, *, now: datetime) -> None:
    """Takes a person off the roster; their past stays. Their open orders keep their name until given on."""
    with transaction():
        Agent.update(gone_at=now, presence=AWAY).where(Agent.id == agent_id).execute()


def find(text: str) -> Agent:
    """The person with this name (any case), Slack user id or agent id."""
    wanted = clean(text).strip().lstrip("@")
    here = Agent.gone_at.is_null()
    for condition in (
        Agent.slack == wanted,
        fn.LOWER(Agent.name) == wanted.lower(),
        Agent.id == (int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else -1),
    ):
        found = list(Agent.select().where(condition, here))
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidInput(f"Several people are called {wanted}; use a Slack user id or an agent id.")
    names = ", ".join(agent.name for agent in Agent.select().where(here).order_by(Agent.name).limit(20))
    raise NotFound(f"There is no agent “{wanted[:80]}”. On the roster: {names or 'nobody yet'}.")


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
    roster = Agent.select().where(Agent.gone_at.is_null()).order_by(Agent.id)
    return [Listed(agent, load.get(agent.id, 0)) for agent in roster]
