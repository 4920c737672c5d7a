"""The desk lane: brings Slack up to what the store knows, card by card, and tells agents of orders that are theirs."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.admin_alerts import AdminAlerts
from bot.alerts import Alerts
from bot.homes import Homes
from bot.mirror import Mirror
from bot.sending import DEAD_PAUSE
from bot.slack import Slack
from bot.slack_errors import TokenDead
from bot.threads import Threads
from wapto.desk import board
from wapto.desk.conversations import threads
from wapto.desk.watch import admins, health

_ROUNDS, _ROUNDS_TIME = 20, timedelta(seconds=3)
_SOON = timedelta(seconds=1.5)
_NAP_SECONDS = 0.25

log = structlog.get_logger()


class Desk:
    """Cards, threads, alerts and words to the admins in turn. For one thread; other processes may have their own."""

    def __init__(
        self,
        slack: Slack,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        *,
        admin_channel: str | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._mirror = Mirror(slack, clock)
        self._alerts = Alerts(slack, clock)
        self._threads = Threads(slack, clock)
        self._admins = AdminAlerts(slack, clock, admin_channel)
        self._homes = Homes(slack, clock)
        self._closed_until = clock()
        self._is_closed = False

    def drain(self) -> bool:
        """Works for a few seconds at most; True when there is more to do, at once or in a moment."""
        if self._clock() < self._closed_until:
            return False
        try:
            worked = self._rounds()
        except TokenDead as fault:
            self._close(str(fault))
            return False
        if worked and self._is_closed:
            self._open()
        return worked or self._napped()

    def _rounds(self) -> bool:
        """Whether there was anything to do. A new card is followed by its alert, so that the assignee hears at once."""
        end = self._clock() + _ROUNDS_TIME
        workers = (self._mirror, self._alerts, self._threads, self._admins, self._homes)
        for done in range(_ROUNDS):
            worked = sum(worker.work_on_one() for worker in workers)  # all of them, each round
            if not worked or self._clock() >= end:
                return worked > 0 or done > 0
        return True

    def _napped(self) -> bool:
        """Waits a little for what falls due in a moment, else a queue would move at the pace of the lane's looks."""
        due = min((due for due in (board.next_due(), threads.next_due(), admins.next_due()) if due), default=None)
        left = due - self._clock() if due else _SOON
        if left >= _SOON:
            return False
        self._sleep(min(max(left.total_seconds(), 0.01), _NAP_SECONDS))
        return True

    def _close(self, problem: str) -> None:
        """No call will be taken before an admin acts; everything stays queued."""
        log.error("Slack is closed to Wapto", reason=problem)
        self._closed_until = self._clock() + DEAD_PAUSE
        self._is_closed = True
        health.beat([health.SLACK], self._clock(), problem)

    def _open(self) -> None:
        self._is_closed = False
        health.beat([health.SLACK], self._clock())
