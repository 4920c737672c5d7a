"""What a customer without an open order writes is one inquiry, until it ends as an order or is closed."""

import pytest

from tests.desk.builders import NOW, a_customer, a_template, a_trigger
from tests.desk.playing import a_shop, at_once, buy, step, take_in
from tests.desk.test_catalog import an_item
from tests.meta.builders import change, text
from wapto.desk.conversations import inquiries, replies
from wapto.desk.customers import merges
from wapto.desk.notices import outbox
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor, Subject
from wapto.errors import Conflict, InvalidInput, NotFound
from wapto.store.database import transaction
from wapto.store.models import Inbound, Inquiry, InquiryEvent, Message, Order, OrderEvent, SlackPost

RUI = Actor("Rui", "slack", 1)


def asked(words="Do you deliver?", **changes):
    """Ana, who has no open order, writes to the shop."""
    take_in(change(messages=[text(words, **{"id": f"wamid.{words}"} | changes)]))
    return Inquiry.select().order_by(Inquiry.id.desc()).first()


def kinds(inquiry):
    events = InquiryEvent.select().where(InquiryEvent.inquiry == inquiry).order_by(InquiryEvent.seq)
    return [event.kind for event in events]


def made(inquiry, *lines, note="", **how):
    return inquiries.create_order(inquiry.id, lines or ["MUG=2@19.90"], note, **{"actor": RUI, "now": NOW} | how)


def test_words_without_an_order_open_an_inquiry_and_further_ones_go_with_it(store):
    a_shop()
    first = asked("one")
    second = asked("two")
    assert first.id == second.id
    assert kinds(first) == ["wrote", "wrote"]
    assert [row.inquiry_id for row in Inbound.select()] == [first.id, first.id]
    assert SlackPost.select().count() == 1


def test_the_same_message_twice_is_one(store):
    a_shop()
    asked("one")
    assert kinds(asked("one")) == ["wrote"]


def test_words_about_an_open_order_open_none(store):
    a_shop()
    order = buy()
    assert asked() is None
    step(order, "delivered")
    assert kinds(asked("thanks!")) == ["wrote"]


def test_an_inquiry_knows_the_product_that_it_began_with(store):
    a_shop()
    product = {"catalog_id": "3", "product_retailer_id": "MUG"}
    inquiry = asked("in blue?", context={"from": "1", "id": "wamid.C", "referred_product": product})
    assert inquiry.sku == "MUG"


@pytest.mark.parametrize("kind", ["reaction", "request_welcome", "system"])
def test_what_asks_for_no_answer_opens_none_but_is_told_where_there_is_one(store, kind):
    a_shop()
    plain = {"type": kind, "text": None}
    assert asked("x", **plain) is None
    inquiry = asked("hello")
    asked("y", **plain)
    assert kinds(inquiry) == ["wrote", "wrote"]


def test_words_in_a_group_open_none(store):
    a_shop()
    assert asked("who pays?", group_id="Y2FwaV9ncm91cD") is None


def test_two_messages_at_once_open_one(store):
    shop, ana = a_shop(), a_customer()

    def hear():
        with transaction():
            return inquiries.open_for(shop, ana, sku=None, now=NOW).id

    assert len(set(at_once(hear, hear, hear))) == 1
    assert SlackPost.select().count() == 1


def test_what_is_edited_or_deleted_is_part_of_it(store):
    a_shop()
    inquiry = asked("one")
    gone = {"type": "revoke", "revoke": {"original_message_id": "wamid.one"}, "text": None}
    asked("x", **gone)
    assert kinds(inquiry) == ["wrote", "revoked"]


def test_a_cart_ends_the_inquiry_and_both_say_so(store):
    a_shop()
    inquiry = asked()
    order = buy()
    inquiry = Inquiry.get_by_id(inquiry.id)
    assert (inquiry.is_open, inquiry.order_id) == (False, order.id)
    assert kinds(inquiry) == ["wrote", "became_order"]
    assert OrderEvent.get(OrderEvent.kind == "from_inquiry").ids == {"inquiry": inquiry.id}
    asked("and in blue?")
    assert Inquiry.select().count() == 1, "what follows is about the order"


def test_a_cart_of_somebody_else_ends_nothing(store):
    a_shop()
    inquiry = asked()
    buy(**{"from": "5511977776666"})
    assert Inquiry.get_by_id(inquiry.id).is_open


