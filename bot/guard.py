"""Who may: asked at every click, command and submission, since Slack itself lets anybody press any button."""

from bot import wording
from bot.calls import Call
from wapto.desk.assignment import agents, rights
from wapto.desk.assignment.assignment import WORKING_ROLES
from wapto.desk.orders.timeline import Actor
from wapto.errors import NotAllowed


class OffTheRoster(NotAllowed):
    """Of our workspace, but nobody that the desk knows."""


def looker(call: Call) -> Actor:
    """Whoever acts, if they may look at orders: on the roster, and of our workspace. NotAllowed otherwise."""
    return _known(call)[0]


def worker(call: Call) -> Actor:
    """Whoever acts, if they may change orders too, and just the one that the click or form is about.

    NotAllowed, saying who can help, otherwise.
    """
    actor, role = _known(call)
    if role not in WORKING_ROLES:
        raise NotAllowed(wording.VIEWER)
    if call.order is not None:
        may(actor, call.order)
    return actor


def may(actor: Actor, order_id: int) -> None:
    """NotAllowed unless whoever acts may work on this order: where only a command names it."""
    if actor.agent_id is not None:
        rights.check(actor.agent_id, order_id)


def admin(call: Call) -> Actor:
    """Whoever acts, if they are an admin. NotAllowed otherwise."""
    actor, role = _known(call)
    if role != rights.ADMIN:
        raise NotAllowed(wording.ADMINS_ONLY)
    return actor


def of_us(call: Call) -> None:
    """NotAllowed for people of other workspaces.

    In a channel shared with another company its people see our cards, and Slack passes their clicks on (§6.4).
    """
    workspace = call.slack.workspace()
    if not call.teams <= {workspace.team, workspace.enterprise}:
        raise NotAllowed(wording.STRANGER)


def _known(call: Call) -> tuple[Actor, str]:
    of_us(call)
    agent = agents.by_slack(call.user)
    if agent is None:
        raise OffTheRoster(wording.off_the_roster(call.user))
    return Actor(agent.name, "slack", agent.id), agent.role
