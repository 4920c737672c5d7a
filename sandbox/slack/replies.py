"""What an app says to a person's act: response_url and the bodies of its answers (reference §2, §8.2-31 and 35)."""

import json
import secrets
from dataclasses import dataclass

from flask import Flask, Response, request

from sandbox.slack.chat import Arguments, check_content
from sandbox.slack.door import Answer
from sandbox.slack.rules import Refused, invalid_arguments
from sandbox.slack.world import Message, World

USES = 5
SECONDS = 30 * 60
_MEANT = {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts"}
_KEYS = _MEANT | {"unfurl_links", "unfurl_media", "metadata"}


@dataclass
class ReplyAddress:
    """One response_url: whom it answers, where, and for a click on which message."""

    user: str
    channel: str
    source: Message | None
    at: float
    uses: int = 0


class Replies:
    """Hands out response_urls and takes what comes back by them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[str, ReplyAddress] = {}

    def mount(self, app: Flask) -> None:
        """Answer POST /response/ID."""
        app.post("/response/<reply_id>", endpoint="response_url")(self._answer)

    def address(self, user: str, channel: str, source: Message | None = None) -> str:
        """A fresh response_url for an act of `user`; `source` is the message that was clicked."""
        reply_id = secrets.token_urlsafe(16)
        self._open[reply_id] = ReplyAddress(user, channel, source, self._world.clock())
        return f"{self._world.base_url}/response/{reply_id}"

    def take(self, reply: ReplyAddress, payload: Arguments) -> None:
        """Show a reply: to the person alone unless it says in_channel; refused like a message when invalid."""
        unknown = sorted(set(payload) - _KEYS)
        if unknown:
            raise invalid_arguments(*(f"unknown argument: {name}" for name in unknown))
        if reply.source and payload.get("delete_original"):
            self._delete(reply.source)
            return
        check_content(self._world, {key: payload[key] for key in ("text", "blocks") if key in payload})
        text, blocks = payload.get("text", ""), payload.get("blocks", [])
        # Without a word about it Slack replaces the message that was clicked; for commands there is none to replace.
        if reply.source and payload.get("replace_original", True):
            with self._world.change():
                reply.source.replace(text, blocks)
            return
        only_for = None if payload.get("response_type") == "in_channel" else reply.user
        channel = self._world.channels[reply.channel]
        thread = payload.get("thread_ts")
        self._world.say(channel, self._world.bot.id, text, blocks, only_for=only_for, thread_ts=thread)

    def _answer(self, reply_id: str) -> Response:
        try:
            reply = self._use(reply_id)
            payload = request.get_json(silent=True)
            if not isinstance(payload, dict):
                raise Refused("invalid_payload")
            self.take(reply, payload)
        except Refused as refusal:
            status = 404 if refusal.code in ("used_url", "expired_url") else 400
            return Response(json.dumps(refusal.body), status, mimetype="application/json")
        return Response("ok", mimetype="text/plain")

    def _use(self, reply_id: str) -> ReplyAddress:
        with self._world.change():
            reply = self._open.get(reply_id)
            if reply is None or self._world.clock() - reply.at > SECONDS:
                raise Refused("expired_url")
            if reply.uses >= USES:
                raise Refused("used_url")
            reply.uses += 1
            return reply

    def _delete(self, message: Message) -> None:
        with self._world.change():
            self._world.channels[message.channel].all.pop(message.ts, None)
            if message in self._world.ephemerals:
                self._world.ephemerals.remove(message)


def message_of(answer: Answer) -> Arguments | None:
    """The message in an app's answer to a command: none, plain text, or JSON; ValueError for anything else."""
    if not answer.body:
        return None
    if not answer.is_json:
        return {"text": answer.body}
    payload = json.loads(answer.body)
    if not isinstance(payload, dict):
        raise ValueError("JSON, but not an object")
    return payload
