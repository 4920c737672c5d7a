"""The threads under cards: what happens to an order is told there, each thing once, in order.

A post whose outcome is not known is never repeated blindly: it stays `posting` and is looked for in its thread first.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot import inquiry_cards, item_lists, thread_lines
from bot.sending import LOOK_AFTER, PACE, pause_after, plainly_if_need_be
from bot.slack import Content, Slack, Tag
from bot.slack_errors import TokenDead
from wapto.desk import board
from wapto.desk.board import DUE, POSTED, POSTING
from wapto.desk.conversations import inquiries, lines, threads
from wapto.desk.conversations.threads import STALE, DuePost
from wapto.desk.orders import views
from wapto.errors import Misconfigured, NotFound, OutcomeUnknown, WaptoError

log = structlog.get_logger()


class Threads:
    """Gathers what is new into posts and makes them, one at a time."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime]) -> None:
        self._slack = slack
        self._clock = clock
        self._steps = {DUE: self._post, POSTING: self._adopt_or_post, STALE: self._edit}

    def work_on_one(self) -> bool:
        """Gathers, and makes the post that is due for longest; False when all is told. TokenDead ends all attempts."""
        gathered = threads.gather(self._clock())
        due = threads.claim(self._clock())
        if due is None:
            return gathered
        try:
            self._steps[due.state](due)
        except WaptoError as fault:
            self._failed(due, due.state, fault)
        except Exception:
            # One post that cannot be drawn must not keep the others waiting.
            log.error("a post in a thread could not be drawn", post=due.id, exc_info=True)
            known = STALE if due.state == STALE else POSTING  # the worst of what may have happened
            threads.failed(due, known, "Wapto failed on it; the log of the worker says why.", self._clock())
        return True

    def _adopt_or_post(self, due: DuePost) -> None:
        """A post that was begun, but not confirmed."""
        ts = self._slack.find(due.channel, _tag(due), due.created_at, self._clock(), thread=due.thread)
        if ts is None:
            self._post(due)
        else:
            threads.posted(due, ts, self._clock())

    def _post(self, due: DuePost) -> None:
        now = self._clock()
        turn = board.take_turn(due.channel, PACE, now)
        if turn > now:
            threads.put_off(due, due.state, turn)
            return
        full, plain = _drawn(due)
        if not threads.begin(due, now):
            return
        try:
            ts = plainly_if_need_be(
                full, plain, lambda content: self._slack.post(due.channel, content, _tag(due), thread=due.thread)
            )
        except OutcomeUnknown as fault:
            log.warning("a post in a thread may have been made", post=due.id, reason=str(fault))
            threads.put_off(due, POSTING, self._clock() + LOOK_AFTER)
        except WaptoError as fault:
            self._failed(due, DUE, fault)
        else:
            threads.posted(due, ts, self._clock())

    def _edit(self, due: DuePost) -> None:
        full, plain = _drawn(due)
        plainly_if_need_be(full, plain, lambda content: self._slack.edit(due.channel, str(due.ts), content))
        threads.posted(due, str(due.ts), self._clock())

    def _failed(self, due: DuePost, known: str, fault: WaptoError) -> None:
        """Slack did not do it, for sure; `known` is the state that the post was left in."""
        now = self._clock()
        pause = pause_after(fault)
        if pause is not None:
            threads.put_off(due, known, now + pause)
            if isinstance(fault, TokenDead):
                raise fault
            if known != STALE:
                board.close_channel(due.channel, now + pause)
            return
        log.warning("a thread is behind", post=due.id, channel=due.channel, reason=str(fault))
        if isinstance(fault, NotFound) or (isinstance(fault, Misconfigured) and threads.has_moved(due)):
            self._gone(due, known, now)
        else:
            threads.failed(due, known, str(fault), now)

    def _gone(self, due: DuePost, known: str, now: datetime) -> None:
        """Without its card a post has no place; an edited one that somebody deleted is left as it is."""
        if known == STALE and not due.is_card:
            threads.put_off(due, POSTED, now)
        else:
            threads.card_gone(due, now)


def _drawn(due: DuePost) -> tuple[Content, Content]:
    if due.is_card:
        view = inquiries.view_of(int(due.subject.inquiry or 0))
        return inquiry_cards.card(view), inquiry_cards.plain(view)
    if due.part:
        order = views.of_order(int(due.subject.order or 0))
        return item_lists.draw(order, due.part), item_lists.plain(order, due.part)
    told = lines.between(due.subject, due.first_seq, due.last_seq)
    return thread_lines.draw(told, due.customer, due.subject.order), thread_lines.plain(told, due.customer)


def _tag(due: DuePost) -> Tag:
    return Tag("wapto_thread", {"post": due.id, "at": due.created_at.isoformat()})
