import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from wapto.meta.payloads import Contact
from wapto.meta.webhook import elements, is_json

from .builders import CUSTOMER, NUMBER, WABA, body, cart, cart_of, change, item, notification, status, text, value


def read(document):
    return list(elements(body(document)))


def only(document):
    (element,) = read(document)
    return element


def order_in(document):
    return only(document).value.order


def line(**changes):
    (found,) = order_in(notification(change(messages=[cart_of(item(**changes))]))).items
    return found


def test_a_cart_comes_with_everything_that_it_says():
    element = only(notification(change(messages=[cart(context={"id": "wamid.OURS"})])))
    assert (element.kind, element.field, element.problem) == ("message", "messages", None)
    assert (element.waba_id, element.phone_number_id, element.display_phone) == (WABA, NUMBER, "15550009999")
    message = element.value
    assert (message.id, message.type, message.from_) == ("wamid.CART", "order", CUSTOMER)
    assert message.timestamp == datetime(2025, 11, 24, 16, 1, tzinfo=UTC)
    assert message.context_id == "wamid.OURS"
    assert (message.order.catalog_id, message.order.text) == ("300000000000001", "gift-wrap, please")
    assert message.raw["order"]["product_items"] == [item()]


def test_everything_in_a_batch_comes_in_order():
    two = [change(messages=[text(id="wamid.1"), text(id="wamid.2")], statuses=[status(id="wamid.3")])]
    document = notification(*two, change("account_update"), change(messages=[text(id="wamid.4")]))
    document["entry"].append({"id": "200000000000002", "changes": [change(messages=[text(id="wamid.5")])]})
    found = read(document)
    assert [element.position for element in found] == [0, 1, 2, 3, 4, 5]
    assert [element.wamid for element in found] == ["wamid.1", "wamid.2", "wamid.3", None, "wamid.4", "wamid.5"]
    assert [element.waba_id for element in found] == [WABA] * 5 + ["200000000000002"]


def test_elements_are_read_one_by_one_as_they_are_asked_for():
    walk = elements(body(notification(change(messages=[text(id="wamid.1"), "broken"]))))
    assert next(walk).wamid == "wamid.1"
    assert next(walk).problem


@pytest.mark.parametrize(
    "broken", [None, "oops", 7, [], {}, [[]], {"id": None}, {"id": {}}, {"id": ""}, {"id": "a\0b"}]
)
def test_a_broken_message_is_told_and_does_not_touch_its_siblings(broken):
    first, second, third = read(notification(change(messages=[cart(), broken, text()])))
    assert second.problem == "The message has no id that could be read."
    assert second.value is None
    assert (first.value.order.text, third.value.text) == ("gift-wrap, please", "hello")


@pytest.mark.parametrize(
    "broken", [None, "oops", {"status": "read"}, {"id": "wamid.OURS"}, {"id": "wamid.OURS", "status": {}}]
)
def test_a_broken_status_does_not_touch_its_siblings(broken):
    found = read(notification(change(statuses=[broken, status()])))
    assert found[0].problem
    assert found[0].value is None
    assert found[1].value.status == "delivered"
    assert found[1].problem is None


@pytest.mark.parametrize("odd", ["\\ud800", "\\udc00\\ud800"])
def test_half_a_character_in_one_note_does_not_lose_the_other_cart(odd):
    spoiled = body(notification(change(messages=[cart(), cart(id="wamid.2")]))).replace(b"gift", odd.encode(), 1)
    assert [element.wamid for element in elements(spoiled)] == ["wamid.CART", "wamid.2"]


@pytest.mark.parametrize("number", ["9" * 5000, "1e99999999999999999999", "NaN", "-Infinity"])
def test_a_number_that_python_cannot_hold_loses_only_its_own_line(number):
    two = body(notification(change(messages=[cart_of(item(item_price=30.25), item())]))).replace(
        b"30.25", number.encode()
    )
    assert is_json(two)
    (element,) = elements(two)
    bad, good = element.value.order.items
    assert (bad.item_price, good.item_price) == (None, Decimal(30))
    assert bad.item_price_text == number


