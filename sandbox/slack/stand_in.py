"""A stand-in for Slack over HTTP: the Web API that Wapto calls, strict, and the hands of the people who use it.

What it accepts, Slack should accept. Not checked, because no stand-in can (reference §8.2, last lines): image
downloads, how clients draw, unwritten caps (the 13,000 characters are somebody's measurement), what a paid plan
allows, and argument checks that Slack tightens overnight. Not modeled: user tokens, org-wide installs, Slack
Connect, user groups, group direct messages, attachments, files of people, scheduled messages, global shortcuts,
views.push (response_action push is), blocks that `bot.blocks` does not know, the bot's own messages as events,
limits per workspace. Where the reference names no code (threads that do not exist, bad metadata, a refused
response_url), the code is Slack's as remembered.

Stricter than Slack on purpose, so that bugs show: unknown arguments, blocks without text, a bare <, unknown
mentions, calls to a whole channel, channels by name or user id, and one action_id twice in a payload are refused.
"""

from collections.abc import Callable, Iterable
from time import time
from typing import TYPE_CHECKING, Any, Self

from flask import Flask

from sandbox.server import Server
from sandbox.slack import chat, files, page, reads, views
from sandbox.slack.desk import SlackUser
from sandbox.slack.door import Door
from sandbox.slack.files import Files
from sandbox.slack.replies import Replies
from sandbox.slack.rules import App
from sandbox.slack.views import Views
from sandbox.slack.web import WebApi
from sandbox.slack.world import Channel, Message, User, View, World

if TYPE_CHECKING:  # WebSockets are installed for the tests alone
    from sandbox.slack.sockets import Sockets


class Slack:
    """One workspace with one app installed in it. Answers between `start()` and `stop()`, or inside `with`.

    `manifest` is the app's own; without it the scopes and events of the reference §6 hold, and any command.
    With `sockets` the app can be reached by Socket Mode too.
    `clock` tells the time in seconds, so that a test can let triggers and response_urls grow old.
    """

    def __init__(
        self,
        *,
        token: str = "xoxb-sandbox",
        signing_secret: str = "sandbox-signing-secret",
        manifest: dict[str, Any] | None = None,
        clock: Callable[[], float] = time,
        port: int = 0,
        sockets: "Sockets | None" = None,
    ) -> None:
        self.token, self.signing_secret = token, signing_secret
        self.world = World(App.from_manifest(manifest) if manifest else App(), clock)
        self.files = Files(self.world)
        self.views, self.replies, self.door = Views(self.world), Replies(self.world), Door(signing_secret)
        methods = {**chat.METHODS, **reads.METHODS, **views.methods(self.views), **files.methods(self.files)}
        self.web = WebApi(self.world, methods, token)
        self.calls, self.faults, self.limits = self.web.calls, self.web.faults, self.web.limits
        self.sockets = sockets
        flask = self._flask()
        self._server = Server(flask, port)
        self.world.base_url = self._server.url
        if sockets:
            sockets.mount(flask, self.url)

    @property
    def url(self) -> str:
        """The address of the page for people."""
        return self._server.url

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL has to be."""
        return f"{self.url}/api/"

    @property
    def complaints(self) -> list[str]:
        """What the app answered wrongly so far; each was raised as BadAnswer too."""
        return self.door.complaints

    def start(self) -> Self:
        """Begin to answer; returns itself."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop answering, and send no event again."""
        self.door.close()
        self._server.stop()

    def connect(self, app_url: str) -> bool:
        """Send what people do to this address (the app's /slack/events) from now on; whether it echoes a challenge."""
        self.door.app_url = app_url
        return self.door.verify()

    def connect_by_socket(self) -> None:
        """Send what people do over Socket Mode from now on."""
        self.door.sockets = self.sockets

    def add_user(self, user_id: str, name: str, **more: Any) -> SlackUser:
        """Let somebody join, and get their hands."""
        self.world.add_user(User(user_id, name, **more))
        return self.user(user_id)

    def user(self, user_id: str) -> SlackUser:
        """The hands of somebody who has joined."""
        return SlackUser(self.world.users[user_id], self.world, self.views, self.replies, self.door)

    def add_channel(
        self, channel_id: str, name: str, members: Iterable[str] = (), *, private: bool = False, bot: bool = True
    ) -> Channel:
        """Open a channel with these people and, unless `bot=False`, the app in it."""
        return self.world.add_channel(channel_id, name, members, private=private, bot=bot)

    def channel(self, channel_id: str) -> Channel:
        """A channel: its `messages`, and the `thread(ts)` under each."""
        return self.world.channels[channel_id]

    def dms(self, user_id: str) -> list[Message]:
        """The direct messages between the app and somebody, oldest first."""
        return self.user(user_id).dms

    def ephemerals(self, user_id: str) -> list[Message]:
        """What only this person was shown, oldest first."""
        return self.user(user_id).ephemerals

    def plain_text(self, shown: Message | View) -> str:
        """The words that a person reads in a message or view, a line each, buttons as [Confirm]."""
        return page.plain_text(shown, self.world)

    def wait_for(self, predicate: Callable[[], Any], timeout: float = 5.0) -> Any:
        """The first truthy answer of `predicate`, asked again at every change; TimeoutError after `timeout` seconds."""
        return self.world.wait_for(predicate, timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _flask(self) -> Flask:
        app = Flask("slack-stand-in")
        self.web.mount(app)
        self.replies.mount(app)
        self.files.mount(app)
        page.mount(app, self.world)
        return app
