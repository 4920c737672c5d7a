"""Taking Wapto's own messages about a person out of Slack."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from bot.slack import Slack
from bot.slack_errors import RateLimited
from wapto.desk.forgetting import Post
from wapto.errors import NotFound, WaptoError

_TRIES = 3


class Left(NamedTuple):
    """A message that Slack would not delete, and why."""

    post: Post
    reason: str


def erase(slack: Slack, posts: Iterable[Post], sleep: Callable[[float], None] = time.sleep) -> list[Left]:
    """Deletes each, as fast as Slack allows; what is gone already is no matter."""
    return [Left(post, reason) for post in posts if (reason := _refusal(slack, post, sleep))]


def _refusal(slack: Slack, post: Post, sleep: Callable[[float], None]) -> str | None:
    reason = None
    for _ in range(_TRIES):
        try:
            slack.delete(post.channel, post.ts)
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