@pytest.mark.parametrize(
    ("given", "price"),
    [
        (30, "30"), (7.99, "7.99"), ("7.99", "7.99"), (" 7.99 ", "7.99"), (0, "0"), (-5, "-5"), (1.255, "1.255"),
        (0.1, "0.1"), ("1E+3", "1000"), (12000000.0, "12000000.0"),
    ],
)  # fmt: skip
def test_a_price_is_exact_whether_it_comes_as_number_or_as_text(given, price):
    found = line(item_price=given)
    assert found.item_price == Decimal(price)
    assert isinstance(found.item_price, Decimal)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("R$ 30", "R$ 30"), ("1.234,50", "1.234,50"), ("", ""), (None, ""), (True, "true"), ({"value": 3}, "{…}"),
        ([3, 4], "[…]"), ("1_000", "1_000"), ("٣", "٣"), ("1e999999", "1e999999"), ("NaN", "NaN"), ("0x10", "0x10"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_none_and_shown_as_it_came(given, shown):
    found = line(item_price=given, quantity=given)
    assert (found.item_price, found.item_price_text) == (None, shown)
    assert (found.quantity, found.quantity_text) == (None, shown)


@pytest.mark.parametrize("written", ["7.990000000", "19.989999999999998", "0.1", "1E+2"])
def test_a_price_never_passes_through_a_float(written):
    document = body(notification(change(messages=[cart_of(item(item_price=30.25))])))
    (element,) = elements(document.replace(b"30.25", written.encode()))
    found = element.value.order.items[0]
    assert (found.item_price_text, str(found.item_price)) == (written, written)


@pytest.mark.parametrize(
    ("given", "quantity"), [(3, 3), ("3", 3), (2.0, 2), (0.5, Decimal("0.5")), (-2, -2), (10**6, 10**6)]
)
def test_a_quantity_is_given_as_it_is_and_not_judged(given, quantity):
    assert line(quantity=given).quantity == quantity


@pytest.mark.parametrize(
    ("given", "sku"), [("0042", "0042"), (42, "42"), ("  Café #1 ", "  Café #1 "), (None, ""), ([], ""), (True, "")]
)
def test_a_sku_stays_as_sent(given, sku):
    assert line(product_retailer_id=given).product_retailer_id == sku


@pytest.mark.parametrize(
    ("given", "currency"), [("brl", "BRL"), (" usd ", "USD"), ("", None), (None, None), ({}, None)]
)
def test_a_currency_comes_in_capitals_or_not_at_all(given, currency):
    assert line(currency=given).currency == currency


@pytest.mark.parametrize("broken", [None, "oops", [], 3])
def test_a_broken_line_keeps_its_place_in_the_cart(broken):
    first, second = order_in(notification(change(messages=[cart_of(broken, item())]))).items
    assert (first.product_retailer_id, first.quantity, first.item_price) == ("", None, None)
    assert second.product_retailer_id == "CUP"


@pytest.mark.parametrize("items", [None, []])
def test_a_cart_may_be_empty(items):
    order = order_in(notification(change(messages=[cart(order={"product_items": items, "catalog_id": 3})])))
    assert (order.items, order.text, order.catalog_id) == ((), "", "3")


@pytest.mark.parametrize("missing", [None, "cart", 3])
def test_an_order_message_without_its_order_is_still_a_message(missing):
    element = only(notification(change(messages=[cart(order=missing)])))
    assert (element.value.type, element.value.order, element.problem) == ("order", None, None)


def test_a_message_without_a_type_is_unknown():
    assert only(notification(change(messages=[{"id": "wamid.1", "from": CUSTOMER}]))).value.type == "unknown"


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("1764000060", datetime(2025, 11, 24, 16, 1, tzinfo=UTC)),
        (1764000060, datetime(2025, 11, 24, 16, 1, tzinfo=UTC)),
        (1764000060.9, datetime(2025, 11, 24, 16, 1, tzinfo=UTC)),
        ("3976214400", datetime(2096, 1, 1, tzinfo=UTC)),
        ("1764000060000", None), (0, None), (-5, None), ("soon", None), (None, None), (True, None), ("9" * 40, None),
    ],
)  # fmt: skip
def test_a_timestamp_that_cannot_be_is_left_out(given, moment):
    assert only(notification(change(messages=[text(timestamp=given)]))).value.timestamp == moment


@pytest.mark.parametrize("given", [5511999990000, "5511999990000"])
def test_a_sender_is_text_even_when_sent_as_a_number(given):
    assert only(notification(change(messages=[text(**{"from": given})]))).value.from_ == CUSTOMER


@pytest.mark.parametrize("given", ["", None, {}, "   "])
def test_an_empty_sender_counts_as_absent(given):
    message = only(notification(change(messages=[text(**{"from": given}, from_user_id="BR.1")]))).value
    assert (message.from_, message.from_user_id) == (None, "BR.1")


