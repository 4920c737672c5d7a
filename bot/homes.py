"""Showing Home tabs: at once to whoever acts there, and by the desk lane when something of theirs has changed."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot import home
from bot.blocks import problems_of_view
from bot.kit import Block
from bot.sending import pause_after
from bot.slack import Slack
from bot.slack_errors import TokenDead
from wapto.desk import homes, overview
from wapto.desk.homes import FRESH_FOR, PACE, Kept
from wapto.desk.orders.search import Row
from wapto.desk.overview import Overview
from wapto.desk.reports import today as report_today
from wapto.desk.surveys import report as survey_report
from wapto.errors import Conflict, InvalidInput, NotFound, WaptoError

_TRIES = 3
_LATER = timedelta(minutes=1)

log = structlog.get_logger()


def show(slack: Slack, kept: Kept, now: datetime) -> None:
    """Publishes the Home as it is wanted now, also if it is wanted otherwise by the time that Slack has it."""
    for _ in range(_TRIES):
        seen = overview.of(kept.agent_id, kept.wanted)
        view = _view(slack, seen, now)
        view_hash = _publish(slack, kept.slack, view, seen)
        if homes.shown(kept, seen.newest_event, _digest(view), view_hash, now):
            return
        kept = homes.of_agent(kept.agent_id)


class Homes:
    """Keeps the Homes that were opened lately fresh, one at a time."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime]) -> None:
        self._slack = slack
        self._clock = clock

    def work_on_one(self) -> bool:
        """Refreshes the Home that is behind for longest; False when none is. TokenDead ends all attempts."""
        kept = homes.claim(self._clock())
        if kept is None:
            return False
        try:
            self._refresh(kept)
        except Conflict:
            homes.put_off(kept, self._clock() + PACE)  # they did something there meanwhile
        except NotFound:
            homes.put_off(kept, self._clock() + FRESH_FOR)  # they left the roster, or Slack
        except WaptoError as fault:
            self._failed(kept, fault)
        except Exception:
            log.error("a Home could not be drawn", agent=kept.agent_id, exc_info=True)
            homes.put_off(kept, self._clock() + _LATER)
        return True

    def _refresh(self, kept: Kept) -> None:
        seen = overview.of(kept.agent_id, kept.wanted)
        view = _view(self._slack, seen, self._clock())
        digest, view_hash = _digest(view), kept.view_hash
        if digest != kept.digest:
            view_hash = _publish(self._slack, kept.slack, view, seen, view_hash)
        homes.shown(kept, seen.newest_event, digest, view_hash, self._clock())

    def _failed(self, kept: Kept, fault: WaptoError) -> None:
        homes.put_off(kept, self._clock() + (pause_after(fault) or _LATER))
        if isinstance(fault, TokenDead):
            raise fault
        log.warning("a Home is behind", agent=kept.agent_id, reason=str(fault))


def _view(slack: Slack, seen: Overview, now: datetime) -> Block:
    workspace = slack.workspace()

    def link(row: Row) -> str | None:
        return workspace.link(row.card_channel, row.card_ts) if row.card_channel and row.card_ts else None

    shop = seen.wanted.number
    return home.home(seen, link, report_today.of(shop, now), survey_report.glance(shop))


def _publish(slack: Slack, user: str, view: Block, seen: Overview, view_hash: str | None = None) -> str:
    """Slack's hash of what it shows now; plainly where our validator or Slack itself refuses it."""
    refused = [problem for problem in problems_of_view(view) if problem.slack_refuses]
    if not refused:
        try:
            return slack.publish(user, view, view_hash)
        except InvalidInput as refusal:
            log.error("Slack refuses a Home, which is shown plainly", reason=str(refusal))
    else:
        log.error("a Home breaks Slack's limits and is shown plainly", problem=str(refused[0].message))
    return slack.publish(user, home.plain(seen), view_hash)


def _digest(view: Block) -> str:
    return hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
