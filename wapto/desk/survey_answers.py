"""What customers answer to a survey: a tap, a number, a word; late, corrected, with a comment or without.

Only what surely answers a survey is taken for an answer: a tap, a reply to its message, or a score while nothing else
has been written to the customer since. Everything else is for the team, as ever.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from wapto.desk import recoveries, replies, survey_words, timeline
from wapto.desk.assignment import WAPTO
from wapto.desk.drafts import text_content
from wapto.desk.replies import Words
from wapto.desk.surveys import ANSWERED
from wapto.desk.timeline import CUSTOMER
from wapto.domain.delivery import FAILED, HELD, SKIPPED
from wapto.domain.survey import MESSAGES, SCALES, THANKED
from wapto.domain.text import clean, cut
from wapto.errors import Refused
from wapto.meta.payloads import InboundMessage
from wapto.store.database import transaction
from wapto.store.models import Customer, Message, Number, Order, Survey

SCORED = "survey_score"  # the kind of its entry in the timeline
MAX_COMMENT = 4_096

_TAP = re.compile(r"wapto:survey:(\d{1,18}):(\d{1,2})", re.ASCII)
_ANSWERED_BY = ("text", "button", "interactive")
_LATE = timedelta(days=30)  # so long a score is understood without a reply to the very message
_COMMENTS_FOR = timedelta(days=1)  # after the score
_ASKS = re.compile(r"[?؟？]")  # who asks something wants an answer, from people


@dataclass(frozen=True)
class Answer:
    """What a message says to the survey of an order; None where it says nothing of that."""

    survey: Survey
    score: int | None
    comment: str | None

    @property
    def order(self) -> Order:
        """The order that the customer was asked about."""
        order: Order = self.survey.order
        return order


def understood(number: Number, customer: Customer, message: InboundMessage) -> Answer | None:
    """The answer that this message is, if it is one."""
    if message.type not in _ANSWERED_BY or message.group_id:
        return None
    theirs = (Survey.customer == customer) & (Survey.number == number) & Survey.asked_at.is_null(False)
    payload = message.reply.payload if message.reply else ""
    tap = _TAP.fullmatch(payload)
    if tap:
        survey = Survey.get_or_none(theirs, Survey.id == int(tap[1]))
        return Answer(survey, int(tap[2]), None) if survey and int(tap[2]) in SCALES[survey.kind].scores else None
    if payload.startswith("wapto:"):  # a button of ours that is about something else
        return None
    newest: Survey | None = Survey.select().where(theirs).order_by(Survey.asked_at.desc()).first()
    return _in_words(newest, number, customer, message) if newest else None


def _in_words(newest: Survey, number: Number, customer: Customer, message: InboundMessage) -> Answer | None:
    quoted = _quoted(customer, message.context_id)
    last = quoted or _last_written(number, customer)
    if last is None or last.trigger not in MESSAGES:
        return None
    survey = Survey.get_or_none(Survey.order == last.order_id, Survey.customer == customer)
    at = message.timestamp
    if survey is None or not (quoted or (survey.id == newest.id and _is_within(at, survey.asked_at, _LATE))):
        return None
    said = message.reply.title if message.reply else message.text
    found = survey_words.understood(said, survey.kind)
    if found:
        return Answer(survey, found.score, _comment(found.comment))
    is_comment = quoted or (last.trigger == THANKED and _is_within(at, survey.answered_at, _COMMENTS_FOR))
    if is_comment and message.type == "text" and survey.comment is None and not _ASKS.search(said):
        return Answer(survey, None, _comment(said)) if _comment(said) else None
    return None


def _is_within(at: datetime | None, since: datetime | None, length: timedelta) -> bool:
    return since is not None and (at is None or at <= since + length)


def _comment(words: str) -> str | None:
    return cut(clean(words).strip(), MAX_COMMENT) or None


def _quoted(customer: Customer, wamid: str | None) -> Message | None:
    """Our message that this one is a reply to."""
    found: Message | None = Message.get_or_none(Message.wamid == wamid, Message.customer == customer) if wamid else None
    return found


def _last_written(number: Number, customer: Customer) -> Message | None:
    """What the customer was written last: the thing that a bare answer is about."""
    theirs = (Message.customer == customer) & (Message.number == number)
    query = Message.select().where(theirs, Message.state.not_in((HELD, SKIPPED, FAILED)))
    last: Message | None = query.order_by(Message.id.desc()).first()
    return last


def take(answer: Answer, now: datetime) -> None:
    """Keeps the answer, thanks for it, and calls for help where the score is low. In the caller's transaction."""
    survey = answer.survey
    if answer.comment and survey.comment is None:
        Survey.update(comment=answer.comment).where(Survey.id == survey.id).execute()
    if answer.score is None or answer.score == survey.score:
        return
    Survey.update(score=answer.score, answered_at=survey.answered_at or now, state=ANSWERED).where(
        Survey.id == survey.id
    ).execute()
    before = None if survey.score is None else str(survey.score)
    timeline.record(
        survey.order_id, SCORED, CUSTOMER, now, before=before, after=f"{answer.score}/{SCALES[survey.kind].highest}"
    )
    is_low = answer.score <= SCALES[survey.kind].low
    _thank(answer, "sorry" if is_low else "comment", now)
    if is_low:
        recoveries.open_for(Survey.get_by_id(survey.id), now)


def _thank(answer: Answer, ask_comment: str, now: datetime) -> None:
    """Once, however often the score is corrected; not where the window has closed meanwhile."""
    words = survey_words.of(answer.order)
    text = str(words["thanks" if answer.comment or answer.survey.comment else ask_comment])
    with suppress(Refused), transaction() as tx:
        said = Words(text, text_content(text))
        replies.send(tx, answer.order, said, THANKED, actor=WAPTO, now=now, key=THANKED)
