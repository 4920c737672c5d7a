"""Everything that Wapto listens to in Slack, in one place; the manifest and the app are both made of it."""

from bot import actions, cards, commands, modals
from bot.calls import Listener

LISTENERS = (
    Listener("command", commands.COMMAND, commands.run),
    Listener("action", cards.CLAIM, actions.claim),
    Listener("action", cards.ADVANCE, actions.advance),
    Listener("action", cards.SHIP, actions.ask_tracking),
    Listener("action", cards.CANCEL, actions.ask_reason),
    Listener("action", cards.MORE, actions.ask_status),
    *[Listener("action", name, actions.settle_cart) for name in cards.SECOND_CART.values()],
    Listener("view", modals.SHIP, actions.ship),
    Listener("view", modals.MOVE, actions.move),
)


def names(kind: str) -> list[str]:
    """The ids of one kind of listener."""
    return [listener.name for listener in LISTENERS if listener.kind == kind]