def test_a_closed_inquiry_is_followed_by_a_new_one(store):
    a_shop()
    inquiry = asked()
    inquiries.close(inquiry.id, actor=RUI, now=NOW)
    inquiries.close(inquiry.id, actor=RUI, now=NOW)
    assert kinds(inquiry) == ["wrote", "closed"]
    assert asked("again").id != inquiry.id


def test_an_agent_makes_an_order_of_it_that_the_customer_is_told_of(store):
    shop = a_shop()
    a_template(waba=shop.waba)
    a_trigger(shop, "received")
    inquiry = asked()
    order = made(inquiry, "MUG=2@19.90", "CAP=1", note="gift")
    assert (order.status, order.note, order.customer_id) == ("received", "gift", inquiry.customer_id)
    assert order.flags == ["no_total"]
    entries = [(entry.kind, entry.actor, entry.door) for entry in timeline.entries(order.id)]
    assert ("created", "Rui", "slack") in entries
    assert ("from_inquiry", "Rui", "slack") in entries
    assert kinds(inquiry) == ["wrote", "became_order"]
    assert Message.get().trigger == "received"


def test_a_double_click_makes_one_order(store):
    a_shop()
    inquiry = asked()
    first, second = at_once(lambda: made(inquiry), lambda: made(inquiry))
    assert first.id == second.id
    assert (Order.select().count(), kinds(inquiry)) == (1, ["wrote", "became_order"])


def test_an_inquiry_that_ended_in_another_way_makes_no_order(store):
    a_shop()
    inquiry = asked()
    order = buy()
    with pytest.raises(Conflict, match="became W-"):
        made(inquiry)
    closed = asked("hello", **{"from": "5511977776666"})
    inquiries.close(closed.id, actor=RUI, now=NOW)
    with pytest.raises(Conflict, match="was closed"):
        made(closed)
    assert [row.id for row in Order.select()] == [order.id]


def test_items_that_cannot_be_read_make_no_order(store):
    a_shop()
    inquiry = asked()
    with pytest.raises(InvalidInput):
        made(inquiry, "MUG")
    assert (Order.select().count(), Inquiry.get().is_open) == (0, True)


def test_an_inquiry_that_is_not_there_says_so(store):
    with pytest.raises(NotFound):
        inquiries.view_of(4711)
    with pytest.raises(NotFound):
        inquiries.close(4711, actor=RUI, now=NOW)


def test_the_customer_of_an_inquiry_can_be_written_to_and_the_message_has_no_order(store):
    a_shop()
    inquiry = asked(timestamp=str(int(NOW.timestamp())))
    message = replies.say(Subject(inquiry=inquiry.id), "Yes!", actor=RUI, now=NOW, key="k")
    assert (message.order_id, message.inquiry_id) == (None, inquiry.id)
    assert kinds(inquiry) == ["wrote", "reply"]
    Message.update(state="failed").execute()
    again = outbox.retry(message.id, "new phone", RUI, NOW)
    assert outbox.drop(again.id, "no", RUI, NOW).state == "skipped"
    assert kinds(inquiry) == ["wrote", "reply", "reply", "message", "message"]


def test_of_two_customers_who_become_one_the_inquiry_of_the_kept_one_goes_on(store):
    a_shop()
    kept, merged = asked("one"), asked("two", **{"from": "5511977776666"})
    merges.merge(kept.customer_id, merged.customer_id, "the same person", actor=RUI, now=NOW)
    assert [row.is_open for row in Inquiry.select().order_by(Inquiry.id)] == [True, False]
    assert asked("three", **{"from": "5511977776666"}).id == merged.id
    assert kinds(kept) == ["wrote", "customers_merged", "wrote"]


def test_a_price_that_is_not_typed_is_the_catalogs_and_the_card_names_the_product(store):
    a_shop(catalog="300000000000001")
    an_item("CUP", catalog="300000000000001", name="Blue cup", currency="BRL", price_minor=3000, price_text="30.00")
    product = {"catalog_id": "300000000000001", "product_retailer_id": "CUP"}
    inquiry = asked("in blue?", context={"from": "1", "id": "wamid.C", "referred_product": product})
    assert inquiries.view_of(inquiry.id).product == "Blue cup"
    assert made(inquiry, "CUP=2").total_minor == 6000
