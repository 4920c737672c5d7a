"""How Slack tells the app of a person's act: JSON of interactions, fields of commands (reference §2, §8.2-30, 33)."""

import re
from typing import Any

from bot.blocks import escape
from sandbox.slack.chat import as_slack
from sandbox.slack.forms import SLOTS, Found, State, state_of
from sandbox.slack.replies import Replies
from sandbox.slack.views import Views
from sandbox.slack.world import Blocks, Channel, Message, User, View, World

Where = Message | View
Payload = dict[str, Any]


class Payloads:
    """Writes payloads for the acts of any person in one workspace."""

    def __init__(self, world: World, views: Views, replies: Replies) -> None:
        self._world, self._views, self._replies = world, views, replies

    def block_actions(self, user: User, where: Where, blocks: Blocks, found: Found, done: State) -> Payload:
        """A click or a choice in `blocks`, which are those that the person's client shows."""
        block_id, action_id = found.key
        kind = found.element["type"]
        action = {"type": kind, "block_id": block_id, "action_id": action_id, **done}
        action["action_ts"] = self._world.next_ts()
        typed = {found.key: {"type": kind, **done}} if kind in SLOTS else {}
        payload = self._of("block_actions", user) | self._trigger(user) | self._place(where, blocks, typed)
        if isinstance(where, Message):
            payload["response_url"] = self._replies.address(user.id, where.channel, where)
        return payload | {"actions": [action]}

    def shortcut(self, user: User, where: Message, callback_id: str) -> Payload:
        """A shortcut chosen on a message (§5)."""
        channel = self._world.channels[where.channel]
        return (
            self._of("message_action", user)
            | self._trigger(user)
            | {
                "callback_id": callback_id,
                "action_ts": self._world.next_ts(),
                "message_ts": where.ts,
                "channel": {"id": channel.id, "name": channel.name},
                "message": as_slack(self._world, where),
                "response_url": self._replies.address(user.id, where.channel),
            }
        )

    def suggestion(self, user: User, where: Where, found: Found, typed: str) -> Payload:
        """The letters typed into an external_select; it has no trigger_id (§3.2)."""
        block_id, action_id = found.key
        asked = {"block_id": block_id, "action_id": action_id, "value": typed}
        return self._of("block_suggestion", user) | asked | self._place(where, where.blocks, {})

    def submission(self, user: User, view: View) -> Payload:
        """A modal sent: no channel and no response_url (§5)."""
        shown = {"view": self._views.as_slack(view), "response_urls": []}
        return self._of("view_submission", user) | self._trigger(user) | shown

    def closed(self, user: User, view: View) -> Payload:
        """A modal closed by its cross."""
        return self._of("view_closed", user) | {"view": self._views.as_slack(view), "is_cleared": False}

    def command(self, user: User, command: str, text: str, channel: Channel) -> dict[str, str]:
        """The form of a slash command (§2)."""
        return {
            "token": "deprecated",
            "team_id": self._world.team_id,
            "team_domain": self._world.domain,
            "channel_id": channel.id,
            "channel_name": channel.name,
            "user_id": user.id,
            "user_name": user.handle,
            "command": command,
            "text": self._typed(command, text),
            "api_app_id": self._world.app_id,
            "is_enterprise_install": "false",
            "response_url": self._replies.address(user.id, channel.id),
            **self._trigger(user),
        }

    def event(self, event: Payload) -> Payload:
        """The envelope around an event, with an event_id of its own."""
        return {
            "type": "event_callback",
            "token": "deprecated",
            "team_id": self._world.team_id,
            "api_app_id": self._world.app_id,
            "event": event,
            "event_id": self._world.next_id("Ev"),
            "event_time": int(self._world.clock()),
            "is_ext_shared_channel": False,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self._world.team_id,
                    "user_id": self._world.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }

    def _of(self, kind: str, user: User) -> Payload:
        return {
            "type": kind,
            "token": "deprecated",
            "api_app_id": self._world.app_id,
            "team": {"id": self._world.team_id, "domain": self._world.domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": self._world.team_id},
        }

    def _trigger(self, user: User) -> dict[str, str]:
        return {"trigger_id": self._views.trigger(user.id)}

    def _place(self, where: Where, blocks: Blocks, typed: dict[tuple[str, str], State]) -> Payload:
        """Where the person acted: a view, or a message as the client shows it."""
        if isinstance(where, View):
            return {"container": {"type": "view", "view_id": where.id}, "view": self._views.as_slack(where)}
        channel = self._world.channels[where.channel]
        ephemeral = where.only_for is not None
        container = {"type": "message", "message_ts": where.ts, "channel_id": channel.id, "is_ephemeral": ephemeral}
        if where.thread_ts:
            container["thread_ts"] = where.thread_ts
        place = {"container": container, "channel": {"id": channel.id, "name": channel.name}}
        if ephemeral:
            return place
        shown = as_slack(self._world, where) | {"blocks": blocks}
        return place | {"message": shown, "state": {"values": state_of(blocks, typed)}}

    def _typed(self, command: str, text: str) -> str:
        """Entities for the three characters; with should_escape also ids for @names and #channels (§2)."""
        commands = self._world.app.commands
        text = escape(text)
        if commands is not None and not commands[command]:
            return text
        people = {f"@{user.handle}": f"<@{user.id}|{user.handle}>" for user in self._world.users.values()}
        places = {f"#{each.name}": f"<#{each.id}|{each.name}>" for each in self._world.channels.values()}
        known = people | places
        return re.sub(r"[@#][\w.-]+", lambda found: known.get(found[0], found[0]), text)
