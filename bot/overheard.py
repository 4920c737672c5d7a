"""Messages in the threads under cards: each is an internal note. Nothing that is written in Slack is sent by itself."""

from typing import Any

from bot import wording
from bot.calls import Call
from bot.replies import source_of
from bot.slack import Content
from bot.typed import meant
from wapto.desk.assignment import agents
from wapto.desk.conversations import replies, thread_notes, threads
from wapto.desk.orders.timeline import Actor

_SAID = (None, "file_share", "thread_broadcast")  # what people say; edits, joins and the like are none


def heard(call: Call) -> Content | None:
    """Keeps what a person of the workspace wrote under a card; everything else passes by."""
    event = call.event
    if event.get("subtype") == "message_changed":
        _changed(call)
        return None
    thread = str(event.get("thread_ts") or "")
    if event.get("subtype") not in _SAID or event.get("bot_id") or not thread or thread == event.get("ts"):
        return None
    subject = threads.under(str(event.get("channel") or ""), thread)
    if subject is None or not _is_of_us(call):
        return None
    agent = agents.by_slack(call.user)
    actor = Actor(agent.name, "slack", agent.id) if agent else Actor(call.user, "slack")
    event_id, ts = str(call.body.get("event_id") or ""), str(event.get("ts") or "")
    thread_notes.keep(subject, _words(event), actor=actor, now=call.now, event_id=event_id, ts=ts)
    return None


def _changed(call: Call) -> None:
    """Whoever edits a message that went to the customer hears that the edit does not."""
    event = call.event
    new, old, channel = event.get("message") or {}, event.get("previous_message") or {}, str(event.get("channel") or "")
    user, thread = str(new.get("user") or ""), str(new.get("thread_ts") or "")
    if not user or not thread or new.get("bot_id") or new.get("text") == old.get("text"):
        return
    subject = threads.under(channel, thread)
    if subject and replies.was_sent(subject, source_of(channel, str(new.get("ts")))):
        call.slack.whisper(channel, user, wording.EDIT_STAYS)


def _is_of_us(call: Call) -> bool:
    """Files that we put into a thread are told to us as well; and in a channel shared with others they write too."""
    workspace = call.slack.workspace()
    home = {call.event.get("user_team"), call.event.get("source_team"), call.event.get("team")} - {None}
    return call.user not in ("", workspace.bot) and home <= {workspace.team, workspace.enterprise}


def _words(event: dict[str, Any]) -> str:
    files = [f"[file: {file.get('name') or 'without a name'}]" for file in event.get("files") or []]
    return "\n".join(filter(None, [meant(str(event.get("text") or "")), *files]))
