"""The few calls that Wapto makes to Slack's Web API, each with its failures as Wapto's errors.

No call is repeated by the client: whether that is safe, only the caller knows (reference §0.4).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.slack_errors import SlackAway, asking
from wapto.errors import InvalidInput, NotFound

TIMEOUT_SECONDS = 5  # a slow channel must not keep the others waiting for long

_UPLOAD_SECONDS = 60
_PAGE, _PAGES = 200, 5
_CLOCKS_DIFFER = timedelta(minutes=10)  # ours from Slack's, or from itself once somebody sets it right

Block = dict[str, Any]


class Content(NamedTuple):
    """What a message shows, and the text that stands for it in notifications and to screen readers."""

    text: str
    blocks: list[Block] | None = None


class Tag(NamedTuple):
    """What a message is known by when its ts is not: metadata, seen by every app in the channel (reference §3.4)."""

    kind: str
    payload: dict[str, Any]

    @property
    def metadata(self) -> dict[str, Any]:
        """As Slack takes it."""
        return {"event_type": self.kind, "event_payload": self.payload}


@dataclass(frozen=True)
class Workspace:
    """Where the bot token belongs."""

    team: str
    enterprise: str | None
    url: str
    bot: str  # our own user id

    def link(self, channel: str, ts: str) -> str:
        """The address of a message, as chat.getPermalink would tell it."""
        return f"{self.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def _put(address: str, content: bytes) -> None:
    """Sends a file to where Slack wants it; SlackAway when it was not taken. As Slack's own client does it."""
    try:
        with urlopen(Request(address, data=content, method="POST"), timeout=_UPLOAD_SECONDS) as answer:  # noqa: S310
            if answer.status != 200:
                raise SlackAway(f"Slack refused a file with status {answer.status}.")
    except (OSError, HTTPException, ValueError) as fault:  # of the network or of HTTP; ValueError: it is no address
        raise SlackAway(f"Slack did not take a file ({type(fault).__name__}).") from fault


