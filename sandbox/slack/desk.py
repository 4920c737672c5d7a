"""An agent's hands: what a person can do in Slack, and how the app is told (reference §2, §5, §8.2-29 to 34)."""

import json
from typing import Any

from bot.blocks import options_of, problems_of_suggestions
from sandbox.slack.chat import as_slack
from sandbox.slack.door import Answer, Door
from sandbox.slack.forms import Found, NotPossible, State, check_inputs, elements_of, entered, find, pick, state_of
from sandbox.slack.payloads import Payloads, Where
from sandbox.slack.reads import person
from sandbox.slack.replies import Replies, ReplyAddress, message_of
from sandbox.slack.rules import Refused
from sandbox.slack.views import Views
from sandbox.slack.world import Blocks, Channel, Message, User, View, World

_OF_A_BUTTON = ("text", "value", "style", "url")
# kind of channel → the event to subscribe to, and the channel_type in it
_HEARD_AS = {
    "public": ("message.channels", "channel"),
    "private": ("message.groups", "group"),
    "im": ("message.im", "im"),
}


class SlackUser:
    """One person at a keyboard. Acts return the app's answer; BadAnswer when Slack would show an error for it."""

    def __init__(self, user: User, world: World, views: Views, replies: Replies, door: Door) -> None:
        self.user = user
        self._world, self._views, self._replies, self._door = world, views, replies, door
        self._payloads = Payloads(world, views, replies)

    @property
    def id(self) -> str:
        """The Slack user id."""
        return self.user.id

    @property
    def modal(self) -> View | None:
        """The modal in front, None while there is none."""
        return next(reversed(self._views.stack(self.id)), None)

    @property
    def home(self) -> View | None:
        """The app's Home as this person sees it, None before it was published."""
        return self._views.home(self.id)

    @property
    def dms(self) -> list[Message]:
        """What the app and this person wrote each other, oldest first."""
        return self._world.direct(self.id).messages

    @property
    def ephemerals(self) -> list[Message]:
        """What only this person was shown, oldest first."""
        return [message for message in list(self._world.ephemerals) if message.only_for == self.id]

    def wait_for_modal(self, timeout: float = 5.0) -> View:
        """The modal in front, as soon as there is one."""
        view: View = self._world.wait_for(lambda: self.modal, timeout)
        return view

    def click(self, where: Where, name: str, value: str | None = None, *, stale: bool = False) -> Answer:
        """Press the button with these words or this action_id; `stale`: on an older version of the message."""
        blocks = self._seen(where, name, stale=stale)
        found = find(blocks, name, value)
        if found.element["type"] != "button":
            raise NotPossible(f"“{name}” is a {found.element['type']}, not a button.")
        pressed: State = {key: found.element[key] for key in _OF_A_BUTTON if key in found.element}
        return self._act(where, blocks, found, pressed)

    def choose(self, where: Where, name: str, option: Any, *, stale: bool = False) -> Answer:
        """Choose from a menu by an option's text or value, a user id or a date; or type and press Enter."""
        blocks = self._seen(where, name, stale=stale)
        found = find(blocks, name)
        if found.element["type"] == "overflow":
            return self._act(where, blocks, found, {"selected_option": pick(options_of(found.element), option)})
        if found.block["type"] == "input" and not found.block.get("dispatch_action"):
            raise NotPossible(f"“{name}” does nothing before the form is sent.")
        chosen = self._entered(where, found, option)
        if isinstance(where, View):
            where.typed[found.key] = chosen
        return self._act(where, blocks, found, chosen)

    def suggest(self, where: Where, name: str, typed: str) -> list[State]:
        """What the app offers in an external_select for the letters typed so far."""
        found = find(where.blocks, name)
        if len(typed) < found.element.get("min_query_length", 3):
            raise NotPossible(f"“{typed}” is too short to be looked up in “{found.words}”.")
        answer = self._door.interaction(self._payloads.suggestion(self.user, where, found, typed))
        offered = self._json(answer, "block_suggestion")
        problems = problems_of_suggestions(offered)
        if problems:
            raise self._door.complain("block_suggestion", f"{problems[0].pointer} {problems[0].message}")
        return options_of(offered)

    def fill(self, view: View, values: dict[str, Any]) -> None:
        """Type into the inputs of a modal, each named by its label, block_id or action_id."""
        for name, value in values.items():
            found = find(view.blocks, name)
            view.typed[found.key] = self._entered(view, found, value)

    def submit(self, view: View, values: dict[str, Any] | None = None) -> Answer:
        """Type what is in `values` and send the modal; what the app refuses is left in `view.errors`."""
        if view is not self.modal:
            raise NotPossible(f"The modal “{view.title}” is not in front.")
        if "submit" not in view.payload:
            raise NotPossible(f"The modal “{view.title}” has nothing to send it with.")
        self.fill(view, values or {})
        check_inputs(view.blocks, state_of(view.blocks, view.typed))
        answer = self._door.interaction(self._payloads.submission(self.user, view))
        said = self._json(answer, "view_submission") if answer.body else {}
        try:
            self._views.follow(view, said)
        except Refused as refusal:
            raise self._door.complain("view_submission", f"{refusal.code} {refusal.details}") from None
        return answer

    def close(self, view: View) -> None:
        """Close a modal by its cross; the app hears of it if it asked to."""
        self._views.close(view)
        if view.payload.get("notify_on_close"):
            self._door.interaction(self._payloads.closed(self.user, view))

    def command(self, command: str, text: str = "", *, channel: str | None = None, thread: str | None = None) -> Answer:
        """Type a slash command, by default in the first channel one is in; the app's answer is shown."""
        place = self._channel(channel)
        declared = self._world.app.commands
        if declared is not None and command not in declared:
            raise NotPossible(f"{command} is not a command of this workspace.")
        if thread is not None:
            raise NotPossible("Slack takes no commands in threads.")
        answer = self._door.command(self._payloads.command(self.user, command, text, place))
        try:
            said = message_of(answer)
            if said:
                self._replies.take(ReplyAddress(self.id, place.id, None, self._world.clock()), said)
        except (Refused, ValueError) as error:
            raise self._door.complain(command, f"invalid_command_response: {error!r}") from None
        return answer

    def shortcut(self, where: Message, name: str) -> Answer:
        """Choose a shortcut from the menu of a message; it works in threads too."""
        if name not in self._world.app.shortcuts:
            raise NotPossible(f"“{name}” is not a shortcut of this workspace.")
        self._check_sees(where)
        return self._door.interaction(self._payloads.shortcut(self.user, where, self._world.app.shortcuts[name]))

    def open_home(self) -> Answer:
        """Open the app's Home tab."""
        event = {"type": "app_home_opened", "user": self.id, "channel": self._world.direct(self.id).id, "tab": "home"}
        shown = {"view": self._views.as_slack(self.home)} if self.home else {}
        return self._cause("app_home_opened", event | shown | {"event_ts": self._world.next_ts()})

    def deactivate(self) -> Answer | None:
        """An admin of the workspace closes this person's account; the app hears of it if it asked to."""
        self.user.deleted = True
        if "user_change" not in self._world.app.events:
            return None
        told = {"type": "user_change", "user": person(self._world, self.user), "event_ts": self._world.next_ts()}
        return self._cause("user_change", told)

    def write(self, channel: str, text: str, *, thread: str | None = None) -> Message:
        """Write in a channel or, with the ts of a message, in its thread; the app hears it where it is and listens."""
        place = self._channel(channel)
        said = self._world.say(place, self.id, text, thread_ts=thread)
        name, channel_type = _HEARD_AS[place.kind]
        if name in self._world.app.events and self._world.bot.id in place.members:
            more = {"channel": place.id, "channel_type": channel_type, "event_ts": said.ts}
            self._cause(name, as_slack(self._world, said) | more)
        return said

    def edit(self, said: Message, text: str) -> None:
        """Change what one wrote; the app hears it as message_changed where it listens (§8.2-36)."""
        if said.user != self.id:
            raise NotPossible(f"{self.user.name} did not write that.")
        place, before = self._world.channels[said.channel], as_slack(self._world, said)
        with self._world.change():
            said.replace(text, said.blocks)
        name, channel_type = _HEARD_AS[place.kind]
        if name in self._world.app.events and self._world.bot.id in place.members:
            ts = self._world.next_ts()
            event = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": place.id, "ts": ts}
            changed = {"message": as_slack(self._world, said), "previous_message": before}
            self._cause(name, event | changed | {"channel_type": channel_type, "event_ts": ts})

    def _cause(self, name: str, event: dict[str, Any]) -> Answer:
        """Only what the manifest subscribes to is sent (§8.2-34)."""
        if name not in self._world.app.events:
            raise NotPossible(f"The app's manifest does not subscribe to {name}.")
        return self._door.event(self._payloads.event(event))

    def _act(self, where: Where, blocks: Blocks, found: Found, done: State) -> Answer:
        if not self._world.app.interactive:
            raise NotPossible("The app's manifest does not enable interactivity.")
        answer = self._door.interaction(self._payloads.block_actions(self.user, where, blocks, found, done))
        if answer.body:
            said = answer.body[:200]
            raise self._door.complain("block_actions", f"the answer to a click must be empty, not “{said}”")
        return answer

    def _seen(self, where: Where, name: str, *, stale: bool) -> Blocks:
        """The blocks in front of this person: the current ones, or the last older ones that had `name` (§8.2-33)."""
        if isinstance(where, View) and not where.open:
            raise NotPossible(f"The view “{where.title}” is closed.")
        if isinstance(where, View) or not stale:
            self._check_sees(where)
            return where.blocks
        for version in reversed(where.older):
            if any(each.is_called(name) for each in elements_of(version.blocks)):
                return version.blocks
        raise NotPossible(f"No older version of the message had “{name}”.")

    def _check_sees(self, where: Where) -> None:
        if isinstance(where, View):
            seen_by = {where.user}
        else:
            seen_by = {where.only_for} if where.only_for else self._world.channels[where.channel].members
        if self.id not in seen_by:
            raise NotPossible(f"{self.user.name} does not see that.")

    def _entered(self, where: Where, found: Found, value: Any) -> State:
        return entered(found.element, value, lambda typed: self.suggest(where, found.key[1], typed))

    def _json(self, answer: Answer, act: str) -> dict[str, Any]:
        try:
            said = json.loads(answer.body) if answer.is_json else None
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise self._door.complain(act, "the answer is not a JSON object")
        return said

    def _channel(self, channel_id: str | None) -> Channel:
        mine = [each for each in list(self._world.channels.values()) if self.id in each.members]
        wanted = [each for each in mine if channel_id in (None, each.id)]
        if not wanted:
            raise NotPossible(f"{self.user.name} is not in {channel_id or 'any channel'}.")
        return wanted[0]
