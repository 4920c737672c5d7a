"""Closing a recovery from Slack: the button asks what came of it, the form calls the verb."""

from bot import guard, modals, recovery_cards
from bot.calls import Call
from bot.slack import Content
from wapto.desk.orders import views
from wapto.desk.surveys import recoveries


def ask(call: Call) -> Content | None:
    """Close recovery: asks for the outcome."""
    guard.worker(call)
    view = views.of_order(recovery_cards.Recovered.unpack(call.value).order)
    call.slack.open_form(call.trigger_id, recovery_cards.form_for(view, call.channel))
    return None


def close(call: Call) -> Content | None:
    """The form of Close recovery was sent."""
    actor = guard.worker(call)
    outcome = str(modals.entered(call.view, recovery_cards.OUTCOME) or "")
    words = modals.entered(call.view, recovery_cards.WORDS) or ""
    recoveries.close(modals.ticket(call.view).order, outcome, words, actor=actor, now=call.now)
    return None
