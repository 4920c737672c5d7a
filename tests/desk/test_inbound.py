"""Every kind of message is kept, and shown for what it is."""

import pytest

from tests.desk.playing import a_shop, buy, take_in
from tests.meta.builders import change, text
from wapto.desk.conversations import conversations
from wapto.store.models import Inbound, Order, OrderEvent

PHOTO = {"id": "71", "mime_type": "image/jpeg", "sha256": "x="}


def message(kind, content=None, **changes):
    """A message of this kind from Ana."""
    plain = text(**{"id": f"wamid.{kind}", "type": kind} | changes)
    plain.pop("text")
    return plain | ({kind: content} if content is not None else {})


def heard(*messages):
    """The words that are shown for the last of these."""
    a_shop()
    entry = take_in(change(messages=list(messages)))
    assert entry.state == "done"
    return Inbound.select().order_by(Inbound.id.desc()).first()


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("image", PHOTO, "[photo]"),
        ("image", PHOTO | {"caption": "this one"}, "[photo] this one"),
        ("video", PHOTO, "[video]"),
        ("audio", {"id": "7", "voice": True}, "[voice message]"),
        ("audio", {"id": "7", "voice": False}, "[audio]"),
        ("document", {"id": "7", "filename": "bill.pdf"}, "[document: bill.pdf]"),
        ("sticker", {"id": "7"}, "[sticker]"),
        ("location", {"latitude": -23.5, "longitude": -46.6, "name": "Home"}, "[location] Home (-23.5, -46.6)"),
        ("contacts", [{"name": {"formatted_name": "Bia"}, "phones": [{"phone": "+1 555"}]}], "[contacts] Bia +1 555"),
        ("contacts", [{}], "[contacts]"),
        ("reaction", {"message_id": "wamid.X", "emoji": "👍"}, "[reacted with 👍]"),
        ("reaction", {"message_id": "wamid.X", "emoji": ""}, "[took a reaction back]"),
        ("button", {"payload": "ord:1", "text": "Cancel order"}, "Cancel order"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "s2", "title": "Tue 9-12"}}, "Tue 9-12"),
        ("interactive", None, "[an answer that could not be read]"),
        ("system", {"body": "A new number", "type": "user_changed_number"}, "[WhatsApp says: A new number]"),
        ("unsupported", {"type": "poll"}, "[something that WhatsApp does not pass on: poll]"),
        ("unknown", None, "[something that WhatsApp does not pass on]"),
        ("request_welcome", None, "[opened the chat]"),
        ("hologram", {"deep": {"er": 1}}, "[hologram]"),
    ],
)  # fmt: skip
def test_a_message_of_any_kind_is_shown_for_what_it_is(sqlite_store, kind, content, words):
    assert heard(message(kind, content)).text == words


def test_a_photo_without_its_details_is_still_a_photo(sqlite_store):
    assert heard(message("image")).text == "[photo]"


def test_a_question_about_a_product_names_the_product(sqlite_store):
    product = {"catalog_id": "3", "product_retailer_id": "MUG"}
    row = heard(text("in blue?", context={"from": "1", "id": "wamid.C", "referred_product": product}))
    assert row.text == "in blue? [about the product MUG]"
    assert (row.detail["sku"], row.detail["catalog"], row.context_wamid) == ("MUG", "3", "wamid.C")


def test_somebody_who_came_from_an_ad_says_so(sqlite_store):
    assert heard(text("hi", referral={"headline": "Mugs"})).text == "hi [came from an ad: Mugs]"


def test_words_in_a_group_are_kept_and_belong_to_no_order(sqlite_store):
    a_shop()
    order = buy()
    take_in(change(messages=[text("who pays?", group_id="Y2FwaV9ncm91cD")]))
    row = Inbound.get(Inbound.wamid == "wamid.TEXT")
    assert (row.order, row.text) == (None, "who pays?")
    assert not OrderEvent.select().where(OrderEvent.order == order, OrderEvent.kind == "wrote").exists()


EDITED = message(
    "edit", {"original_message_id": "wamid.TEXT", "message": {"type": "text", "text": {"body": "two please"}}}
)
DELETED = message("revoke", {"original_message_id": "wamid.TEXT"})


@pytest.mark.parametrize(
    ("later", "state", "words", "kind"),
    [
        (EDITED, "edited", "[edited] two please", "edited"),
        (DELETED, "deleted", "[deleted a message]", "revoked"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_message_that_was_changed_later_is_shown_as_such_in_whatever_order_they_come(
    sqlite_store, later, state, words, kind, is_late
):
    a_shop()
    order = buy()
    arrivals = [text("one please"), later]
    for one in reversed(arrivals) if is_late else arrivals:
        take_in(change(messages=[one]))
    said = [(one.text, one.state) for one in conversations.of_order(order) if one.kind != "order"]
    assert sorted(said) == sorted([("one please", state), (words, "received")])
    events = OrderEvent.select().where(OrderEvent.order == order).order_by(OrderEvent.seq)
    assert [event.kind for event in events if event.kind in ("wrote", "edited", "revoked")] == ["wrote", kind]


def test_nobody_deletes_what_somebody_else_said(sqlite_store):
    a_shop()
    take_in(change(messages=[text("one please")]))
    take_in(change(messages=[DELETED | {"from": "5511977776666"}]))
    assert Inbound.get(Inbound.wamid == "wamid.TEXT").revoked_at is None


def test_a_deleted_cart_stays_an_order_and_says_so(sqlite_store):
    a_shop()
    order = buy()
    gone = {"original_message_id": Order.get_by_id(order.id).source_wamid}
    take_in(change(messages=[message("revoke", gone)]))
    assert Order.get_by_id(order.id).status == "received"
    assert conversations.of_order(order)[0].state == "deleted"
