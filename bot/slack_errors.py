"""What Slack's failures ask of us: one table from its codes to Wapto's errors (reference §3.4, §4, §7.2)."""

import math
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from wapto.errors import Conflict, InvalidInput, Misconfigured, NotFound, OutcomeUnknown, TryLater, WaptoError


class SlackAway(TryLater):
    """Slack did nothing, for sure; try again later."""


class RateLimited(SlackAway):
    """Slack asks for a pause of `after` seconds; nothing happened."""


class TokenDead(Misconfigured):
    """Slack takes no calls of this app any more, whatever they are."""


_INVITE = "Wapto is not in its channel; type /invite @Wapto there."
_REINSTALL = "Slack does not take the bot token any more; reinstall the app and set SLACK_BOT_TOKEN anew."

_TABLE: dict[str, tuple[type[WaptoError], str]] = {
    # Not as drawn: it can be sent plainer.
    "invalid_blocks": (InvalidInput, "Slack refuses these blocks."),
    "invalid_blocks_format": (InvalidInput, "Slack refuses these blocks."),
    "block_mismatch": (InvalidInput, "Slack refuses these blocks."),
    "msg_blocks_too_long": (InvalidInput, "The message is too long for Slack."),
    "msg_too_long": (InvalidInput, "The message is too long for Slack."),
    "invalid_arguments": (InvalidInput, "Slack refuses these arguments."),
    "view_too_large": (InvalidInput, "The view is too large for Slack."),
    # Somebody was faster.
    "hash_conflict": (Conflict, "The view has changed meanwhile."),
    # Not there any more.
    "not_found": (NotFound, "It is closed by now."),
    "message_not_found": (NotFound, "The message is gone from Slack."),
    "thread_not_found": (NotFound, "The message that the thread belongs to is gone from Slack."),
    "file_not_found": (NotFound, "The file is gone from Slack."),
    "file_deleted": (NotFound, "The file is gone from Slack."),
    "cant_update_message": (NotFound, "The message is not this app's any more."),
    "edit_window_closed": (NotFound, "Slack lets nobody edit that message any more."),
    "user_not_found": (NotFound, "There is no such person in this Slack workspace."),
    "user_disabled": (NotFound, "This person's Slack account is deactivated."),
    "cannot_dm_bot": (NotFound, "A bot takes no direct messages."),
    "user_not_in_channel": (NotFound, "This person is not in the channel."),
    # An admin has to act.
    "not_in_channel": (Misconfigured, _INVITE),
    "channel_not_found": (
        Misconfigured,
        f"Slack shows Wapto no such channel: it is gone, or private. {_INVITE}",
    ),
    "is_archived": (Misconfigured, "The channel is archived; `wapto numbers set` names another one."),
    "is_inactive": (Misconfigured, "The channel is archived; `wapto numbers set` names another one."),
    "not_enabled": (Misconfigured, "The app has no Home tab; reinstall it from what `wapto manifest` prints."),
    "missing_scope": (Misconfigured, "The Slack app lacks a scope; reinstall it from what `wapto manifest` prints."),
    "invalid_auth": (TokenDead, _REINSTALL),
    "not_authed": (TokenDead, _REINSTALL),
    "token_revoked": (TokenDead, _REINSTALL),
    "token_expired": (TokenDead, _REINSTALL),
    "account_inactive": (TokenDead, _REINSTALL),
    # A trigger lives 3 s and opens one form.
    "expired_trigger_id": (SlackAway, "That took too long for Slack; click again."),
    "invalid_trigger_id": (SlackAway, "That took too long for Slack; click again."),
    "exchanged_trigger_id": (SlackAway, "That click has been used; click again."),
    # Slack itself says that some of it may have been done.
    "internal_error": (OutcomeUnknown, "Slack failed inside."),
    "fatal_error": (OutcomeUnknown, "Slack failed inside."),
    "request_timeout": (OutcomeUnknown, "Slack took too long."),
    "service_unavailable": (OutcomeUnknown, "Slack is not available."),
}

_FAILURES = (SlackClientError, OSError, HTTPException)
_MAX_PAUSE = 3600.0


@contextmanager
def asking(*, repeatable: bool) -> Iterator[None]:
    """Around one call: its failure as a WaptoError. What is `repeatable` has no unknown outcome, only a later one."""
    try:
        yield
    except _FAILURES as failure:
        error = translated(failure)
        if repeatable and isinstance(error, OutcomeUnknown):
            error = SlackAway(str(error))
        raise error from failure


def translated(failure: Exception) -> WaptoError:
    """What a failure of slack_sdk means for the caller."""
    if not isinstance(failure, SlackApiError):
        return _unanswered(failure)
    code = str(failure.response.get("error", ""))
    if failure.response.status_code == 429 or code == "ratelimited":
        return RateLimited("Slack asks for a pause.", _pause(failure.response.headers))
    if failure.response.status_code >= 500 or not re.fullmatch(r"[a-z0-9_]+", code):
        return OutcomeUnknown("Slack's answer made no sense.")
    kind, words = _TABLE.get(code, (Misconfigured, "Slack refuses it."))
    needed = f", needed: {failure.response['needed']}" if failure.response.get("needed") else ""
    return kind(f"{words} (Slack says: {code}{needed})")


def _unanswered(failure: Exception) -> WaptoError:
    """Without an answer it is certain only that nothing happened if no connection was made."""
    reason = failure.reason if isinstance(failure, URLError) else failure
    if isinstance(reason, ConnectionRefusedError | socket.gaierror):
        return SlackAway("Slack cannot be reached.")
    return OutcomeUnknown("Slack did not answer.")


def _pause(headers: dict[str, str]) -> float:
    """Seconds of Retry-After, within reason."""
    given = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    try:
        seconds = float(given)
    except ValueError:
        return 1.0
    return min(max(seconds, 1.0), _MAX_PAUSE) if math.isfinite(seconds) else 1.0
