"""When people work: their own hours or their team's, followed by the scheduler, so that all see the same people."""

from datetime import datetime, timedelta

from wapto.desk import board
from wapto.desk.assignment import assignment, handover
from wapto.domain import hours
from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput
from wapto.store.database import transaction
from wapto.store.models import Agent, TeamHours

EVERY = timedelta(seconds=10)


def checked(text: str) -> str | None:
    """Hours of a person or team, which have to name their time zone; None for an empty text."""
    words = flatten(text)
    if words and not hours.read(words, "").zone:
        raise InvalidInput(f"Say in which time zone: write {quoted(f'{words} America/Sao_Paulo')}.")
    return words or None


def set_team(team: str, text: str) -> None:
    """Sets when a team works; empty for always. InvalidInput if nobody is of that team."""
    words = checked(text)
    with transaction():
        if not Agent.select().where(Agent.team == team, Agent.gone_at.is_null()).exists():
            raise InvalidInput(f"Nobody is of a team {quoted(team)}; `wapto agents list` shows the teams.")
        if words is None:
            TeamHours.delete().where(TeamHours.team == team).execute()
        else:
            new = TeamHours.insert(team=team, hours=words)
            new.on_conflict(conflict_target=[TeamHours.team], update={"hours": words}).execute()


def follow(now: datetime) -> None:
    """Puts people on and off duty as their hours begin and end.

    Who goes is told what they leave open; cards of waiting orders name other people then.
    """
    teams = {row.team: row.hours for row in TeamHours.select()}
    for agent in Agent.select().where(Agent.gone_at.is_null()).order_by(Agent.id):
        text = agent.hours or teams.get(agent.team or "")
        off = bool(text) and not hours.read(str(text), "UTC").is_open(now)
        if off != agent.off_hours:
            _set(agent.id, now, off=off)


def _set(agent_id: int, now: datetime, *, off: bool) -> None:
    with transaction() as tx:
        here = [agent.id for agent in assignment.on_duty()]
        Agent.update(off_hours=off).where(Agent.id == agent_id).execute()
        if off and agent_id in here:
            handover.owe_digest(tx, agent_id, now)
        if not here or not assignment.on_duty():
            board.redraw_waiting()
            tx.wake("desk")
