"""Cards: each shows its order as it is now, whatever happened in between.

A post whose outcome is not known is never repeated blindly: it stays `posting` and is looked for in Slack first.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot import cards
from bot.sending import LOOK_AFTER, PACE, pause_after, plainly_if_need_be
from bot.slack import Slack, Tag
from bot.slack_errors import TokenDead
from wapto.desk import board
from wapto.desk.board import ABSENT, POSTED, POSTING, DueCard
from wapto.desk.orders import views
from wapto.desk.watch import channel_trouble
from wapto.domain.identity import order_number
from wapto.errors import Misconfigured, NotFound, OutcomeUnknown, WaptoError
from wapto.store.database import transaction

log = structlog.get_logger()


class Mirror:
    """Posts the cards that are missing and edits those that are behind, one at a time."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime]) -> None:
        self._slack = slack
        self._clock = clock
        self._edits_from = clock()  # Slack limits edits for the whole workspace
        self._steps = {ABSENT: self._post, POSTING: self._adopt_or_post, POSTED: self._edit}

    def work_on_one(self) -> bool:
        """Brings the card that is due for longest up to date; False when none is due. TokenDead ends all attempts."""
        due = board.claim_card(self._clock())
        if due is None:
            return False
        try:
            self._steps[due.state](due)
        except WaptoError as fault:
            self._failed(due, due.state, fault)
        except Exception:
            # One order that cannot be drawn must not keep the others waiting.
            log.error("a card could not be drawn", order=order_number(due.order_id), exc_info=True)
            known = POSTED if due.state == POSTED else POSTING  # the worst of what may have happened
            board.card_failed(due, known, "Wapto failed on it; the log of the worker says why.", self._clock())
        return True

    def _edit(self, due: DueCard) -> None:
        if self._clock() < self._edits_from:
            board.card_put_off(due, POSTED, self._edits_from)
            return
        view = views.of_order(due.order_id)
        full, plain = cards.card(view), cards.plain(view)
        plainly_if_need_be(full, plain, lambda content: self._slack.edit(due.channel, str(due.ts), content))
        board.card_edited(due.order_id, view.seq, self._clock())
        self._shown_again(due)

    def _adopt_or_post(self, due: DueCard) -> None:
        """A post that was begun, but not confirmed."""
        ts = self._slack.find(due.channel, _tag(due.order_id), due.created_at, self._clock())
        if ts is None:
            self._post(due)
        else:
            # What it shows is not known: at 0 it is behind, and is edited next.
            board.card_posted(due.order_id, due.channel, ts, 0, self._clock())

    def _post(self, due: DueCard) -> None:
        now = self._clock()
        turn = board.take_turn(due.channel, PACE, now)
        if turn > now:
            board.card_put_off(due, due.state, turn)
            return
        view = views.of_order(due.order_id)
        full, plain, tag = cards.card(view), cards.plain(view), _tag(due.order_id)
        if not board.begin_card(due, now):
            return
        try:
            ts = plainly_if_need_be(full, plain, lambda content: self._slack.post(due.channel, content, tag))
        except OutcomeUnknown as fault:
            log.warning("a card may have been posted", order=view.number, reason=str(fault))
            board.card_put_off(due, POSTING, self._clock() + LOOK_AFTER)
        except WaptoError as fault:
            self._failed(due, ABSENT, fault)
        else:
            board.card_posted(due.order_id, due.channel, ts, view.seq, self._clock())
            self._shown_again(due)

    def _failed(self, due: DueCard, known: str, fault: WaptoError) -> None:
        """Slack did not do it, for sure; `known` is the state that the card was left in."""
        now = self._clock()
        pause = pause_after(fault)
        if pause is not None:
            if isinstance(fault, TokenDead):
                board.card_put_off(due, known, now + pause)
                raise fault
            self._rest(due, known, now + pause)
            return
        log.warning("a card is behind", order=order_number(due.order_id), channel=due.channel, reason=str(fault))
        gone = known == POSTED and isinstance(fault, NotFound)
        board.card_failed(due, ABSENT if gone else known, str(fault), now)
        if isinstance(fault, Misconfigured):
            with transaction() as tx:
                channel_trouble.tell(tx, due.number_id, due.channel, str(fault), due.attempts + 1, now)

    def _shown_again(self, due: DueCard) -> None:
        if due.attempts:
            with transaction() as tx:
                channel_trouble.is_over(tx, due.number_id, due.channel, self._clock())

    def _rest(self, due: DueCard, known: str, until: datetime) -> None:
        if known == POSTED:
            self._edits_from = until
        else:
            board.close_channel(due.channel, until)
        board.card_put_off(due, known, until)


def _tag(order_id: int) -> Tag:
    return Tag("wapto_order", {"order": order_number(order_id)})
