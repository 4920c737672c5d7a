"""One act of a person in Slack, as the handlers see it, and what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bot.carried import order_in
from bot.slack import Content, Slack


@dataclass(frozen=True)
class Call:
    """A click, command, submitted form or event: Slack's payload, when it came, and the way back to Slack."""

    body: dict[str, Any]
    now: datetime
    slack: Slack

    @property
    def user(self) -> str:
        """The Slack user id of whoever acts."""
        return str(self._user.get("id") or self.body.get("user_id") or "")

    @property
    def teams(self) -> set[str]:
        """The workspaces named in the payload: where it happened, and where the person belongs."""
        named = ((self.body.get("team") or {}).get("id"), self._user.get("team_id"), self.body.get("team_id"))
        return {team for team in named if team}

    @property
    def text(self) -> str:
        """What was typed after a slash command."""
        return str(self.body.get("text") or "")

    @property
    def event(self) -> dict[str, Any]:
        """What happened, of an event."""
        return dict(self.body.get("event") or {})

    @property
    def action_id(self) -> str:
        """Which button or menu was used."""
        return str(self.body["actions"][0].get("action_id") or "")

    @property
    def value(self) -> str:
        """What the clicked button, the chosen option or the typed input carries."""
        action = self.body["actions"][0]
        return str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")

    @property
    def order(self) -> int | None:
        """The order that the button or the form carries, None where it carries none."""
        pressed = self.value if self.body.get("actions") else ""
        form = str((self.body.get("view") or {}).get("private_metadata") or "")
        return order_in(pressed) or order_in(form)

    @property
    def typed(self) -> str:
        """The letters typed so far into a menu that asks us what to offer."""
        return str(self.body.get("value") or "")

    @property
    def trigger_id(self) -> str:
        """Opens one form within 3 s."""
        return str(self.body["trigger_id"])

    @property
    def channel(self) -> str:
        """The channel of the message that was clicked."""
        return str((self.body.get("channel") or {}).get("id") or "")

    @property
    def in_direct_message(self) -> bool:
        """Whether the message stands in the person's direct messages with the app."""
        return self.channel.startswith("D")

    @property
    def response_url(self) -> str | None:
        """Where an answer goes that only this person sees; submitted forms have none."""
        return self.body.get("response_url")

    @property
    def view(self) -> dict[str, Any]:
        """The form that was submitted, or the view that was clicked in."""
        return dict(self.body["view"])

    @property
    def in_view(self) -> bool:
        """Whether it was done in the Home tab or in a form, where there is no channel to answer in."""
        return bool(self.body.get("view"))

    @property
    def in_home(self) -> bool:
        """Whether it was done in the Home tab."""
        return (self.body.get("view") or {}).get("type") == "home"

    @property
    def _user(self) -> dict[str, Any]:
        acting = self.body.get("user") or self.event.get("user") or {}
        return acting if isinstance(acting, dict) else {"id": acting}


@dataclass(frozen=True)
class Form:
    """A modal that is to be shown next, and what is said instead when it is too late for that."""

    view: dict[str, Any]
    late: str


@dataclass(frozen=True)
class Choices:
    """What a menu offers for the letters typed so far: options, a hundred at most."""

    options: list[dict[str, Any]]


Answer = Content | Form | Choices | None
Handler = Callable[[Call], Answer]


class Listener(NamedTuple):
    """What is listened to: `kind` is command, action, options, view, event or shortcut, `name` the id that Slack sends.

    Ids of actions may go on after a colon, since they have to differ within a view.
    """

    kind: str
    name: str
    handler: Handler
