"""The options that choose orders, the same for every command that works on many."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import rich_click as click

from cli import complete
from wapto.desk import numbers
from wapto.desk.assignment import agents
from wapto.desk.orders import search
from wapto.domain.lifecycle import slug_of
from wapto.errors import InvalidInput


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose orders; the command gets them as `search.Filter`'s ingredients."""
    for option in reversed(
        (
            click.option("--status", shell_complete=complete.status, help="Only this status."),
            click.option("--agent", shell_complete=complete.agent, help="Only open orders of this agent."),
            click.option("--unassigned", is_flag=True, help="Only open orders that nobody has."),
            click.option("--late", is_flag=True, help="Only orders longer in their status than promised."),
            click.option("--search", "text", help="By order number, name, phone, tag, SKU or words of a note."),
            click.option("--since", help="Created on or after this day or instant (UTC)."),
            click.option("--until", help="Created before this day or instant (UTC)."),
            click.option("--number", shell_complete=complete.number, help="Only this business phone number."),
        )
    ):
        command = option(command)
    return command


def chosen(
    *,
    status: str | None,
    agent: str | None,
    unassigned: bool,
    late: bool,
    text: str | None,
    since: str | None,
    until: str | None,
    number: str | None,
) -> search.Filter:
    """The filter that the options describe."""
    return search.Filter(
        status=slug_of(status) if status else None,
        agent_id=agents.find(agent).id if agent else None,
        unassigned=unassigned,
        late=late,
        text=text,
        since=instant(since),
        until=instant(until),
        number=numbers.find(number) if number else None,
    )


def instant(text: str | None) -> datetime | None:
    """The day or instant that somebody typed, in UTC where they named no zone."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"“{text}” is not a day or an instant such as 2026-11-25 or 2026-11-25T14:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
