"""Alerts: direct messages to agents about orders that became theirs, and whose customers were not told."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot import alert_cards, lateness, recovery_cards, wishes, wording
from bot.sending import LOOK_AFTER, PACE, pause_after, plainly_if_need_be
from bot.slack import Content, Slack, Tag
from bot.slack_errors import TokenDead
from wapto.desk import board
from wapto.desk.assignment import late
from wapto.desk.board import DROPPED, DUE, POSTING, DueAlert
from wapto.desk.orders import views
from wapto.desk.orders.views import OrderView, Told
from wapto.desk.surveys import recoveries
from wapto.errors import NotFound, OutcomeUnknown, WaptoError

log = structlog.get_logger()


class Alerts:
    """Sends the alerts whose cards exist, one at a time, each at most once."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime]) -> None:
        self._slack = slack
        self._clock = clock
        self._channels: dict[str, str] = {}  # of direct messages, by user; Slack never changes them

    def work_on_one(self) -> bool:
        """Sends the alert that is due for longest; False when none is due. TokenDead ends all attempts."""
        due = board.claim_alert(self._clock())
        if due is None:
            return False
        try:
            self._tell(due)
        except WaptoError as fault:
            self._failed(due, due.state, fault)
        except Exception:
            log.error("an alert could not be drawn", alert=due.id, exc_info=True)
            board.alert_failed(due, POSTING, "Wapto failed on it; the log of the worker says why.", self._clock())
        return True

    def _tell(self, due: DueAlert) -> None:
        view = views.of_order(due.order_id)
        told = views.told(due.message_id) if due.message_id else None
        over = _over(due, view, told)
        if over:
            board.alert_failed(due, DROPPED, over, self._clock())
            return
        channel = self._channel(due.slack)
        sent = self._slack.find(channel, _tag(due), due.created_at, self._clock()) if due.state == POSTING else None
        if sent:
            board.alert_posted(due, channel, sent, self._clock())
        else:
            self._post(due, channel, view, told)

    def _channel(self, user: str) -> str:
        if user not in self._channels:
            self._channels[user] = self._slack.direct(user)
        return self._channels[user]

    def _post(self, due: DueAlert, channel: str, view: OrderView, told: Told | None) -> None:
        link = self._slack.workspace().link(due.card_channel, due.card_ts)
        now = self._clock()
        turn = board.take_turn(channel, PACE, now)
        if turn > now:
            board.alert_put_off(due, due.state, turn)
            return
        full, plain = self._joined(due, view) if due.joined else _drawn(due, view, told, link)
        try:
            ts = plainly_if_need_be(full, plain, lambda content: self._slack.post(channel, content, _tag(due)))
        except OutcomeUnknown as fault:
            log.warning("an alert may have been sent", alert=due.id, reason=str(fault))
            board.alert_put_off(due, POSTING, self._clock() + LOOK_AFTER)
        except WaptoError as fault:
            self._failed(due, DUE, fault)
        else:
            board.alert_posted(due, channel, ts, self._clock())

    def _joined(self, due: DueAlert, view: OrderView) -> tuple[Content, Content]:
        """Several orders in one message; what has settled itself meanwhile is left out."""
        others = [views.of_order(order_id) for order_id in due.joined]
        those = [view, *(each for each in others if not _over(due, each, None))]
        content = alert_cards.several(those, due.trouble, self._slack.workspace().link)
        return content, Content(content.text)

    def _failed(self, due: DueAlert, known: str, fault: WaptoError) -> None:
        """Slack did not do it, for sure; `known` is the state that the alert was left in."""
        now = self._clock()
        pause = pause_after(fault)
        if pause is not None:
            board.alert_put_off(due, known, now + pause)
            if isinstance(fault, TokenDead):
                raise fault
            return
        log.warning("an alert is late", alert=due.id, reason=str(fault))
        board.alert_failed(due, DROPPED if isinstance(fault, NotFound) else known, str(fault), now)


def _over(due: DueAlert, view: OrderView, told: Told | None) -> str | None:
    """Why there is nothing to tell any more."""
    if due.trouble != late.TEAM and (view.agent is None or view.agent.slack != due.slack):
        return "The order went to somebody else meanwhile."
    if due.trouble in (late.OWN, late.TEAM) and not _is_late(view):
        return "The order is not late any more."
    if due.trouble == late.TEAM and view.assigned_at and view.assigned_at > due.created_at:
        return "Somebody took the order meanwhile."
    if told and told.state != due.trouble:
        return "The notice has moved on meanwhile."
    return None


def _is_late(view: OrderView) -> bool:
    return view.promised is not None and view.promised.state == "late"


def _drawn(due: DueAlert, view: OrderView, told: Told | None, link: str) -> tuple[Content, Content]:
    """With and without blocks."""
    if told:
        return alert_cards.not_told(view, told, link), alert_cards.plain_not_told(view, told, link)
    if due.trouble in (late.OWN, late.TEAM):
        return (lateness.alert(view, link),) * 2
    if due.trouble == recoveries.OPENED:
        return (recovery_cards.alert(view, link),) * 2
    if due.trouble in wording.WISHES:
        return (wishes.alert(view, due.trouble, link),) * 2
    return alert_cards.yours(view, link), alert_cards.plain_yours(view, link)


def _tag(due: DueAlert) -> Tag:
    return Tag("wapto_alert", {"alert": due.id})
