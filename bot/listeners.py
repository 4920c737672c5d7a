"""Everything that Wapto listens to in Slack, in one place; the manifest and the app are both made of it."""

from bot import (
    actions,
    addresses,
    cards,
    commands,
    home,
    home_actions,
    inquiries,
    inquiry_cards,
    listings,
    menu,
    modals,
    overheard,
    replies,
    roster,
    thread_lines,
    work,
    work_forms,
)
from bot.calls import Listener

LISTENERS = (
    Listener("command", commands.COMMAND, commands.run),
    Listener("action", cards.CLAIM, actions.claim),
    Listener("action", cards.ADVANCE, actions.advance),
    Listener("action", cards.SHIP, actions.ask_tracking),
    Listener("action", cards.CANCEL, actions.ask_reason),
    Listener("action", cards.MORE, menu.choose),
    Listener("action", cards.CONFIRM_NUMBER, actions.confirm_number),
    Listener("action", cards.TELL_AGAIN, actions.ask_why_again),
    Listener("action", cards.BY_PHONE, actions.told_by_phone),
    Listener("action", cards.ARRIVED, actions.it_arrived),
    Listener("view", modals.TELL_AGAIN, actions.tell_again),
    *[Listener("action", name, actions.settle_cart) for name in cards.SECOND_CART.values()],
    Listener("action", listings.MORE, listings.more),
    Listener("event", "app_home_opened", home_actions.opened),
    Listener("action", home.SET, home_actions.choose),
    Listener("action", home.CLAIM, home_actions.claim),
    Listener("action", home.NEXT, home_actions.next_step),
    Listener("action", home.PRESENCE, home_actions.presence),
    Listener("event", "message", overheard.heard),
    Listener("action", home.ADD_PERSON, roster.ask),
    Listener("view", roster.FORM, roster.add),
    Listener("event", "user_change", roster.changed),
    Listener("action", work_forms.HUB, work.choose),
    Listener("view", work_forms.ASSIGN, work.assign),
    Listener("view", work_forms.ITEMS, work.edit_items),
    Listener("view", work_forms.FEES, work.adjust),
    Listener("view", work_forms.FACTS, work.set_facts),
    Listener("view", work_forms.NOTE, work.add_note),
    Listener("view", modals.SHIP, actions.ship),
    Listener("view", modals.MOVE, actions.move),
    Listener("action", inquiry_cards.REPLY, inquiries.reply),
    Listener("action", inquiry_cards.ORDER, inquiries.ask_items),
    Listener("action", inquiry_cards.CLOSE, inquiries.close),
    Listener("view", inquiry_cards.FORM, inquiries.create_order),
    Listener("action", thread_lines.USE_ADDRESS, addresses.use),
    Listener("view", replies.FORM, replies.send),
    Listener("shortcut", replies.SHORTCUT, replies.offer),
)


def names(kind: str) -> list[str]:
    """The ids of one kind of listener."""
    return [listener.name for listener in LISTENERS if listener.kind == kind]
