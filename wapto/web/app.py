"""The Flask application without Slack: Meta's webhook, the customers' page, and what operators look at."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from wapto.config import Settings
from wapto.web import ops, tracking, webhook

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(settings: Settings, clock: Callable[[], datetime]) -> Flask:
    """The app over the store that `wapto.store.database.connect` pointed at. Connects to nothing by itself."""
    app = Flask("wapto", static_folder=None)
    # Werkzeug cuts a chunked body off at the limit without a word: the byte beyond it tells.
    app.config["MAX_CONTENT_LENGTH"] = webhook.MAX_BODY_BYTES + 1
    webhook.mount(app, settings, clock)
    ops.mount(app, settings, clock)
    tracking.mount(app, settings, clock)
    app.after_request(_with_headers)
    app.register_error_handler(HTTPException, _in_few_words)
    return app


def _with_headers(response: Response) -> Response:
    headers = response.headers
    missing = [(name, value) for name, value in _HEADERS.items() if name not in headers]
    headers.extend(missing)
    return response


def _in_few_words(error: HTTPException) -> AnyResponse:
    """Also of an unforeseen exception, which Flask has logged by then."""
    response = error.get_response()
    response.data = f"{error.name}\n"
    response.mimetype = "text/plain"
    return response
