"""What is done in the Home tab: each act reads the click, calls one verb, and shows the Home as it is then."""

from contextlib import suppress
from dataclasses import replace
from functools import wraps

from bot import actions, cards, guard, home, home_words, homes, wording
from bot.calls import Answer, Call, Handler
from bot.cards import Drawn
from bot.slack import Content
from bot.slack_errors import SlackAway
from wapto.desk import homes as kept_homes
from wapto.desk.assignment import duty, handover
from wapto.desk.assignment.assignment import AWAY, ON_DUTY
from wapto.desk.overview import Wanted
from wapto.domain import lifecycle
from wapto.errors import InvalidInput


def opened(call: Call) -> Content | None:
    """Somebody opened the app: they see the desk, or how to get on the roster."""
    try:
        actor = guard.looker(call)
    except guard.OffTheRoster as refusal:
        call.slack.publish(call.user, home.outsider(str(refusal)))
        return None
    # The same event tells of the tab with the messages (reference §4).
    if call.event.get("tab") == "home":
        homes.show(call.slack, kept_homes.open_home(_agent(actor.agent_id), call.now), call.now)
    return None


def choose(call: Call) -> Content | None:
    """A list, a filter, a search or another page."""
    agent = _agent(guard.looker(call).agent_id)
    before = kept_homes.open_home(agent, call.now).wanted
    wanted = _changed(before, call.action_id.split(":")[1:2], call.value)
    homes.show(call.slack, kept_homes.want(agent, wanted, call.now), call.now)
    return None


def _changed(wanted: Wanted, field: list[str], value: str) -> Wanted:
    if field == [home.RESET]:
        return Wanted()
    if field == [home.PAGE]:
        return replace(wanted, page=max(1, _whole(value)))
    first = replace(wanted, page=1)
    if field == [home.TEXT]:
        return replace(first, text=value)
    if field == [home.SHOW]:
        return replace(first, show=Wanted().show if value == home.ALL else _show(value))
    chosen = None if value == home.ALL else value
    if field == [home.TEAM]:
        return replace(first, team=chosen)
    if field == [home.NUMBER]:
        return replace(first, number=_whole(chosen) if chosen else None)
    if field == [home.AGENT]:
        return replace(first, agent=_whole(chosen) if chosen else None)
    raise InvalidInput(wording.MALFORMED)


def _show(value: str) -> str:
    if value not in home_words.LISTS and value not in lifecycle.STATUSES:
        raise InvalidInput(wording.MALFORMED)
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput(wording.MALFORMED)
    return int(text)


def _agent(agent_id: int | None) -> int:
    assert agent_id is not None  # noqa: S101 (guard has found them on the roster)
    return agent_id


def and_shown(handler: Handler) -> Handler:
    """The act, and then the Home of whoever acted, whatever came of it."""

    @wraps(handler)
    def act(call: Call) -> Answer:
        agent = _agent(guard.looker(call).agent_id)
        try:
            return handler(call)
        finally:
            with suppress(SlackAway):  # the desk lane shows it later; what came of the act matters more
                homes.show(call.slack, kept_homes.open_home(agent, call.now), call.now)

    return act


def _next_step(call: Call) -> Content | None:
    """The next step of an order, with a form first where it needs one."""
    button = cards.button_to(str(Drawn.unpack(call.value).target))
    return {cards.SHIP: actions.ask_tracking, cards.SHELVE: actions.ask_shelf}.get(button, actions.advance)(call)


def _presence(call: Call) -> Content | None:
    """Goes off or on duty."""
    agent = _agent(guard.worker(call).agent_id)
    duty.set_presence(agent, ON_DUTY if call.value == home.BACK else AWAY)
    if call.value != home.BACK:
        handover.leave(agent, call.now)
    return None


claim = and_shown(actions.claim)
next_step = and_shown(_next_step)
presence = and_shown(_presence)
