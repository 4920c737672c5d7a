"""The menu of a card: each choice says in its value which it is."""

from bot import actions, addresses, replies, work
from bot.calls import Call
from bot.cards import ADDRESS, ASSIGN, REPLY, WORK, Drawn
from bot.slack import Content
from wapto.desk.orders.timeline import Subject


def choose(call: Call) -> Content | None:
    """Does what was chosen."""
    drawn = Drawn.unpack(call.value)
    if drawn.target == REPLY:
        return replies.ask(call, Subject(drawn.order))
    if drawn.target == ASSIGN:
        return work.ask_agent(call, drawn.order)
    if drawn.target == WORK:
        return work.open_hub(call, drawn.order)
    if drawn.target == ADDRESS:
        return addresses.ask(call, drawn.order)
    return actions.ask_status(call)
