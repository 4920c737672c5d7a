"""GET /t/<token>: the customer's tracking page. No script, no cookie, nothing of third parties."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from flask import Blueprint, Flask, Response, make_response, render_template, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from markupsafe import Markup

from wapto.config import Settings
from wapto.desk.orders.tracking import open_page, sign_with
from wapto.domain.identity import locale_of
from wapto.errors import NotFound, TryLater
from wapto.web.sheet import all_words, language_for, written

PATH = "/t/<path:token>"  # a token with a slash in it is as wrong as any other
PER_MINUTE = 60  # of one address: many customers share that of a mobile carrier

# The style is a constant of ours; its quotation marks need no escaping inside the element.
_STYLE = Markup(Path(__file__).with_name("templates").joinpath("tracking.css").read_text(encoding="utf-8"))  # noqa: S704
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def mount(app: Flask, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Adds the tracking page to the app."""
    sign_with(settings.wapto_secret_key, settings.wapto_public_url)
    limit = _Limit(RateLimitItemPerMinute(PER_MINUTE))
    pages = Blueprint("tracking", __name__, template_folder="templates")

    @pages.get(PATH)
    def show(token: str) -> Response:
        if not limit.allows(_client()):
            return _plain("later", 429, {"Retry-After": "60"})
        try:
            page = open_page(token, clock(), timedelta(days=settings.wapto_tracking_days))
        except NotFound:
            return _plain("gone", 404)
        except TryLater:
            return _plain("later", 503, {"Retry-After": "60"})
        _, language = language_for(page.languages)
        return _answer("tracking.html", 200, language, {"sheet": written(page), "words": all_words()[language]})

    app.register_blueprint(pages)


class _Limit:
    """So many pages a minute for one address. Each web process counts for itself: it is there against floods."""

    def __init__(self, rate: RateLimitItem) -> None:
        self._rate, self._limiter = rate, FixedWindowRateLimiter(MemoryStorage())

    def allows(self, client: str) -> bool:
        return self._limiter.hit(self._rate, client)


def _client() -> str:
    """Who asks. A proxy of ours is nearby and names, last, the address that it saw; nobody else is believed."""
    direct = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return _network(forwarded) if forwarded and _is_nearby(direct) else _network(direct)


def _is_nearby(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False


def _network(address: str) -> str:
    """Of IPv6 the half that one customer has; what is no address is its own name, cut short."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:45]
    return known.exploded[:19] if isinstance(known, IPv6Address) else str(known)


def _plain(kind: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """The same page whatever was wrong with the link, in a language of the browser's."""
    _, language = language_for(code.replace("-", "_") for code in request.accept_languages.values())
    words = all_words()[language]
    body = {"title": words[f"{kind}_title"], "text": words[kind]}
    return _answer("tracking_words.html", status, language, body, headers)


def _answer(
    template: str, status: int, language: str, body: Mapping[str, object], headers: dict[str, str] | None = None
) -> Response:
    locale = locale_of(language)
    direction = "rtl" if locale.character_order == "right-to-left" else "ltr"
    tag = str(locale).replace("_", "-")
    html = render_template(template, tag=tag, direction=direction, style=_STYLE, **body)
    response = make_response(html, status)
    response.headers.update(_HEADERS | (headers or {}))
    return response