def test_contacts_are_joined_by_handle_and_not_by_place():
    contacts = [
        {"profile": {"name": "Bob"}, "wa_id": "15550001236"},
        {"profile": {"name": "Ana", "username": "@ana"}, "user_id": "BR.1"},
    ]
    messages = [text(from_user_id="BR.1", **{"from": None}), text(**{"from": "15550001236"}), text()]
    first, second, third = read(notification(change(contacts=contacts, messages=messages)))
    assert first.contact == Contact("Ana", None, "BR.1", "@ana")
    assert second.contact == Contact("Bob", "15550001236")
    assert third.contact is None


@pytest.mark.parametrize(
    "contacts", [None, [], "x", [None], [{}], [{"wa_id": CUSTOMER}], [{"wa_id": CUSTOMER, "profile": None}]]
)
def test_a_name_may_be_missing_in_every_way(contacts):
    element = only(notification(change(contacts=contacts, messages=[text()])))
    assert element.value.text == "hello"
    assert element.contact is None or element.contact.name is None


def test_one_contact_in_place_of_the_list_is_understood():
    contact = {"profile": {"name": "Ana"}, "wa_id": int(CUSTOMER)}
    assert only(notification(change(contacts=contact, messages=text()))).contact == Contact("Ana", CUSTOMER)


@pytest.mark.parametrize(
    ("message", "payload", "title"),
    [
        ({"type": "button", "button": {"payload": "ord:1:cancel", "text": "Cancel"}}, "ord:1:cancel", "Cancel"),
        ({"interactive": {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}}, "yes", "Yes"),
        ({"interactive": {"type": "list_reply", "list_reply": {"id": "slot-2", "title": "Tue"}}}, "slot-2", "Tue"),
        ({"interactive": {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}}, "{}", "Sent"),
    ],
)
def test_a_tap_says_what_was_meant_and_what_was_seen(message, payload, title):
    reply = only(notification(change(messages=[{"id": "wamid.1", "type": "interactive"} | message]))).value.reply
    assert (reply.payload, reply.title) == (payload, title)


def test_an_interactive_message_without_its_content_is_still_a_message():
    first, second = read(notification(change(messages=[text(type="interactive")], errors=[{"code": 131000}])))
    assert (first.value.reply, first.problem) == (None, None)
    assert (second.kind, second.value) == ("errors", {"errors": [{"code": 131000}]})


def test_a_file_comes_with_its_caption_and_name():
    file = {"id": 400000000000003, "mime_type": "application/pdf", "filename": "Orçamento.pdf", "caption": "look"}
    media = only(notification(change(messages=[text(type="document", document=file)]))).value.media
    assert (media.id, media.mime_type, media.filename, media.caption) == (
        "400000000000003",
        "application/pdf",
        "Orçamento.pdf",
        "look",
    )
    assert not media.voice


def test_a_voice_note_is_told_from_other_audio():
    assert only(notification(change(messages=[text(type="audio", audio={"id": "4", "voice": True})]))).value.media.voice


def test_a_message_in_a_group_names_the_group():
    assert only(notification(change(messages=[text(group_id="Y2FwaV9")]))).value.group_id == "Y2FwaV9"


def test_a_receipt_says_which_message_moved_and_when():
    element = only(notification(change(statuses=[status(recipient_user_id="BR.1")])))
    receipt = element.value
    assert (element.kind, element.wamid, receipt.wamid) == ("status", "wamid.OURS", "wamid.OURS")
    assert (receipt.status, receipt.callback, receipt.errors) == ("delivered", "notice-1", ())
    assert (receipt.recipient_id, receipt.recipient_user_id) == (CUSTOMER, "BR.1")
    assert receipt.at == datetime(2025, 11, 24, 16, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        ({"category": "utility", "type": "regular", "billable": True}, ("utility", "regular")),
        ({"category": "SERVICE"}, ("service", None)),
        ({"category": "a news of <Meta's>", "type": 7}, (None, "7")),
        ("free", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_receipt_says_what_the_message_costs_in_words_that_meta_may_add_to(pricing, price):
    receipt = only(notification(change(statuses=[status(pricing=pricing)]))).value
    assert (receipt.price_category, receipt.price_type) == price


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        ({"code": 131026, "title": "T", "error_data": {"details": "D"}}, (131026, "T", "D")),
        ({"code": "131026", "message": "M", "error_data": "plain words"}, (131026, "M", "plain words")),
        ({"code": None}, (None, "", "")),
        (None, (None, "", "")),
    ],
)
def test_a_failed_receipt_says_why(error, fault):
    assert only(notification(change(statuses=[status(status="failed", errors=[error])]))).value.errors == (fault,)


