"""Modals and the Home: views.open, update and publish, and the triggers they need (reference §5, §8.2-26 to 29)."""

import secrets
from dataclasses import dataclass
from typing import Any

from bot.blocks import problems_of_view
from sandbox.slack.chat import Arguments, unknown_mentions
from sandbox.slack.forms import state_of
from sandbox.slack.rules import Method, Refused, invalid_arguments, refuse
from sandbox.slack.world import View, World, with_block_ids

TRIGGER_SECONDS = 3
STACK_DEPTH = 3


@dataclass
class Trigger:
    """A person's act, for which one modal may be opened."""

    user: str
    at: float
    used: bool = False


class Views:
    """The open views of everybody; knows whose hands opened what."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._triggers: dict[str, Trigger] = {}
        self.trigger_seconds: float = TRIGGER_SECONDS

    def trigger(self, user_id: str) -> str:
        """A trigger_id good for 3 s and one use."""
        trigger_id = f"{self._world.next_id('')}.{secrets.randbelow(10**10):010d}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user_id, self._world.clock())
        return trigger_id

    def use(self, trigger_id: str) -> str:
        """The user who acted; refused when unknown, late or used before (§8.2-27)."""
        with self._world.change():
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                raise Refused("invalid_trigger_id")
            if trigger.used:
                raise Refused("exchanged_trigger_id")
            if self._world.clock() - trigger.at > self.trigger_seconds:
                raise Refused("expired_trigger_id")
            trigger.used = True
            return trigger.user

    def open(self, given: Arguments) -> Arguments:
        """views.open: a modal in front of the person who acted, in place of what was open."""
        self.check(given["view"], "modal")
        user_id = self.use(given["trigger_id"])
        self.clear(user_id)
        return {"view": self.as_slack(self.show(user_id, given["view"]))}

    def update(self, given: Arguments) -> Arguments:
        """views.update: while the view is open, and with a hash only if nobody else changed it (§8.2-28)."""
        view = self._wanted(given)
        _check_hash(given, view)
        self.check(given["view"], view.payload["type"], instead_of=view)
        self.replace(view, given["view"])
        return {"view": self.as_slack(view)}

    def publish(self, given: Arguments) -> Arguments:
        """views.publish: the Home of one person."""
        if not self._world.app.home:
            raise Refused("not_enabled")
        if given["user_id"] not in self._world.users:
            raise Refused("user_not_found")
        home = self.home(given["user_id"])
        _check_hash(given, home)
        self.check(given["view"], "home", instead_of=home)
        if home:
            self.replace(home, given["view"])
        return {"view": self.as_slack(home or self.show(given["user_id"], given["view"]))}

    def check(self, payload: Arguments, kind: str, *, instead_of: View | None = None) -> None:
        """Refuse a view that breaks a limit, names somebody unknown or takes another's external_id."""
        unknown = unknown_mentions(self._world, {"blocks": payload.get("blocks")}, "/view")
        refuse([*problems_of_view(payload), *unknown])
        if payload["type"] != kind:
            raise invalid_arguments(f"view must be of type {kind} [json-pointer:/view/type]")
        others = [view for view in list(self._world.views.values()) if view.open and view is not instead_of]
        if "external_id" in payload and any(payload["external_id"] == o.payload.get("external_id") for o in others):
            raise Refused("duplicate_external_id")

    def show(self, user_id: str, payload: Arguments, *, under: View | None = None) -> View:
        """Put a view in front of somebody, on top of another or alone."""
        view_id = self._world.next_id("V")
        root, previous = (under.root_id, under.id) if under else (view_id, None)
        view = View(view_id, user_id, _with_ids(payload), self._hash(), root, previous)
        with self._world.change():
            self._world.views[view_id] = view
        return view

    def push(self, view: View, payload: Arguments) -> View:
        """A modal on top of another, three deep at most."""
        if len(self.stack(view.user)) >= STACK_DEPTH:
            raise Refused("push_limit_reached")
        return self.show(view.user, payload, under=view)

    def follow(self, view: View, said: Arguments) -> None:
        """Do what the app answered to a submitted modal: nothing said closes it (§5, §8.2-31)."""
        action = said.get("response_action")
        view.errors = {}
        if action == "errors":
            view.errors = _errors(view, said)
        elif action == "update":
            self.check(_view_in(said), "modal", instead_of=view)
            self.replace(view, said["view"])
        elif action == "push":
            self.check(_view_in(said), "modal")
            self.push(view, said["view"])
        elif action == "clear":
            self.clear(view.user)
        elif not said:
            self.close(view)
        else:
            raise Refused("invalid_response_action", response_action=action)

    def replace(self, view: View, payload: Arguments) -> None:
        """Show another payload in the same view; input stays where block_id and action_id do (§8.2-29)."""
        with self._world.change():
            view.payload, view.hash = _with_ids(payload), self._hash()
            kept = state_of(view.blocks, {})
            view.typed = {key: value for key, value in view.typed.items() if key[1] in kept.get(key[0], {})}

    def close(self, view: View) -> None:
        """Close one view; the one under it shows again."""
        with self._world.change():
            view.open = False

    def clear(self, user_id: str) -> None:
        """Close all modals of a person."""
        for view in self.stack(user_id):
            self.close(view)

    def stack(self, user_id: str) -> list[View]:
        """The modals in front of a person, the uppermost last."""
        views = list(self._world.views.values())
        return [view for view in views if view.open and view.user == user_id and view.payload["type"] == "modal"]

    def home(self, user_id: str) -> View | None:
        """The Home of a person, once it was published."""
        views = list(self._world.views.values())
        return next((view for view in views if view.user == user_id and view.payload["type"] == "home"), None)

    def as_slack(self, view: View) -> Arguments:
        """A view as Slack writes it in answers and payloads."""
        shown: Arguments = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "title": None,
            "submit": None,
            "close": None,
        }
        return (
            shown
            | view.payload
            | {
                "id": view.id,
                "team_id": self._world.team_id,
                "app_id": self._world.app_id,
                "app_installed_team_id": self._world.team_id,
                "bot_id": self._world.bot_id,
                "hash": view.hash,
                "root_view_id": view.root_id,
                "previous_view_id": view.previous_id,
                "state": {"values": state_of(view.blocks, view.typed)},
            }
        )

    def _wanted(self, given: Arguments) -> View:
        open_views = [view for view in list(self._world.views.values()) if view.open]
        if "view_id" in given:
            found = [view for view in open_views if view.id == given["view_id"]]
        elif "external_id" in given:
            found = [view for view in open_views if view.payload.get("external_id") == given["external_id"]]
        else:
            raise invalid_arguments("needs view_id or external_id")
        if not found:
            raise Refused("not_found")
        return found[0]

    def _hash(self) -> str:
        return f"{self._world.clock():.0f}.{secrets.token_hex(4)}"


def _check_hash(given: Arguments, view: View | None) -> None:
    """An empty or made-up hash counts as given and never fits (§8.2-28)."""
    if "hash" in given and (view is None or given["hash"] != view.hash):
        raise Refused("hash_conflict")


def _view_in(said: Arguments) -> Arguments:
    if not isinstance(said.get("view"), dict):
        raise invalid_arguments("missing required field: view")
    return dict(said["view"])


def _errors(view: View, said: Arguments) -> dict[str, str]:
    """Words under inputs: each key must be the block_id of an input block (§5)."""
    errors = said.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refused("invalid_errors", inputs=sorted(inputs))
    return errors


def _with_ids(payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "blocks": with_block_ids(payload["blocks"])}


def methods(views: Views) -> dict[str, Method]:
    """The methods of the Web API on these views."""
    return {
        "views.open": Method(lambda _, given: views.open(given), needs={"trigger_id": str, "view": dict}, takes={}),
        "views.update": Method(
            lambda _, given: views.update(given),
            needs={"view": dict},
            takes={"view_id": str, "external_id": str, "hash": str},
        ),
        "views.publish": Method(
            lambda _, given: views.publish(given), needs={"user_id": str, "view": dict}, takes={"hash": str}
        ),
    }
