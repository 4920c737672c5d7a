"""The roster from Slack: an admin puts a person on it, and whoever is deactivated in Slack leaves it."""

from contextlib import suppress
from datetime import datetime, timedelta

from bot import guard, kit, wording
from bot.calls import Call
from bot.kit import Block
from bot.modals import BadField, entered, field
from bot.slack import Content, Slack
from wapto.desk.assignment import agents
from wapto.desk.assignment.agents import MAX_NAME, ROLES
from wapto.errors import InvalidInput, NotFound

FORM, WHO, ROLE, TEAM = "add_person", "who", "role", "team"
LOOK, LOOK_EVERY = "presence in Slack", timedelta(minutes=5)
SWEEP, EVERY = "people who left Slack", timedelta(hours=1)  # one call of Slack for each person


def ask(call: Call) -> Content | None:
    """Add a person: asks whom, as what, and in which team."""
    guard.admin(call)
    call.slack.open_form(call.trigger_id, form())
    return None


def form() -> Block:
    """The form."""
    roles = [kit.option(wording.ROLES[role], role) for role in ROLES]
    usual = next(option for option in roles if option["value"] == "agent")
    menu = {"type": "static_select", "options": roles, "initial_option": usual}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": kit.plain(wording.ADD_PERSON),
        "submit": kit.plain(wording.ADD_PERSON),
        "close": kit.plain(wording.NOT_NOW),
        "private_metadata": '{"channel":""}',
        "blocks": [
            field(WHO, wording.PERSON, {"type": "users_select"}, optional=False),
            field(ROLE, wording.ROLE, menu, optional=False),
            field(TEAM, wording.TEAM, {"type": "plain_text_input", "max_length": MAX_NAME}),
        ],
    }


def add(call: Call) -> Content | None:
    """The form was sent: the person is on the roster, on duty, under their name in Slack."""
    guard.admin(call)
    slack = str(entered(call.view, WHO))
    try:
        name = call.slack.name_of(slack)
        agents.add(slack, name, role=str(entered(call.view, ROLE)), team=entered(call.view, TEAM), now=call.now)
    except (InvalidInput, NotFound) as fault:
        raise BadField(WHO, str(fault)) from None
    return None


def changed(call: Call) -> Content | None:
    """Something changed about somebody in Slack; only that they were deactivated matters here (reference §6.3)."""
    guard.of_us(call)
    user = call.event.get("user") or {}
    if isinstance(user, dict) and user.get("deleted"):
        agents.leave(call.user, now=call.now)
    return None


def sweep(slack: Slack, now: datetime) -> None:
    """Finds who was deactivated while Slack could not tell us. SlackAway as soon as Slack does not answer."""
    for listed in agents.listing():
        if slack.has_left(listed.agent.slack):
            agents.leave(listed.agent.slack, now=now)


def look(slack: Slack, now: datetime) -> None:
    """Takes note of whom Slack shows as away, for people to see: it decides nothing. SlackAway as above."""
    for listed in agents.listing():
        with suppress(NotFound):
            agents.seen_in_slack(listed.agent.id, away=slack.is_away(listed.agent.slack))
