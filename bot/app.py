"""Slack's door: signed requests become calls of handlers, acknowledged before they are worked on.

Acknowledging waits for nothing: it happens in the web server's thread, and the work goes to threads of its own.
"""

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Request, Response, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from bot import carried, modals, wording
from bot.blocks import escape
from bot.calls import Answer, Call, Choices, Form, Handler, Listener
from bot.listeners import LISTENERS
from bot.manifest import PATH
from bot.modals import BadField
from bot.slack import TIMEOUT_SECONDS, Content, Slack, Tag
from wapto.config import Settings
from wapto.desk import board
from wapto.errors import Conflict, TryLater, WaptoError
from wapto.store.database import reached

# Fifty clicks a second, each 0.2 s long (two short transactions, at most one call of Slack), keep ten threads busy;
# the rest is for a slow minute. On PostgreSQL each is a connection.
WORKERS = 16
# How long a submitted form waits for its outcome, so that it can show it: Slack gives up after 3 s (reference §5).
PATIENCE_SECONDS = 2.0

Clock = Callable[[], datetime]
Outcome = Answer | WaptoError
log = structlog.get_logger()


def mount(flask_app: Flask, settings: Settings, clock: Clock) -> None:
    """Answers POST /slack/events. Calls nobody, so that Wapto starts while Slack is away."""
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    app = build(slack, clock, ThreadPoolExecutor(WORKERS, thread_name_prefix="slack"))
    route(flask_app, app, settings.slack_signing_secret)


def build(slack: Slack, clock: Clock, workers: Executor) -> App:
    """Bolt's app with all listeners; the same one serves HTTP and Socket Mode."""
    app = App(
        client=WebClient(base_url=slack.api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[]),
        # With a function of ours Bolt asks Slack nothing, and stays out of OAuth whatever the environment says (§1.6).
        authorize=partial(_authorize, slack.token),
        # Listeners run in the request's thread: they only acknowledge and hand over, so there is no race (§1.3).
        process_before_response=True,
        listener_executor=workers,
        # `route` has verified the request before anything of it was parsed, or written to a log as Bolt does (§1.4).
        request_verification_enabled=False,
        logger=_quiet(),
    )
    front = Front(slack, clock, workers)
    for listener in LISTENERS:
        _register(app, listener, front)
    return app


def route(flask_app: Flask, app: App, signing_secret: str) -> None:
    """Lets the Flask app answer Slack: 401 for what is not signed, 400 for what is signed but cannot be read."""
    handler, verifier = SlackRequestHandler(app), SignatureVerifier(signing_secret)

    @flask_app.post(PATH, endpoint="slack_events")
    def events() -> Response:
        if not _is_signed(verifier, request):
            return Response("bad signature", 401, mimetype="text/plain")
        try:
            return handler.handle(request)
        except (ValueError, TypeError, AttributeError, RecursionError):  # from Bolt, which looks for an object in it
            return Response("not a JSON object", 400, mimetype="text/plain")


def _is_signed(verifier: SignatureVerifier, incoming: Request) -> bool:
    try:
        return verifier.is_valid_request(incoming.get_data(), dict(incoming.headers))
    except (ValueError, TypeError, OverflowError):
        return False  # a time that is no number or beyond all, a signature or a body that is no text


