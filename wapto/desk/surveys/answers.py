"""What customers answer to a survey: a tap, a number, a word; late, corrected, with a comment or without.

Only what surely answers a survey is taken for an answer: a tap, a reply to its message, or a score while nothing else
has been written to the customer since. Everything else is for the team, as ever.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.conversations import replies
from wapto.desk.conversations.asking import asks_where
from wapto.desk.conversations.replies import Json, Words
from wapto.desk.notices.drafts import text_content
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import CUSTOMER
from wapto.desk.surveys import recoveries
from wapto.desk.surveys import words as survey_words
from wapto.desk.surveys.surveys import ANSWERED
from wapto.domain.delivery import FAILED, HELD, SKIPPED
from wapto.domain.survey import ASKED as QUESTION
from wapto.domain.survey import MESSAGES, NPS, SCALES, THANKED
from wapto.domain.text import clean, cut
from wapto.errors import Refused
from wapto.meta.payloads import InboundMessage
from wapto.store.database import transaction
from wapto.store.models import Customer, Message, Number, Order, Survey

SCORED = "survey_score"  # the kind of its entry in the timeline
MAX_COMMENT = 4_096

_TAP = re.compile(rf"wapto:survey:(\d{{1,18}}):(\d{{1,2}}|{survey_words.EITHER})", re.ASCII)
_SAID = {QUESTION: "which", THANKED: THANKED}  # the keys of what is said once
_ANSWERED_BY = ("text", "button", "interactive")
_LATE = timedelta(days=30)  # so long a score is understood without a reply to the very message
_COMMENTS_FOR = timedelta(days=1)  # after the score
_MORE_FOR = timedelta(hours=1)  # so long what is written next goes on with it: people send their sentences one by one
_ASKS = re.compile(r"[?؟？]")  # who asks something wants an answer, from people


@dataclass(frozen=True)
class Answer:
    """What a message says to the survey of an order; None where it says nothing of that.

    `is_either`: it is `score` or one less, and which of the two is still to be asked.
    """

    survey: Survey
    score: int | None
    comment: str | None
    is_either: bool = False

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
        return _tapped(survey, tap[2]) if survey else None
    if payload.startswith("wapto:"):  # a button of ours that is about something else
        return None
    newest: Survey | None = Survey.select().where(theirs).order_by(Survey.asked_at.desc()).first()
    return _in_words(newest, number, customer, message) if newest else None


def _tapped(survey: Survey, choice: str) -> Answer | None:
    if choice == survey_words.EITHER:
        return Answer(survey, 1, None, is_either=True) if survey.kind == NPS else None
    return Answer(survey, int(choice), None) if int(choice) in SCALES[survey.kind].scores else None


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
    time = _MORE_FOR if survey.comment else _COMMENTS_FOR
    is_comment = quoted or (last.trigger == THANKED and _is_within(at, survey.answered_at, time))
    if is_comment and message.type == "text" and not _ASKS.search(said) and not asks_where(said):
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
    _keep_comment(answer)
    if answer.score is None:
        return
    # One less was said before, and is what the first of the two buttons means as well.
    if answer.score != answer.survey.score and not (answer.is_either and answer.survey.score == answer.score - 1):
        _keep_score(answer, answer.score, now)
    if answer.is_either:
        _say(answer, QUESTION, *survey_words.which(answer.order, answer.survey.id), now)
    else:
        _thank(answer, now)
    if _is_low(answer):
        recoveries.open_for(Survey.get_by_id(answer.survey.id), now)


def _keep_comment(answer: Answer) -> None:
    said = "\n".join(filter(None, (answer.survey.comment, answer.comment)))
    if answer.comment:
        Survey.update(comment=cut(said, MAX_COMMENT)).where(Survey.id == answer.survey.id).execute()


def _keep_score(answer: Answer, score: int, now: datetime) -> None:
    survey = answer.survey
    kept = Survey.update(score=score, answered_at=survey.answered_at or now, state=ANSWERED)
    kept.where(Survey.id == survey.id).execute()
    before = None if survey.score is None else str(survey.score)
    after = f"{score}/{SCALES[survey.kind].highest}"
    timeline.record(survey.order_id, SCORED, CUSTOMER, now, before=before, after=after)


def _is_low(answer: Answer) -> bool:
    return answer.score is not None and answer.score <= SCALES[answer.survey.kind].low


def _thank(answer: Answer, now: datetime) -> None:
    words = survey_words.of(answer.order)
    kind = "thanks" if answer.comment or answer.survey.comment else "sorry" if _is_low(answer) else "comment"
    text = str(words[kind])
    _say(answer, THANKED, text, text_content(text), now)


def _say(answer: Answer, what: str, text: str, content: Json, now: datetime) -> None:
    """Once, however often the score is corrected; not where the window has closed meanwhile."""
    with suppress(Refused), transaction() as tx:
        replies.send(tx, answer.order, Words(text, content), what, actor=WAPTO, now=now, key=_SAID[what])
