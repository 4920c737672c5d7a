"""Two pages for people at the keyboard. They are ours: nothing at Meta answers like this."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, render_template_string, request

from sandbox.graph.payloads import Item
from sandbox.graph.phone import Customer
from sandbox.graph.world import World

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Stand-in for Meta</title>
<style>body{font:15px/1.5 sans-serif;margin:2em auto;max-width:64em}td,th{padding:.3em .8em;text-align:left;
vertical-align:top;border-bottom:1px solid #ddd}td.text{white-space:pre-wrap}pre{background:#f4f4f4;padding:1em}</style>
<h1>Stand-in for Meta’s Graph API</h1>
<p>This page and <code>POST /sandbox/cart</code> belong to Wapto’s sandbox; Meta has neither. Send a cart:</p>
<pre>curl {{ url }}sandbox/cart -H 'Content-Type: application/json' -d '{"from": "5511988887777",
  "phone_number_id": "{{ numbers[0].id }}", "note": "please gift-wrap",
  "items": [{"sku": "SKU-1", "quantity": 2, "price": 49.85, "currency": "BRL"}]}'</pre>
<h2>Numbers</h2>
<ul>{% for number in numbers %}<li>{{ number.id }}: {{ number.verified_name }}, {{ number.display }}</li>
{% endfor %}</ul>
<h2>Sent to customers: {{ sent|length }}</h2>
<table><tr><th>at<th>from<th>to<th>template<th>text</tr>
{% for message in sent|reverse %}<tr><td>{{ message.at.strftime("%H:%M:%S") }}<td>{{ message.phone_number_id }}
<td>{{ message.to }}<td>{{ message.template or "" }} {{ message.language or "" }}<td class="text">{{ message.text }}
{%- for button in message.buttons %}
[{{ button.text }}{% if button.url %}: {{ button.url }}{% endif %}]{% endfor %}</tr>
{% endfor %}</table>
<h2>Refused: {{ refused|length }}</h2>
<table><tr><th>call<th>code<th>why</tr>
{% for call in refused|reverse %}<tr><td>{{ call.method }} {{ call.path }}<td>{{ call.code }}<td>{{ call.details }}</tr>
{% endfor %}</table></html>
"""


def play(world: World, customer: Callable[[str], Customer]) -> Blueprint:
    """GET / shows what happened; POST /sandbox/cart sends one. `customer` finds or makes the phone with a wa_id."""
    pages = Blueprint("play", __name__)

    @pages.get("/")
    def page() -> str:
        return render_template_string(
            _PAGE, url=request.host_url, numbers=world.numbers(), sent=world.sent, refused=world.refused
        )

    @pages.post("/sandbox/cart")
    def cart() -> tuple[Response, int]:
        try:
            sender, number_id, items, note = _cart(world, request.get_json(force=True, silent=True))
        except ValueError as fault:
            return jsonify(error=str(fault)), 400
        return jsonify(wamid=customer(sender).send_cart(number_id, items, note)), 200

    return pages


def _cart(world: World, body: Any) -> tuple[str, str, list[Item], str]:
    if not isinstance(body, dict):
        raise ValueError("Send a JSON object with from, phone_number_id, items and note.")
    sender = str(body.get("from", "")).removeprefix("+")
    if not (sender.isascii() and sender.isdigit()):
        raise ValueError("“from” must be the digits of a phone number.")
    number_id = str(body.get("phone_number_id", ""))
    if world.number(number_id) is None:
        known = ", ".join(number.id for number in world.numbers())
        raise ValueError(f"“phone_number_id” must be one of {known}.")
    return sender, number_id, _items(body.get("items")), str(body.get("note", ""))


def _items(items: Any) -> list[Item]:
    try:
        lines = [(item["sku"], item["quantity"], item["price"], item["currency"]) for item in items]
    except (TypeError, KeyError):
        lines = []
    if not lines:
        raise ValueError("“items” must be a list of objects with sku, quantity, price and currency.")
    return lines
