"""Late orders in Slack: the direct message about one, and the form that puts it off."""

from datetime import timedelta

from bot import cards, guard, kit, late_cards, modals, wording, work_forms
from bot.calls import Call
from bot.kit import Block
from bot.modals import BadField, Ticket
from bot.slack import Content
from wapto.desk.assignment import late
from wapto.desk.orders.views import OrderView
from wapto.domain import promises
from wapto.errors import InvalidInput

TIME, REASON = "time", "reason"

_TIMES = {"1h": "1 hour", "4h": "4 hours", "1d": "1 day", "3d": "3 days", "7d": "7 days"}


def alert(view: OrderView, link: str) -> Content:
    """To somebody who can do something about a late order."""
    head = f"*{kit.link_to(link, view.number)}* is late"
    return Content(
        f"Late: {cards.summary(view)}",
        [kit.section(head), *late_cards.line(view.promised), kit.context(cards.summary(view))],
    )


def form(view: OrderView, channel: str) -> Block:
    """Asks for how long, and why."""
    menu = {"type": "static_select", "options": [kit.option(words, value) for value, words in _TIMES.items()]}
    why = {"type": "plain_text_input", "max_length": late.MAX_REASON}
    blocks = [
        modals.about(view),
        modals.field(TIME, "Due in", menu, optional=False),
        modals.field(REASON, "Why it takes longer", why, optional=False),
    ]
    title, remembered = wording.WORK[work_forms.SNOOZE], Ticket(view.id, view.version, channel)
    return modals.form(work_forms.SNOOZE, title, blocks, remembered)


def snooze(call: Call) -> Content | None:
    """The form was sent."""
    actor = guard.worker(call)
    order, reason = modals.ticket(call.view).order, modals.entered(call.view, REASON) or ""
    late.snooze(order, _length(call), reason, actor=actor, now=call.now)
    return None


def _length(call: Call) -> timedelta:
    try:
        return promises.duration(str(modals.entered(call.view, TIME)))
    except InvalidInput as fault:
        raise BadField(TIME, str(fault)) from None
