"""How the desk lane sends: at which pace, how long it waits, and plainly where Slack does not take it as drawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.blocks import problems_of_message
from bot.slack import Content
from bot.slack_errors import RateLimited, SlackAway, TokenDead
from wapto.errors import InvalidInput, TryLater, WaptoError

PACE = timedelta(seconds=1.1)  # between two posts in a channel: Slack takes about one a second (reference §4)
LOOK_AFTER = timedelta(seconds=15)  # what got no answer in 5 s has arrived by then, or never will
DEAD_PAUSE = timedelta(seconds=20)  # shorter than what `health` takes a sign of life for

Sent = TypeVar("Sent")
log = structlog.get_logger()


def pause_after(fault: WaptoError) -> timedelta | None:
    """How long to wait after this failure, where waiting is all it takes; None where Slack refused.

    Raises the failure again when it is the store that is away, which is no news about Slack.
    """
    if isinstance(fault, TryLater) and not isinstance(fault, SlackAway):
        raise fault
    if isinstance(fault, TokenDead):
        return DEAD_PAUSE
    return timedelta(seconds=fault.after) if isinstance(fault, RateLimited) else None


def plainly_if_need_be(full: Content, plain: Content, send: Callable[[Content], Sent]) -> Sent:
    """Sends `full`; where our validator or Slack itself refuses it, `plain` once, and a line in the log (§7.2, 46)."""
    if broken := _problems(full):
        log.error("a message breaks Slack's limits and is sent without blocks", problems=broken)
        return send(plain)
    try:
        return send(full)
    except InvalidInput as refusal:
        log.error("Slack refuses a message, which is sent again without blocks", reason=str(refusal))
        return send(plain)


def _problems(content: Content) -> list[str]:
    payload = {"text": content.text, "blocks": content.blocks or []}
    found = problems_of_message(payload) if content.blocks else []
    return [f"{problem.pointer}: {problem.message}" for problem in found if problem.slack_refuses][:5]