@pytest.mark.parametrize(
    "field", ["message_template_status_update", "smb_message_echoes", "history", "future_2031", "standby"]
)
def test_any_other_field_is_an_event_whatever_it_holds(field):
    element = only(notification(change(field, messages=[cart()])))
    assert (element.kind, element.field, element.problem, element.wamid) == ("event", field, None, None)
    assert element.value["messages"] == [cart()]


def test_an_event_keeps_what_meta_printed_beside_its_value():
    rejected = change("message_template_status_update") | {"rejection_info": {"reason": "vague"}}
    document = notification(rejected)
    document["entry"][0]["time"] = 1764000060
    element = only(document)
    assert element.value["rejection_info"] == {"reason": "vague"}
    assert element.at == datetime(2025, 11, 24, 16, 1, tzinfo=UTC)


def test_an_event_wrapped_in_a_list_is_unwrapped():
    assert only(notification({"field": "account_update", "value": [{"event": "DISABLED_UPDATE"}]})).value == {
        "event": "DISABLED_UPDATE"
    }


def test_an_empty_conversation_is_an_event_so_that_it_is_not_lost_unseen():
    element = only(notification(change()))
    assert (element.kind, element.value, element.problem) == ("event", value(), None)


@pytest.mark.parametrize("document", [[], {}, 3, None, "x", [notification(change(messages=[cart()]))], {"entry": None}])
def test_json_that_is_no_notification_is_told(document):
    element = only(document)
    assert element.problem == "The notification has no entries."


def test_a_notification_of_another_product_is_never_an_order():
    element = only(notification(change(messages=[cart()])) | {"object": "instagram"})
    assert element.problem == "The notification is not about a WhatsApp account."
    assert element.value is None


@pytest.mark.parametrize("entry", [None, 3, {}, {"id": WABA}, {"id": WABA, "changes": []}])
def test_an_entry_without_changes_is_told_and_the_next_goes_on(entry):
    document = notification(change(messages=[cart()]))
    document["entry"].insert(0, entry)
    first, second = read(document)
    assert first.problem == "The entry has no changes."
    assert second.wamid == "wamid.CART"


@pytest.mark.parametrize("broken", [None, "x", {}, {"value": value()}])
def test_a_change_without_a_field_is_told_and_the_next_goes_on(broken):
    first, second = read(notification(broken, change(messages=[cart()])))
    assert first.problem == "The change names no field."
    assert second.wamid == "wamid.CART"


NOT_JSON = [
    b"",
    b"hub.mode=subscribe",
    b'{"a":',
    b'{"a":"\xff"}',
    "{}".encode("utf-16"),
    b"[" * 100_000 + b"]" * 100_000,
    b"{} {}",
]


@pytest.mark.parametrize("raw", NOT_JSON, ids=range(len(NOT_JSON)))
def test_what_is_no_json_is_told_and_never_an_error(raw):
    assert not is_json(raw)
    (element,) = elements(raw)
    assert element.problem == "The body is not JSON."


@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b"3", b"null", b"\xef\xbb\xbf{}", '{"é":"😀"}'.encode(), b' {"a":1.5e3}\n']
)
def test_json_of_any_shape_is_json(raw):
    assert is_json(raw)


def test_no_float_comes_out_of_a_notification():
    place = {"latitude": -23.5505, "longitude": -46.6333}
    message = only(notification(change(messages=[text(type="location", location=place)]))).value
    assert message.raw["location"]["latitude"] == Decimal("-23.5505")
    assert "float" not in {type(part).__name__ for part in message.raw["location"].values()}


def test_an_id_longer_than_an_index_can_hold_is_no_id():
    assert only(notification(change(messages=[text(id="w" * 1000)]))).wamid == "w" * 1000
    assert only(notification(change(messages=[text(id="w" * 1001)]))).problem


def test_meta_writes_slashes_and_accents_escaped_and_they_come_back_whole():
    raw = body(notification(change(messages=[text("café / über 😀 a/b @home")])))
    assert b"\\u00e9 \\/" in raw
    assert json.loads(raw)["entry"]
    (element,) = elements(raw)
    assert element.value.text == "café / über 😀 a/b @home"