def _authorize(token: str, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Every signed request is for the one installation; who may do what, `guard` asks later."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)


def _quiet() -> logging.Logger:
    """Bolt warns of how it is built here, and prints code to copy; only its errors are wanted."""
    logger = logging.getLogger("wapto.slack_bolt")
    logger.setLevel(logging.ERROR)
    return logger


def _register(app: App, listener: Listener, front: "Front") -> None:
    register = getattr(app, listener.kind)
    run = {"view": front.submitted, "options": front.asked, "event": front.heard}.get(listener.kind, front.clicked)
    goes_on = listener.kind in ("action", "options")
    register(re.compile(rf"^{listener.name}(:\w+)*$") if goes_on else listener.name)(run(listener.handler))


class Front:
    """Acknowledges, lets a handler work, and tells the person who acted, and nobody else, what came of it."""

    def __init__(self, slack: Slack, clock: Clock, workers: Executor) -> None:
        self._slack = slack
        self._clock = clock
        self._workers = workers
        # Each form that waits keeps a thread of the web server, which Meta's webhooks need too.
        self._waiting = threading.BoundedSemaphore(WORKERS)

    def clicked(self, handler: Handler) -> Callable[..., None]:
        """A listener for clicks and commands."""

        def listen(ack: Callable[..., Any], body: dict[str, Any]) -> None:
            ack()
            self._workers.submit(self._answer, handler, self._call(body))

        return listen

    def heard(self, handler: Handler) -> Callable[..., None]:
        """A listener for events: what the store is not there for is not acknowledged, so that Slack sends it again."""

        def listen(ack: Callable[..., Any], body: dict[str, Any]) -> None:
            work = self._workers.submit(_outcome, handler, self._call(body))
            with suppress(TimeoutError):
                outcome = self._awaited(work)
                if isinstance(outcome, TryLater):
                    raise outcome
            ack()

        return listen

    def submitted(self, handler: Handler) -> Callable[..., None]:
        """A listener for forms: closes it, marks the field to mend, or shows in its place why nothing was changed."""

        def listen(ack: Callable[..., Any], body: dict[str, Any]) -> None:
            call = self._call(body)
            work = self._workers.submit(_outcome, handler, call)
            try:
                ack(**_follow_up(call, self._awaited(work)))
            except TimeoutError:
                ack()
                work.add_done_callback(partial(self._tell_later, call))

        return listen

    def asked(self, handler: Handler) -> Callable[..., None]:
        """A listener for menus that ask what to offer: nothing, where that takes too long or is not for them to see."""

        def listen(ack: Callable[..., Any], body: dict[str, Any]) -> None:
            work = self._workers.submit(_outcome, handler, self._call(body))
            try:
                outcome = self._awaited(work)
            except TimeoutError:
                outcome = None
            ack(options=outcome.options if isinstance(outcome, Choices) else [])

        return listen

    def _awaited(self, work: "Future[Outcome]") -> Outcome:
        """What came of it; TimeoutError if that takes too long, or if too many forms wait already."""
        if not self._waiting.acquire(blocking=False):
            raise TimeoutError
        try:
            return work.result(PATIENCE_SECONDS)
        finally:
            self._waiting.release()

    def _call(self, body: dict[str, Any]) -> Call:
        return Call(body, self._clock(), self._slack)

    def _answer(self, handler: Handler, call: Call) -> None:
        outcome = _outcome(handler, call)
        if isinstance(outcome, WaptoError) and call.in_view:
            form = modals.refusal(wording.NAME, str(outcome))
            self._tell(lambda: self._show_form(call, form))
            return
        if isinstance(outcome, Form):
            self._tell(partial(self._show_form, call, outcome.view))
            return
        content = Content(escape(str(outcome))) if isinstance(outcome, WaptoError) else outcome
        if isinstance(content, Content) and call.response_url:
            self._tell(lambda: self._slack.answer(str(call.response_url), content))

    def _show_form(self, call: Call, form: dict[str, Any]) -> None:
        """In front of the Home, or in place of the form that was clicked in."""
        if call.in_home:
            self._slack.open_form(call.trigger_id, form)
        else:
            self._slack.replace_form(str(call.view["id"]), form)

    def _tell_later(self, call: Call, work: "Future[Outcome]") -> None:
        """The form is closed by now, so what it would have shown is said where it was opened from."""
        outcome = work.result()
        channel = carried.read(call.view["private_metadata"], carried.Origin).channel
        words = outcome.late if isinstance(outcome, Form) else str(outcome) if isinstance(outcome, WaptoError) else ""
        if words:
            self._tell(lambda: self._say(channel, call.user, Content(escape(words))))

    def _say(self, channel: str, user: str, content: Content) -> None:
        """Where they can see it: beside the message that they clicked, or from the Home in a direct message."""
        if channel:
            self._slack.whisper(channel, user, content.text)
        else:
            self._slack.post(self._slack.direct(user), content, Tag("wapto_answer", {}))

    def _tell(self, send: Callable[[], None]) -> None:
        try:
            send()
        except WaptoError as fault:
            log.warning("an answer did not reach the person in Slack", reason=str(fault))


def _outcome(handler: Handler, call: Call) -> Outcome:
    """What the handler answers, or in one sentence why it did not do it; never raises."""
    try:
        with reached():
            return handler(call)
    except Conflict as fault:
        _freshen(call)
        return fault
    except WaptoError as fault:
        return fault
    except Exception:
        fault_id = uuid4().hex[:8]
        log.error("a handler failed", handler=handler.__name__, fault=fault_id, exc_info=True)
        return WaptoError(wording.BROKEN.format(id=fault_id))


def _freshen(call: Call) -> None:
    """Whoever was late acted on a card that shows them something old, perhaps since Slack lost its newest edit."""
    if call.order is not None:
        with suppress(TryLater):
            board.redraw(call.order)


def _follow_up(call: Call, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, BadField):
        return {"response_action": "errors", "errors": {outcome.block: str(outcome)}}
    if isinstance(outcome, Form):
        return {"response_action": "update", "view": outcome.view}
    if isinstance(outcome, WaptoError):
        title = call.view["title"]["text"]
        return {"response_action": "update", "view": modals.refusal(title, str(outcome))}
    return {}
