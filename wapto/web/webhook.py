"""Meta's webhook: the handshake, and the road from the wire to the inbox. Nothing is understood here, only kept."""

from collections.abc import Callable
from datetime import datetime

import structlog
from flask import Flask, Response, abort, request
from prometheus_client import Counter, Histogram
from werkzeug.exceptions import RequestEntityTooLarge

from wapto.config import Settings
from wapto.desk.intake.inbox import store_raw
from wapto.errors import TryLater
from wapto.meta.webhook import is_json, verify_handshake, verify_signature
from wapto.web.unsigned import Unsigned

PATH = "/webhooks/whatsapp"
_SIGNATURE = "X-Hub-Signature-256"
MAX_BODY_BYTES = 4 * 1024 * 1024  # Meta sends up to 3 MB (reference §1.4)
RECEIVED = Counter("wapto_webhooks", "Webhooks by what became of them.", ["outcome"])
SECONDS = Histogram("wapto_webhook_seconds", "How long the answer to a webhook took, from its first byte on.")

# Meta takes 200 as "never send it again" and repeats after anything else (reference §1.4).
ANSWERS = {
    "stored": (200, "ok"),
    "not_json": (400, "The body is not UTF-8 JSON."),
    "unsigned": (401, "The signature is missing or wrong."),
    "too_large": (413, "The body is larger than 4 MiB."),
    "not_stored": (503, "It could not be stored; send it again."),
}

log = structlog.get_logger()


def mount(app: Flask, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Adds the handshake and the webhook to the app."""
    # Each is counted from zero, so that the first of a kind shows as a rise.
    received = {outcome: RECEIVED.labels(outcome) for outcome in ANSWERS}

    unsigned = Unsigned()

    @app.get(PATH)
    def handshake() -> Response:
        challenge = verify_handshake(request.args, settings.meta_verify_token)
        if challenge is None:
            abort(403)
        return Response(challenge, mimetype="text/plain")

    @app.post(PATH)
    def receive() -> Response:
        with SECONDS.time():
            outcome = _take_in(settings.meta_app_secret, clock)
        if outcome == "unsigned" and _SIGNATURE in request.headers:  # without any, it is not Meta who calls
            unsigned.note(clock())
        received[outcome].inc()
        status, words = ANSWERS[outcome]
        return Response(f"{words}\n", status, mimetype="text/plain")


def _take_in(secrets: tuple[str, ...], clock: Callable[[], datetime]) -> str:
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return "too_large"
    if len(body) > MAX_BODY_BYTES:
        return "too_large"
    if not verify_signature(body, request.headers.get(_SIGNATURE), secrets):
        return "unsigned"
    if not is_json(body):
        return "not_json"
    return _keep(body, clock())


def _keep(body: bytes, now: datetime) -> str:
    try:
        store_raw(body, now)
    except TryLater as fault:
        log.error("webhook not stored", reason=str(fault))
        return "not_stored"
    except Exception:  # whatever it was, Meta has to send it again
        log.error("webhook not stored", exc_info=True)
        return "not_stored"
    return "stored"
