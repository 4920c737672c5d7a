"""What each party sees, as it happens: read off the stand-ins, put into words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.graph.phone import Customer
from sandbox.slack.world import Channel, Message
from sandbox.world import World

PHONE, CHANNEL, DIRECT, HANDS = "phone", "channel", "direct", "hands"


@dataclass(frozen=True)
class Scene:
    """Something that somebody sees (on a phone, in a channel, in a direct message) or does (with their hands)."""

    party: str
    where: str
    lines: tuple[str, ...]


Tell = Callable[[Scene], None]


class Watcher:
    """Tells what is new on phones and in Slack since the last look; of an edited card only what it says now."""

    def __init__(self, world: World, tell: Tell) -> None:
        self._world, self._tell = world, tell
        self._sent = self._whispers = 0
        self._shown: dict[tuple[str, str], list[str]] = {}

    def look(self) -> None:
        """Tell what happened meanwhile."""
        for scene in (*self._phones(), *self._channels(), *self._whispered()):
            self._tell(scene)

    def _phones(self) -> Iterator[Scene]:
        graph = self._world.graph
        new = graph.sent[self._sent :]
        self._sent += len(new)
        for sent in new:
            phone = graph.phone(sent.to)
            name = phone.name if isinstance(phone, Customer) else sent.to
            buttons = [f"[{button.text}] {button.url or ''}".rstrip() for button in sent.buttons]
            yield Scene(PHONE, f"{name.split()[0]}’s phone", (*sent.text.splitlines(), *buttons))

    def _channels(self) -> Iterator[Scene]:
        for channel in list(self._world.slack.world.channels.values()):
            for message in channel.messages:
                lines = self._words(message)
                before = self._shown.get((channel.id, message.ts), [])
                if new := [line for line in lines if line not in before]:
                    self._shown[channel.id, message.ts] = lines
                    party = DIRECT if channel.kind == "im" else CHANNEL
                    yield Scene(party, self._title(channel) + (" ✎" if before else ""), tuple(new))

    def _whispered(self) -> Iterator[Scene]:
        new = self._world.slack.world.ephemerals[self._whispers :]
        self._whispers += len(new)
        for message in new:
            person = self._world.slack.world.users[str(message.only_for)].name
            yield Scene(DIRECT, f"only for {person}", tuple(self._words(message)))

    def _words(self, message: Message) -> list[str]:
        return words(self._world, message).splitlines()

    def _title(self, channel: Channel) -> str:
        if channel.kind != "im":
            return f"#{channel.name}"
        people = (user.user.name for user in self._world.people.values() if user.id in channel.members)
        return f"DM to {', '.join(people)}"


def words(world: World, message: Message) -> str:
    """What a person reads in a message: bold words without the asterisks that make them so."""
    return re.sub(r"\*([^*\n]+)\*", r"\1", world.slack.plain_text(message))
