"""Files that customers sent: fetched from Meta, checked, and put into the thread where their message stands, once."""

import mimetypes
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot import kit
from bot.sending import DEAD_PAUSE, LOOK_AFTER
from bot.slack import Slack
from bot.slack_errors import RateLimited, TokenDead
from wapto.desk.board import DUE, POSTING
from wapto.desk.conversations import media
from wapto.desk.conversations.media import DueFile
from wapto.errors import OutcomeUnknown, TryLater, WaptoError
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError, Remedy
from wapto.meta.files import Damaged, Gone, TooLarge, fetch

MAX_BYTES = 50_000_000  # it is held in memory, and WhatsApp's documents may have twice as much

_WAITING = (Remedy.CONFIGURE, Remedy.TOKEN_DEAD, Remedy.SLOW_NUMBER, Remedy.RETRY)
_NO_SUCH_OBJECT = 100  # also with the subcode that elsewhere stands for a number that is not there
_ADMIN_PAUSE = timedelta(minutes=5)
_ENOUGH = 2  # attempts with a fresh address each
_NAME = 120

log = structlog.get_logger()


class Attachments:
    """Shows the files that are due, one at a time; the drain of the slow lane."""

    def __init__(self, slack: Slack, graph: GraphClient, clock: Callable[[], datetime]) -> None:
        self._slack = slack
        self._graph = graph
        self._clock = clock

    def work_on_one(self) -> bool:
        """Shows the file that is due for longest; False when none is."""
        due = media.claim(self._clock())
        if due is None:
            return False
        try:
            self._show(due)
        except TryLater:
            raise  # the store is away: nothing else is let through
        except Exception:
            log.error("a customer's file could not be shown", media=due.id, exc_info=True)
            media.failed(due, due.state, "Wapto failed on it; the log of the worker says why.", self._clock())
        return True

    def _show(self, due: DueFile) -> None:
        """A file that may stand in the thread is looked for; one that Slack has is not fetched again."""
        try:
            if due.state == POSTING and due.file_id:
                if self._slack.has_file(due.channel, due.thread, due.file_id, due.created_at, self._clock()):
                    media.posted(due)
                    return
                file_id = due.file_id
            else:
                content = fetch(self._graph.of(due.waba), due.media_id, due.sha256, MAX_BYTES)
                file_id = self._slack.upload(_name(due), content)
        except WaptoError as fault:
            self._failed(due, due.state, fault)
            return
        if media.begin(due, file_id, self._clock()):
            self._attach(due, file_id)

    def _attach(self, due: DueFile, file_id: str) -> None:
        try:
            self._slack.attach(due.channel, due.thread, file_id, _name(due))
        except OutcomeUnknown as fault:
            log.warning("a file may have been put into a thread", media=due.id, reason=str(fault))
            media.put_off(due, POSTING, self._clock() + LOOK_AFTER)
        except WaptoError as fault:
            self._failed(due, DUE, fault)
        else:
            media.posted(due)

    def _failed(self, due: DueFile, known: str, fault: WaptoError) -> None:
        """It is not in the thread, for sure; `known` is the state that it was left in."""
        now = self._clock()
        log.warning("a customer's file is late", media=due.id, reason=str(fault))
        if (why := _final(fault, due.attempts)) is not None:
            media.give_up(due, why, str(fault), now)
        elif (pause := _pause(fault)) is not None:
            media.put_off(due, known, now + pause)
        else:
            media.failed(due, known, str(fault), now)


def _final(fault: WaptoError, attempts: int) -> str | None:
    """Why trying again does not help, if it does not."""
    if isinstance(fault, TooLarge):
        return media.TOO_LARGE
    if isinstance(fault, GraphError) and (fault.code == _NO_SUCH_OBJECT or fault.remedy not in _WAITING):
        return media.GONE
    if attempts < _ENOUGH:
        return None
    return media.GONE if isinstance(fault, Gone) else media.DAMAGED if isinstance(fault, Damaged) else None


def _pause(fault: WaptoError) -> timedelta | None:
    """How long to wait where waiting is all it takes."""
    if isinstance(fault, GraphError):
        return _ADMIN_PAUSE
    if isinstance(fault, TokenDead):
        return DEAD_PAUSE
    return timedelta(seconds=fault.after) if isinstance(fault, RateLimited) else None


def _name(due: DueFile) -> str:
    """What the file is called in Slack: as the customer called it, else by its kind."""
    if due.name:
        return kit.foreign(due.name, _NAME)
    ending = mimetypes.guess_extension(due.mime_type.partition(";")[0].strip()) or ""
    return f"{due.kind}{ending}"
