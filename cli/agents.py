"""`wapto agents`: the team."""

from typing import Any

import rich_click as click

from cli import complete
from cli.confirm import confirmed
from cli.context import StoreGroup, now
from cli.numbers import pairs
from cli.output import emit, emit_one, format_options
from wapto.desk.assignment import agents as desk
from wapto.desk.assignment import hours as desk_hours

COLUMNS = ("id", "slack", "name", "role", "team", "presence", "open_orders")


@click.group(cls=StoreGroup)
def agents() -> None:
    """The team: who works the desk, and as whom.

    Example: wapto agents list
    """


def _shape(listed: desk.Listed) -> dict[str, Any]:
    keys = ("id", "slack", "name", "role", "team", "presence", "capacity", "scope", "hours", "slack_away")
    return {key: getattr(listed.agent, key) for key in keys} | {"open_orders": listed.open_orders}


def _show(agent_id: int, fmt: str) -> None:
    emit_one(next(_shape(listed) for listed in desk.listing() if listed.agent.id == agent_id), fmt)


@agents.command()
@click.option("--slack", required=True, help="Slack user id (U…).")
@click.option("--name", required=True, help="Name to call them by.")
@click.option("--role", type=click.Choice(desk.ROLES), default="agent", show_default=True)
@click.option("--team", help="Team they belong to.")
@format_options
def add(slack: str, name: str, role: str, team: str | None, fmt: str) -> None:
    """Put a person on the roster, on duty.

    Example: wapto agents add --slack U0ANA --name Ana --role admin
    """
    _show(desk.add(slack, name, role=role, team=team, now=now()).id, fmt)


@agents.command(name="list")
@format_options
def list_(fmt: str) -> None:
    """List the roster.

    Example: wapto agents list --json
    """
    emit([_shape(listed) for listed in desk.listing()], COLUMNS, fmt)


@agents.command(name="set")
@click.argument("agent", shell_complete=complete.agent)
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE…")
@format_options
def set_(agent: str, changes: tuple[str, ...], fmt: str) -> None:
    """Change name, role, team, presence, capacity, hours, or scope: whose orders they work on (own, team, all).

    Example: wapto agents set Ana role=admin hours="Mon-Fri 09:00-18:00 America/Sao_Paulo"
    """
    _show(desk.change(desk.find(agent).id, pairs(changes)).id, fmt)


@agents.command()
@click.argument("team")
@click.argument("times", metavar="HOURS")
def hours(team: str, times: str) -> None:
    """Set when a team works, for those of it without hours of their own; empty for always.

    Example: wapto agents hours Shirts "Mon-Fri 09:00-18:00 America/Sao_Paulo"
    """
    desk_hours.set_team(team, times)
    click.echo(f"Hours of {team} are set.", err=True)


@agents.command()
@click.argument("agent", shell_complete=complete.agent)
@confirmed("Take {agent} off the roster?")
def remove(agent: str) -> None:
    """Take a person off the roster. What they did stays in the timelines.

    Ten minutes later their open orders go back into the queue; until then `wapto agents add` undoes it.

    Example: wapto agents remove Ana
    """
    found = desk.find(agent)
    desk.remove(found.id, now=now())
    click.echo(f"{found.name} is off the roster; their open orders go back into the queue in ten minutes.", err=True)
