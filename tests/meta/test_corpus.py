"""What `elements` finds in each delivery of the corpus, against what a user would call right."""

from decimal import Decimal

import pytest

from wapto.meta.payloads import InboundMessage, Receipt
from wapto.meta.webhook import elements, is_json

from .cases import CASES, POSTED, deliveries

UNDERSTOOD = [name for name in POSTED if CASES[name]["expect"]["http"] == 200]


def found(name):
    """All elements of a case's requests; a message that comes again is there once, as the unique wamid makes it."""
    everything = [element for request in deliveries(name) for element in elements(request["body"])]
    known = {element.wamid: element for element in reversed(everything) if isinstance(element.value, InboundMessage)}
    return everything, [element for element in everything if known.get(element.wamid) is element]


def allowed(expect, key, alternatives):
    return expect.get(alternatives) or [expect[key] if isinstance(expect[key], int) else len(expect[key])]


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_carts_are_found_with_their_exact_lines(name):
    expect = CASES[name]["expect"]
    carts = [element.value for element in found(name)[1] if element.value.order]
    assert len(carts) in allowed(expect, "orders", "orders_any_of_count")
    for cart, order in zip(carts, expect["orders"], strict=True):
        assert order["phone_or_user"] in (cart.from_, cart.from_user_id)
        assert len(cart.order.items) == len(order["items"])
        for item, line in zip(cart.order.items, order["items"], strict=True):
            check_line(item, line)


def check_line(item, line):
    assert item.product_retailer_id == line["sku"]
    assert line["currency"] in (item.currency, None)
    assert line["quantity"] in (item.quantity, None)
    if line["unit_price"] is not None:
        assert round(item.item_price, 3) == Decimal(line["unit_price"])


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_all_other_messages_are_found(name):
    expect = CASES[name]["expect"]
    others = [element for element in found(name)[1] if element.value.type != "order"]
    assert len(others) in allowed(expect, "messages", "messages_any_of")


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_receipts_are_found_for_every_message_that_should_move(name):
    wanted = {status["id"] for status in CASES[name]["expect"]["statuses"]}
    receipts = [element.value for element in found(name)[0] if isinstance(element.value, Receipt)]
    assert wanted <= {receipt.wamid for receipt in receipts}
    assert all(receipt.status and receipt.at for receipt in receipts)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_events_keep_their_field_and_what_they_say(name):
    expect = CASES[name]["expect"]
    wanted = [(event["field"], event["event"]) for event in expect.get("account", [])]
    events = [element for element in found(name)[0] if element.kind == "event" and element.value]
    said = [(event.field, event.value.get("event") or event.value.get("alert_type")) for event in events]
    assert set(wanted) <= set(said)
    for template in expect.get("template", []):
        assert any(event.value.get("message_template_name") == template["name"] for event in events)


@pytest.mark.parametrize("name", POSTED)
def test_a_body_counts_as_json_unless_the_corpus_wants_it_refused_for_its_form(name):
    expect = CASES[name]["expect"]
    for request in deliveries(name):
        answer = 200 if is_json(request["body"]) else 400
        assert answer in (expect["http"], *expect.get("http_any_of", ())) or expect["http"] == 401
