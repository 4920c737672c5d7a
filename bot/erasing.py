"""Taking what is not to be kept out of Slack: Wapto's own messages about a person, and files that customers sent."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import structlog

from bot.slack import Slack
from bot.slack_errors import RateLimited, SlackAway
from wapto.desk import retention
from wapto.desk.customers.forgetting import File, Post
from wapto.errors import NotFound, WaptoError

_TRIES = 3

log = structlog.get_logger()


class Left(NamedTuple):
    """What Slack would not delete, and why."""

    what: Post | File
    reason: str


def erase(slack: Slack, found: Iterable[Post | File], sleep: Callable[[float], None] = time.sleep) -> list[Left]:
    """Deletes each, as fast as Slack allows; what is gone already is no matter."""
    return [Left(what, reason) for what in found if (reason := _refusal(slack, what, sleep))]


def _refusal(slack: Slack, what: Post | File, sleep: Callable[[float], None]) -> str | None:
    reason = None
    for _ in range(_TRIES):
        try:
            _delete(slack, what)
        except NotFound:
            return None
        except RateLimited as pause:
            reason = str(pause)
            sleep(pause.after)
        except WaptoError as fault:
            return str(fault)
        else:
            return None
    return reason


def _delete(slack: Slack, what: Post | File) -> None:
    if isinstance(what, File):
        slack.delete_file(what.id)
    else:
        slack.delete(what.channel, what.ts)


def remove_old_files(slack: Slack, times: retention.Times, now: datetime) -> None:
    """Deletes files that were kept long enough; while Slack is away or asks for a pause they wait for the next time."""
    for file in retention.old_files(times, now):
        try:
            if file.file_id is not None:
                slack.delete_file(file.file_id)
        except NotFound:
            pass  # somebody was faster
        except SlackAway as fault:
            log.warning("old files wait", reason=str(fault))
            return
        except WaptoError as fault:
            log.warning("Slack keeps an old file", file=file.file_id, reason=str(fault))
            continue
        retention.file_gone(file)
