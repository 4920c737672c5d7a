"""Asking a customer how it was, from the hub of a delivered order; the form also tells what came of it so far."""

from bot import guard, kit, modals, survey_words, wording, work_forms
from bot.calls import Call
from bot.kit import Block
from bot.modals import Ticket
from bot.slack import Content
from wapto.desk.orders.views import OrderView
from wapto.desk.surveys import report as survey_report
from wapto.desk.surveys import surveys
from wapto.desk.surveys.report import Row


def form(view: OrderView, channel: str) -> Block:
    """What is known of the survey; while nobody was asked it is sent with a button that asks."""
    return drawn(view, survey_report.of_order(view.id), channel)


def drawn(view: OrderView, row: Row | None, channel: str) -> Block:
    """The same, pure."""
    title = wording.WORK[work_forms.SURVEY]
    blocks = [modals.about(view), kit.section(survey_words.told(row))]
    if row is None or row.asked_at is None:
        blocks.append(kit.context(survey_words.ASK_NOW))
        return modals.form(work_forms.SURVEY, title, blocks, Ticket(view.id, view.version, channel))
    comment = [kit.quote(kit.foreign(row.comment, survey_words.COMMENT))] if row.comment else []
    return {
        "type": "modal",
        "title": kit.plain(title),
        "close": kit.plain(wording.CLOSE),
        "blocks": [*blocks, *comment],
    }


def ask(call: Call) -> Content | None:
    """The form was sent: the customer is asked at once."""
    actor = guard.worker(call)
    surveys.ask(modals.ticket(call.view).order, actor=actor, now=call.now)
    return None
