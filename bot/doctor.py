"""The doctor at Slack: the token, its scopes, the channels, the people."""

from collections.abc import Iterator

from bot import wording
from bot.manifest import SCOPES
from bot.slack import Content, Slack, Tag
from wapto.desk import numbers
from wapto.desk.doctor.doctor import Check, Look, bad, well
from wapto.errors import Misconfigured, NotFound, WaptoError
from wapto.store.models import Agent

_SLACK = "Slack"


def looks(slack: Slack, admin_channel: str | None) -> list[Look]:
    """What to look at with this token; needs the store for channels and people."""
    return [
        Look(_SLACK, lambda _: [_token(slack)]),
        Look("Slack scopes", lambda _: [_scopes(slack)], needs=(_SLACK,)),
        Look("Slack channels", lambda _: _channels(slack, admin_channel), needs=(_SLACK, "database")),
        Look("Slack people", lambda _: _people(slack), needs=(_SLACK, "database")),
    ]


def live(slack: Slack) -> list[Look]:
    """Posts a message in the channel of each number and edits it, as a card is."""
    return [Look("live card", lambda _: _cards(slack), needs=(_SLACK, "database"))]


def _cards(slack: Slack) -> Iterator[Check]:
    for channel in sorted({number.slack_channel for number in numbers.listing()}):
        name = f"live card {channel}"
        try:
            ts = slack.post(channel, Content(wording.DOCTOR_ASKS), Tag("wapto_doctor", {}))
            slack.edit(channel, ts, Content(wording.DOCTOR_DONE))
        except WaptoError as fault:
            yield bad(name, f"Slack answered: {fault}", "Do what the sentence says, then run this again.")
        else:
            yield well(name, f"Slack took a message and its edit ({slack.workspace().link(channel, ts)}).")


def _token(slack: Slack) -> Check:
    try:
        workspace = slack.workspace()
    except Misconfigured as fault:
        return bad(_SLACK, f"Cards do not appear: {fault}", "Set SLACK_BOT_TOKEN in .env (api.slack.com/apps → OAuth).")
    return well(_SLACK, f"The bot token belongs to {workspace.url}.")


def _scopes(slack: Slack) -> Check:
    missing = sorted(SCOPES.keys() - slack.scopes())
    if missing:
        step = "Paste what `wapto manifest` prints at api.slack.com/apps → App Manifest, then reinstall the app."
        return bad("Slack scopes", f"The app lacks {', '.join(missing)}.", step)
    return well("Slack scopes", "The app may do all that Wapto needs.")


def _channels(slack: Slack, admin_channel: str | None) -> Iterator[Check]:
    used = {number.slack_channel: f"number {number.phone_number_id}" for number in numbers.listing()}
    if admin_channel:
        used[admin_channel] = "SLACK_ADMIN_CHANNEL"
    for channel, purpose in used.items():
        name = f"channel {channel}"
        try:
            slack.look_into(channel)
        except (Misconfigured, NotFound) as fault:
            yield bad(name, f"Cards do not appear in the channel of {purpose}: {fault}", _step(channel, purpose))
        else:
            yield well(name, f"Wapto is in it ({purpose}).")


def _step(channel: str, purpose: str) -> str:
    if purpose.startswith("number "):
        id = purpose.removeprefix("number ")
        return f"Type /invite @Wapto in it, or take another: `wapto numbers set {id} slack_channel=C…`."
    return "Type /invite @Wapto in it, or set SLACK_ADMIN_CHANNEL to another."


def _people(slack: Slack) -> Iterator[Check]:
    for agent in Agent.select().where(Agent.gone_at.is_null()).order_by(Agent.id):
        name = f"agent {agent.slack}"
        try:
            slack.direct(agent.slack)
        except (Misconfigured, NotFound) as fault:
            step = f"Take them off the roster: `wapto agents remove {agent.slack}`; their open orders go on."
            yield bad(name, f"{agent.name} is told of no order: {fault}", step)
        else:
            yield well(name, f"{agent.name} can be written to.")
