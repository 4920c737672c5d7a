"""What a customer and the shop said to each other, in one line."""

from datetime import UTC, datetime, timedelta

from tests.desk.builders import NOW, WABA
from tests.desk.playing import a_shop, buy, take_in
from tests.meta.builders import change, text
from wapto.desk.conversations import conversations
from wapto.store.models import Message


def tell(order, words, **changes):
    usual = {"order": order, "number": order.number_id, "customer": order.customer_id, "trigger": "shipped"}
    usual |= {"text": words, "components": [], "state": "sent", "next_at": NOW, "created_at": NOW}
    return Message.create(**usual | {"key": words, "callback": words} | changes)


def test_both_sides_stand_in_the_order_in_which_they_spoke(store):
    a_shop()
    order = buy(timestamp="1764000000")
    take_in(change(messages=[text("when?", timestamp="1764000200")]))
    tell(order, "It is on its way.", sent_at=datetime.fromtimestamp(1764000100, UTC))
    assert [(said.direction, said.kind, said.text, said.state) for said in conversations.of_order(order)] == [
        ("in", "order", None, "received"),
        ("out", "template", "It is on its way.", "sent"),
        ("in", "text", "when?", "received"),
    ]


def test_what_is_not_sent_yet_stands_where_it_was_promised(sqlite_store):
    a_shop()
    order = buy(timestamp="1764000000")
    tell(order, "later", state="held", created_at=NOW + timedelta(days=1))
    assert [said.state for said in conversations.of_order(order)] == ["received", "held"]


def test_other_customers_and_other_shops_are_left_out(sqlite_store):
    a_shop()
    a_shop(phone_number_id="100000000000002", waba=WABA)
    order = buy()
    buy(**{"from": "5511977776666"})
    take_in(change(messages=[text()], metadata={"phone_number_id": "100000000000002"}))
    assert [said.kind for said in conversations.of_order(order)] == ["order"]
