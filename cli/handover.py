"""`wapto orders handover`: a selection of orders goes to named people."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import rich_click as click

from cli import complete
from cli.confirm import agreed, yes_option
from cli.context import StoreCommand, actor, now
from cli.order_filters import chosen, filters
from cli.output import emit, format_options
from wapto.desk.assignment import agents
from wapto.desk.assignment import handover as desk
from wapto.desk.orders import search
from wapto.errors import Refused

_ALL = 10_000


@click.command(cls=StoreCommand)
@click.option("--to", multiple=True, required=True, shell_complete=complete.agent, help="Who gets them; several share.")
@filters
@yes_option
@format_options
def handover(to: tuple[str, ...], yes: bool, fmt: str, **options: Any) -> None:
    """Give all open orders that match to named people, those due first first, one after the other.

    Example: wapto orders handover --agent Ana --to Rui --to Eva
    """
    if not any(options.values()):
        raise click.UsageError("Say which orders: --agent, --status, --search or another filter.")
    people = [agents.find(name) for name in to]
    wanted = replace(chosen(**options), open_only=True, latest_first=True)
    those = [(row.id, row.agent_id) for row in search.find(wanted, _ALL)]
    if those:
        agreed(f"Give {len(those)} orders to {', '.join(agent.name for agent in people)}?", yes=yes)
    done = desk.give(those, people, actor=actor(), now=now())
    emit([asdict(each) for each in done], ("number", "agent", "problem"), fmt)
    failed = sum(each.problem is not None for each in done)
    if failed:
        raise Refused(f"{failed} of {len(done)} orders were left as they were; the list says why.")
