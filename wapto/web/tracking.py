"""GET /t/<token>: where an order is, for whoever holds the link. No script, no third party, no personal data."""

from collections.abc import Callable
from datetime import datetime

from babel import Locale
from flask import Flask, Response, abort, render_template_string

from wapto.desk import tracking
from wapto.domain.identity import locale_of
from wapto.errors import TryLater
from wapto.store.database import reading

_PAGE = """<!doctype html>
<html lang="{{ language }}" dir="{{ direction }}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{{ order.number }} · {{ order.shop }}</title>
<main><p>{{ order.shop }}</p><h1><bdi>{{ order.number }}</bdi></h1><p><strong>{{ order.status }}</strong></p>
{% if order.carrier or order.tracking_number -%}
<p>{{ order.carrier }} <bdi>{{ order.tracking_number }}</bdi></p>
{%- endif %}
{% if order.tracking_url -%}
<p><a rel="noreferrer" href="{{ order.tracking_url }}">{{ order.tracking_url }}</a></p>
{%- endif %}
</main></html>
"""


def mount(app: Flask, clock: Callable[[], datetime]) -> None:
    """Adds the page to the app."""

    @app.get("/t/<token>")
    def track(token: str) -> Response:
        try:
            with reading():
                order = tracking.find(token, clock())
        except TryLater:
            abort(503)
        if order is None:
            abort(404)
        locale = locale_of(order.language)
        page = render_template_string(_PAGE, order=order, language=_tag(locale), direction=locale.text_direction)
        return Response(page, mimetype="text/html", headers={"X-Robots-Tag": "noindex"})


def _tag(locale: Locale) -> str:
    return str(locale).replace("_", "-")
