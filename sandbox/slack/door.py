"""From Slack to the app: signed requests, and a strict look at its answers (reference §1.4, §1.5, §8.2-30 to 32)."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

if TYPE_CHECKING:  # WebSockets are installed for the tests alone
    from sandbox.slack.sockets import Sockets

PATIENCE_SECONDS = 3.0
RETRY_SECONDS = (0.0, 60.0, 300.0)
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


class BadAnswer(AssertionError):
    """The app answered so that Slack would tell the person that it failed."""


@dataclass(frozen=True)
class Answer:
    """What the app said, after how many seconds; `fault` is Slack's word for why it does not count."""

    status: int
    body: str
    seconds: float
    fault: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether the body claims to be JSON."""
        return self.headers.get("Content-Type", "").startswith(_JSON)


class Door:
    """Sends to the app as Slack does; what the app does wrong is kept in `complaints` and raised as BadAnswer."""

    def __init__(self, signing_secret: str) -> None:
        self.signing_secret = signing_secret
        self.app_url = ""
        self.complaints: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.patience = PATIENCE_SECONDS
        self.retry_seconds: tuple[float, ...] = RETRY_SECONDS
        self.sockets: Sockets | None = None  # in use once the app is to be reached by Socket Mode
        self._closed = threading.Event()

    def interaction(self, payload: dict[str, Any]) -> Answer:
        """A click, a submitted modal, a request for options: a form with JSON in `payload`."""
        answer = (
            self._over("interactive", payload)
            if self.sockets
            else self._send(urlencode({"payload": json.dumps(payload)}), _FORM)
        )
        return self._counted(answer, str(payload["type"]))

    def command(self, fields: dict[str, str]) -> Answer:
        """A slash command: a form."""
        answer = self._over("slash_commands", fields) if self.sockets else self._send(urlencode(fields), _FORM)
        return self._counted(answer, fields["command"])

    def event(self, envelope: dict[str, Any]) -> Answer:
        """JSON of an event; what is not taken comes again at once and after 1 and 5 minutes.

        Sending one of `events` once more is what Slack does after an outage: same event_id, fresh signature.
        """
        self.events.append(envelope)
        body = json.dumps(envelope)
        answer = self._over("events_api", envelope) if self.sockets else self._send(body, _JSON)
        if answer.fault and not self.sockets:
            threading.Thread(target=self._retry, args=(body, answer), daemon=True).start()
        return self._counted(answer, str(envelope["type"]))

    def verify(self, challenge: str = "3eZbrw1aB10FEMAGAZd4FyFQ") -> bool:
        """Whether the app echoes a challenge, as it must before Slack accepts its address (§1.4)."""
        asked = {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        answer = self._send(json.dumps(asked), _JSON)
        return not answer.fault and challenge in answer.body

    def close(self) -> None:
        """Send no retries any more."""
        self._closed.set()

    def complain(self, act: str, what: str) -> BadAnswer:
        """Keep a complaint; the caller raises what comes back."""
        self.complaints.append(f"{act}: {what}")
        return BadAnswer(self.complaints[-1])

    def _counted(self, answer: Answer, act: str) -> Answer:
        if answer.fault:
            raise self.complain(act, f"{answer.fault} after {answer.seconds:.2f} s, status {answer.status}")
        return answer

    def _retry(self, body: str, answer: Answer) -> None:
        for number, delay in enumerate(self.retry_seconds, 1):
            if not answer.fault or answer.headers.get("X-Slack-No-Retry") == "1" or self._closed.wait(delay):
                return
            told = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": answer.fault}
            answer = self._send(body, _JSON, told)

    def _over(self, kind: str, payload: Mapping[str, Any]) -> Answer:
        """The same over Socket Mode; what is not taken comes once more, over whichever connection there is (§1.10)."""
        assert self.sockets is not None
        began = time.monotonic()
        for retry in ({"retry_attempt": 0, "retry_reason": ""}, {"retry_attempt": 1, "retry_reason": "timeout"}):
            ack = self.sockets.send(kind, dict(payload), self.patience, **retry)
            if ack is not None:
                body = json.dumps(ack["payload"]) if ack.get("payload") else ""
                return Answer(200, body, time.monotonic() - began, None, {"Content-Type": _JSON})
        return Answer(0, "", time.monotonic() - began, "not_acknowledged")

    def _send(self, body: str, content_type: str, more: Mapping[str, str] | None = None) -> Answer:
        # Signed with the real time, whatever the sandbox's clock says: the app compares it with its own.
        headers = {"Content-Type": content_type, **self._signature(body, str(int(time.time()))), **(more or {})}
        began = time.monotonic()
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands between a stand-in and 127.0.0.1
                got = session.post(self.app_url, data=body.encode(), headers=headers, timeout=self.patience)
        except requests.RequestException as error:
            fault = "http_timeout" if isinstance(error, requests.ReadTimeout) else "connection_failed"
            return Answer(0, "", time.monotonic() - began, fault)
        seconds = time.monotonic() - began
        return Answer(got.status_code, got.text, seconds, self._fault(got.ok, seconds), got.headers)

    def _fault(self, ok: bool, seconds: float) -> str | None:
        if seconds > self.patience:
            return "http_timeout"
        return None if ok else "http_error"

    def _signature(self, body: str, timestamp: str) -> dict[str, str]:
        """§1.4: HMAC-SHA256 over v0, the time and the raw body."""
        digest = hmac.new(self.signing_secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}
