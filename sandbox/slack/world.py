"""What a workspace holds: people, channels, messages, views. In memory and safe for threads."""

import copy
import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.rules import App

Blocks = list[dict[str, Any]]


@dataclass
class User:
    """A person or a bot; a deactivated person has `deleted`."""

    id: str
    name: str
    is_bot: bool = False
    deleted: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    presence: str = "active"

    @property
    def handle(self) -> str:
        """What is typed after the @."""
        return self.name.lower().replace(" ", ".")


@dataclass(frozen=True)
class Version:
    """What a message showed before an edit: a client that missed the edit still shows it."""

    text: str
    blocks: Blocks


@dataclass
class Message:
    """One message as it is shown now; `only_for` makes it ephemeral, seen by that user alone."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: Blocks
    bot_id: str | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: dict[str, Any] | None = None
    only_for: str | None = None
    edited: bool = False
    files: list[dict[str, Any]] = field(default_factory=list)
    older: list[Version] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def replace(self, text: str, blocks: Blocks) -> None:
        """Show this from now on; the old words are remembered for stale clicks."""
        self.older.append(Version(self.text, self.blocks))
        self.text, self.blocks = text, with_block_ids(blocks)
        self.edited = True


@dataclass
class Channel:
    """A public or private channel, or (`kind` im) the direct messages of one person with the bot."""

    id: str
    name: str
    kind: str = "public"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    all: dict[str, Message] = field(default_factory=dict)

    @property
    def messages(self) -> list[Message]:
        """What people see in the channel itself, oldest first: no replies but broadcast ones."""
        return [message for message in list(self.all.values()) if not message.is_reply or message.broadcast]

    def thread(self, ts: str) -> list[Message]:
        """The replies under a message, oldest first."""
        return [message for message in list(self.all.values()) if message.is_reply and message.thread_ts == ts]


@dataclass
class View:
    """A modal or a Home; `payload` is what the app sent, `typed` what was entered by (block_id, action_id),
    `errors` what the app said against it by block_id."""

    id: str
    user: str
    payload: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    open: bool = True
    typed: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> Blocks:
        """Its blocks, each with a block_id."""
        return list(self.payload["blocks"])

    @property
    def title(self) -> str:
        """The words above a modal; empty for a Home."""
        return str(self.payload.get("title", {}).get("text", ""))


def with_block_ids(blocks: Blocks) -> Blocks:
    """A copy in which every block has a block_id: Slack makes up the missing ones, anew at each edit."""
    copies = copy.deepcopy(blocks)
    for block in copies:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    return copies


class World:
    """The workspace; whoever changes it does so inside `change()`, so that those who wait are woken."""

    def __init__(self, app: App, clock: Callable[[], float]) -> None:
        self.app = app
        self.clock = clock
        self.team_id, self.domain = "T0WAPTO", "sandbox"
        self.bot = User("U0WAPTO", "Wapto", is_bot=True)
        self.bot_id, self.app_id = "B0WAPTO", "A0WAPTO"
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.ephemerals: list[Message] = []
        self.broadcast_allowed = False
        self.base_url = ""
        self._changed = threading.Condition(threading.RLock())
        self._numbers = itertools.count(1)
        self._last_ts = 0

    @contextmanager
    def change(self) -> Iterator[None]:
        """`with world.change():` one change at a time, then everybody who waits looks again."""
        with self._changed:
            yield
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[], Any], timeout: float) -> Any:
        """The first truthy answer of `predicate`, which is asked again after every change; TimeoutError after that."""
        end = time.monotonic() + timeout
        while not (found := predicate()):
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"It did not happen in Slack within {timeout:g} s.")
            with self._changed:
                # The predicate may look at more than this world, so it is asked every 50 ms in any case.
                self._changed.wait(min(left, 0.05))
        return found

    def next_id(self, prefix: str) -> str:
        """A fresh id such as V00000007."""
        return f"{prefix}{next(self._numbers):08d}"

    def next_ts(self) -> str:
        """A time stamp that no message has and that rises (reference §8.2-8)."""
        with self._changed:
            self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
            return f"{self._last_ts // 1_000_000:010d}.{self._last_ts % 1_000_000:06d}"

    def add_user(self, user: User) -> User:
        """Let somebody join the workspace."""
        with self.change():
            return self.users.setdefault(user.id, user)

    def add_channel(self, channel_id: str, name: str, members: Iterable[str], *, private: bool, bot: bool) -> Channel:
        """Open a channel with these people and, usually, the bot in it."""
        inside = {*members, self.bot.id} if bot else set(members)
        with self.change():
            self.channels[channel_id] = Channel(channel_id, name, "private" if private else "public", inside)
        return self.channels[channel_id]

    def direct(self, user_id: str) -> Channel:
        """The direct messages between a person and the bot, begun if need be."""
        with self.change():
            for channel in self.channels.values():
                if channel.kind == "im" and user_id in channel.members:
                    return channel
            opened = Channel(self.next_id("D"), "directmessage", "im", {user_id, self.bot.id})
            self.channels[opened.id] = opened
            return opened

    def say(self, channel: Channel, user: str, text: str, blocks: Blocks | None = None, **more: Any) -> Message:
        """Put a message where everybody reads it, or with `only_for` where one person does."""
        bot_id = self.bot_id if user == self.bot.id else None
        said = Message(channel.id, self.next_ts(), user, text, with_block_ids(blocks or []), bot_id=bot_id, **more)
        with self.change():
            if said.only_for:
                self.ephemerals.append(said)
            else:
                channel.all[said.ts] = said
        return said