class Slack:
    """The Web API with one bot token; safe for threads. Every method may raise SlackAway and Misconfigured."""

    def __init__(self, token: str, api_url: str, *, timeout: int = TIMEOUT_SECONDS) -> None:
        self.token = token
        self.api_url = api_url
        self._client = WebClient(token=token, base_url=api_url, timeout=timeout, retry_handlers=[])
        self._workspace: Workspace | None = None

    def workspace(self) -> Workspace:
        """Asked once, when first needed, so that Wapto starts while Slack is away."""
        if self._workspace is None:
            with asking(repeatable=True):
                told = self._client.auth_test()
            self._workspace = Workspace(
                str(told["team_id"]), told.get("enterprise_id"), str(told["url"]), str(told["user_id"])
            )
        return self._workspace

    def scopes(self) -> frozenset[str]:
        """What the app may do, as the token tells."""
        with asking(repeatable=True):
            headers = self._client.auth_test().headers
        told = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
        return frozenset(filter(None, (scope.strip() for scope in told.split(","))))

    def look_into(self, channel: str) -> None:
        """Reads a channel. Misconfigured, saying why, when it is not there or Wapto is not in it."""
        with asking(repeatable=True):
            self._client.conversations_history(channel=channel, limit=1)

    def post(self, channel: str, content: Content, tag: Tag, *, thread: str | None = None) -> str:
        """A new message, under the one with the ts `thread` if given; its ts.

        OutcomeUnknown when it may have been posted, InvalidInput when refused as drawn.
        """
        with asking(repeatable=False):
            posted = self._client.chat_postMessage(
                channel=channel,
                text=content.text,
                blocks=content.blocks,
                metadata=tag.metadata,
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
            )
        return str(posted["ts"])

    def edit(self, channel: str, ts: str, content: Content) -> None:
        """Shows this instead. NotFound when the message is gone, InvalidInput when refused as drawn."""
        with asking(repeatable=True):
            self._client.chat_update(channel=channel, ts=ts, text=content.text, blocks=content.blocks)

    def delete(self, channel: str, ts: str) -> None:
        """Takes a message of ours away for good. NotFound when it is gone already."""
        with asking(repeatable=True):
            self._client.chat_delete(channel=channel, ts=ts)

    def upload(self, name: str, content: bytes) -> str:
        """Hands Slack a file that nobody sees yet; its id. Harmless to repeat."""
        with asking(repeatable=True):
            place = self._client.files_getUploadURLExternal(filename=name, length=len(content))
        _put(str(place["upload_url"]), content)
        return str(place["file_id"])

    def attach(self, channel: str, thread: str, file_id: str, title: str) -> None:
        """Puts an uploaded file into a thread. OutcomeUnknown when it may stand there."""
        with asking(repeatable=False):
            self._client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=channel, thread_ts=thread
            )

    def has_file(self, channel: str, thread: str, file_id: str, since: datetime, now: datetime) -> bool:
        """Whether this file stands in the thread."""
        files = (file for message in self._history(channel, since, now, thread) for file in message.get("files") or [])
        return any(file.get("id") == file_id for file in files)

    def delete_file(self, file_id: str) -> None:
        """Takes a file of ours away for good, wherever it is shown. NotFound when it is gone already."""
        with asking(repeatable=True):
            self._client.files_delete(file=file_id)

    def whisper(self, channel: str, user: str, text: str) -> None:
        """Shows one person of the channel something that nobody else sees and that is kept nowhere."""
        with asking(repeatable=True):
            self._client.chat_postEphemeral(channel=channel, user=user, text=text)

    def answer(self, response_url: str, content: Content) -> None:
        """Shows the person who clicked or typed something, beside the message and not in its place (reference §3.4)."""
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": content.text,
            "blocks": content.blocks,
        }
        with asking(repeatable=True):
            answer = WebhookClient(response_url, timeout=TIMEOUT_SECONDS, retry_handlers=[]).send_dict(body)
        if answer.status_code != 200:
            raise SlackAway(f"Slack refused an answer with status {answer.status_code}.")

    def direct(self, user: str) -> str:
        """The channel of the direct messages with somebody. NotFound when there can be none."""
        with asking(repeatable=True):
            return str(self._client.conversations_open(users=user)["channel"]["id"])

    def open_form(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Opens a modal in front of whoever clicked. SlackAway when the click is older than 3 s."""
        with asking(repeatable=True):
            self._client.views_open(trigger_id=trigger_id, view=view)

    def replace_form(self, view_id: str, view: dict[str, Any]) -> None:
        """Shows another modal in place of an open one. NotFound when it was closed meanwhile."""
        with asking(repeatable=True):
            self._client.views_update(view_id=view_id, view=view)

    def name_of(self, user: str) -> str:
        """What somebody is called in Slack. NotFound for whoever is gone, InvalidInput for an app."""
        told = self._person(user)
        if told.get("deleted"):
            raise NotFound("This person's Slack account is deactivated.")
        if told.get("is_bot"):
            raise InvalidInput("An app cannot work on orders; choose a person.")
        profile = told.get("profile") or {}
        return str(profile.get("display_name") or told.get("real_name") or told.get("name"))

    def has_left(self, user: str) -> bool:
        """Whether somebody's account is deactivated; False for whom Slack does not know, which says nothing of them."""
        try:
            return bool(self._person(user).get("deleted"))
        except NotFound:
            return False

    def is_away(self, user: str) -> bool:
        """Whether Slack shows somebody as away, which is no more than a hint: phones look away most of the time."""
        with asking(repeatable=True):
            return str(self._client.users_getPresence(user=user)["presence"]) == "away"

    def _person(self, user: str) -> dict[str, Any]:
        with asking(repeatable=True):
            return dict(self._client.users_info(user=user)["user"])

    def publish(self, user: str, view: dict[str, Any], view_hash: str | None = None) -> str:
        """Shows somebody this Home; Slack's hash of it. Conflict when a hash is given and no longer that of the last.

        InvalidInput when refused as drawn.
        """
        # An empty or made-up hash never fits (reference §4), so what is not known is left out.
        guard = {"hash": view_hash} if view_hash else {}
        with asking(repeatable=True):
            return str(self._client.views_publish(user_id=user, view=view, **guard)["view"]["hash"])

    def find(self, channel: str, tag: Tag, since: datetime, now: datetime, *, thread: str | None = None) -> str | None:
        """The ts of our message with this tag, looked for in a thousand messages of the channel, or of one thread."""
        for message in self._history(channel, since, now, thread):
            told = message.get("metadata") or {}
            if (told.get("event_type"), told.get("event_payload")) == tag:
                return str(message["ts"])
        return None

    def _history(self, channel: str, since: datetime, now: datetime, thread: str | None) -> Iterator[dict[str, Any]]:
        read = partial(self._client.conversations_replies, ts=thread) if thread else self._client.conversations_history
        # Without `latest` Slack would begin at the oldest message.
        oldest, latest = f"{(since - _CLOCKS_DIFFER).timestamp():.6f}", f"{(now + _CLOCKS_DIFFER).timestamp():.6f}"
        cursor: str | None = None
        for _ in range(_PAGES):
            with asking(repeatable=True):
                page = read(
                    channel=channel,
                    include_all_metadata=True,
                    limit=_PAGE,
                    oldest=oldest,
                    latest=latest,
                    cursor=cursor,
                )
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
