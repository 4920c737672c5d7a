"""Words to the admins: in their channel, or in a direct message to each while there is none; and to one person."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot import approval_cards, handover, kit
from bot.blocks import escape
from bot.sending import LOOK_AFTER, PACE, pause_after
from bot.slack import Content, Slack, Tag
from bot.slack_errors import TokenDead
from wapto.desk import board
from wapto.desk.approvals import approvals
from wapto.desk.approvals.approvals import Open
from wapto.desk.assignment.handover import DIGEST
from wapto.desk.board import DUE, POSTING
from wapto.desk.watch import admins
from wapto.desk.watch.admins import DueWord
from wapto.domain.text import cut
from wapto.errors import NotFound, OutcomeUnknown, WaptoError

log = structlog.get_logger()

_MOST = 2_900


class AdminAlerts:
    """Tells what the admins are owed, one sentence at a time, each at most once to everybody."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime], channel: str | None) -> None:
        self._slack = slack
        self._clock = clock
        self._channel = channel

    def work_on_one(self) -> bool:
        """Tells what is due for longest; False when nothing is. TokenDead ends all attempts."""
        due = admins.claim(self._clock())
        if due is None:
            return False
        try:
            self._tell(due)
        except OutcomeUnknown as fault:
            log.warning("the admins may have been told", alert=due.id, reason=str(fault))
            admins.put_off(due, POSTING, self._clock() + LOOK_AFTER)
        except WaptoError as fault:
            self._failed(due, fault)
        return True

    def _tell(self, due: DueWord) -> None:
        content = self._content(due)
        channels = self._channels(due)
        if content is None or (due.slack and not channels):
            admins.drop(due, "There is nothing to tell, or nobody to hear it, any more.")
            return
        if not channels:
            log.warning("nobody can be told", words=due.words)
            admins.failed(due, DUE, "There is neither an admin channel nor an admin who can be reached.", self._clock())
            return
        said = [self._say(due, channel, content) for channel in channels]
        if turns := [turn for turn, _ in said if turn]:
            admins.put_off(due, POSTING, max(turns))
        else:
            admins.posted(due, channels[-1], str(said[-1][1]))

    def _content(self, due: DueWord) -> Content | None:
        """What is said; None where there is nothing left to say."""
        if due.about == DIGEST:
            content = handover.lasting(self._slack, due.agent_id or 0)
            return content if content.blocks else None
        asked = approvals.open_one(due.approval_id) if due.approval_id else None
        return _asking(due.words, asked) if asked else _content(due.words)

    def _channels(self, due: DueWord) -> list[str]:
        if due.slack:
            return self._direct([due.slack])
        return [self._channel] if self._channel else self._direct(admins.people())

    def _direct(self, people: list[str]) -> list[str]:
        """Their direct messages; one who has left Slack does not keep the others from hearing."""
        channels = []
        for person in people:
            try:
                channels.append(self._slack.direct(person))
            except NotFound as fault:
                log.warning("somebody cannot be reached", agent=person, reason=str(fault))
        return channels

    def _say(self, due: DueWord, channel: str, content: Content) -> tuple[datetime | None, str | None]:
        """When to try again, if it is not the channel's turn yet; else the ts under which it stands there."""
        now = self._clock()
        if due.state == POSTING and (ts := self._slack.find(channel, _tag(due), due.created_at, now)):
            return None, ts
        turn = board.take_turn(channel, PACE, now)
        if turn > now:
            return turn, None
        return None, self._slack.post(channel, content, _tag(due))

    def _failed(self, due: DueWord, fault: WaptoError) -> None:
        now = self._clock()
        pause = pause_after(fault)
        if pause is not None:
            admins.put_off(due, POSTING, now + pause)
            if isinstance(fault, TokenDead):
                raise fault
            return
        log.warning("the admins are told late", alert=due.id, reason=str(fault))
        admins.failed(due, POSTING, str(fault), now)


def _content(words: str) -> Content:
    """What follows the first line is a list; a single line needs no blocks."""
    lines = [kit.foreign(line, _MOST) for line in cut(words, _MOST).splitlines()]
    blocks = [kit.paragraph(*[[kit.words(line)] for line in lines])] if len(lines) > 1 else None
    return Content(escape("\n".join(lines)), blocks)


def _asking(words: str, asked: Open) -> Content:
    """With the buttons by which a second person answers."""
    line = kit.foreign(words, _MOST)
    return Content(escape(line), [kit.paragraph([kit.words(line)]), approval_cards.buttons(asked)])


def _tag(due: DueWord) -> Tag:
    return Tag("wapto_admin", {"alert": due.id, "at": due.created_at.isoformat()})
