"""Words of one's own reach the customer while the window is open, and once."""

from datetime import timedelta

import pytest

from sandbox.graph import Graph
from sandbox.graph.phone import Customer
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from tests.desk.builders import ANA, NOW, SHOP, WABA, Clock, a_customer, an_order
from tests.desk.playing import at_once
from tests.desk.telling import claimed, rings
from wapto.desk import retention
from wapto.desk.conversations import conversations, replies
from wapto.desk.notices import ledger, notices, outbox
from wapto.desk.orders import timeline, views
from wapto.desk.orders.timeline import Actor, Subject
from wapto.errors import InvalidInput, NotFound, Refused
from wapto.meta.client import GraphClient
from wapto.meta.payloads import Receipt
from wapto.store.models import Handle, Inbound, Message, OrderEvent

RUI = Actor("Rui", "slack", 1)
HOUR = timedelta(hours=1)


def heard(order, at=NOW, kind="text", **changes):
    """The customer wrote to the shop."""
    usual = {"wamid": f"wamid.{kind}.{at}", "number": order.number, "customer": order.customer, "order": order}
    return Inbound.create(**usual | {"kind": kind, "text": "hi", "sent_at": at, "received_at": at} | changes)


def reply(order, words="On Tuesday.", now=NOW, key="click"):
    return replies.say(Subject(order.id), words, actor=RUI, now=now, key=key)


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def test_a_reply_waits_in_the_outbox_and_stands_in_the_timeline(store):
    order = an_order()
    heard(order)
    with rings() as topics:
        message = reply(order)
    assert sorted(topics) == ["desk", "outbox"]
    assert (message.state, message.text, message.to_phone) == ("queued", "On Tuesday.", ANA)
    [event] = OrderEvent.select()
    assert (event.kind, event.actor, event.ids) == ("reply", "Rui", {"message": message.id})
    assert Message.get().said_seq == event.seq
    [work] = claimed().works
    assert work.content == {"type": "text", "text": {"body": "On Tuesday.", "preview_url": False}}


@pytest.mark.parametrize(
    ("since", "kind", "is_open"),
    [(0, "text", True), (23.9, "image", True), (24, "text", False), (1, "edit", False), (1, "system", False)],
)
def test_the_window_is_open_for_24_hours_after_the_customer_wrote(store, since, kind, is_open):
    order = an_order()
    heard(order, NOW - since * HOUR, kind)
    if is_open:
        assert reply(order).state == "queued"
    else:
        with pytest.raises(Refused, match="only approved templates: choose one"):
            reply(order)
        assert (Message.select().count(), kinds(order)) == (0, [])


def test_a_customer_who_never_wrote_cannot_be_written_to(store):
    with pytest.raises(Refused):
        reply(an_order())


def test_a_window_is_between_one_customer_and_one_number(store):
    order = an_order()
    heard(order, customer=a_customer(phone="+5511900000001"))
    with pytest.raises(Refused):
        reply(order)


def test_a_double_click_sends_once_though_the_window_closed_in_between(store):
    order = an_order()
    heard(order)
    first = reply(order)
    assert reply(order, now=NOW + 25 * HOUR).id == first.id
    assert (Message.select().count(), kinds(order)) == (1, ["reply"])


def test_two_agents_who_reply_at_once_are_both_heard_and_one_who_clicks_twice_once(store):
    order = an_order()
    heard(order)
    sent = at_once(*[lambda key=key: reply(order, key=key) for key in ("a", "b", "a")])
    assert sent[0].id == sent[2].id != sent[1].id
    assert kinds(order) == ["reply", "reply"]


@pytest.mark.parametrize("words", ["", " \n", "x" * 4_097])
def test_words_that_whatsapp_does_not_take_are_refused(store, words):
    order = an_order()
    heard(order)
    with pytest.raises(InvalidInput, match="A reply"):
        reply(order, words)


def test_there_must_be_an_order(store):
    with pytest.raises(NotFound):
        replies.say(Subject(4711), "hi", actor=RUI, now=NOW, key="k")


def test_what_waited_until_the_window_closed_is_not_sent_and_says_what_to_do(store):
    order = an_order()
    heard(order)
    reply(order)
    assert claimed(now=NOW + 25 * HOUR).works == []
    assert (Message.get().state, Message.get().reason) == ("skipped", replies.CLOSED)


def test_it_is_part_of_the_conversation_and_no_notice(store):
    order = an_order()
    timeline.record(order.id, "received", timeline.CUSTOMER, NOW, after="received")
    heard(order)
    reply(order)
    said = [(one.direction, one.kind, one.text, one.state) for one in conversations.of_order(order)]
    assert sorted(said) == [("in", "text", "hi", "received"), ("out", "text", "On Tuesday.", "queued")]
    assert views.of_order(order.id).told == ()
    assert [row.trigger for row in ledger.messages(order_id=order.id)] == ["reply"]


def test_a_reply_that_came_to_nothing_can_be_sent_again_while_the_window_is_open(store):
    order = an_order()
    heard(order)
    message = reply(order)
    Message.update(state="failed").execute()
    again = outbox.retry(message.id, "new phone", RUI, NOW + HOUR)
    assert (again.text, again.content, again.state) == (message.text, message.content, "queued")
    assert kinds(order) == ["reply", "reply", "message"]
    Message.update(state="failed").where(Message.id == again.id).execute()
    with pytest.raises(Refused, match="24 hours"):
        outbox.retry(again.id, "once more", RUI, NOW + 25 * HOUR)


def test_a_reply_that_is_held_goes_once_it_is_known_where_to_whatever_becomes_of_triggers(store):
    order = an_order()
    heard(order)
    reply(order)
    Message.update(state="held").execute()
    Handle.update(doubted_at=NOW).execute()
    notices.release_all(NOW)
    assert Message.get().state == "held"
    Handle.update(doubted_at=None).execute()
    notices.release_all(NOW)
    assert Message.get().state == "queued"


def test_it_reaches_the_customers_phone_and_its_receipts_come_back(store):
    clock = Clock()
    shop = MetaNumber(SHOP, "+55 11 4000-0001", "Loja")
    with Graph([Waba(WABA, [shop])], access_tokens=["good"], app_secret="secret") as graph:
        ana = Customer(graph, "Ana", ANA.removeprefix("+"))
        ana.send_text(SHOP, "when?")
        order = an_order()
        heard(order, clock())
        message = reply(order, now=clock())
        lane = outbox.OutboxLane(GraphClient(graph.url, "v25.0", "good"), clock)
        lane.drain()
        lane.close()
        assert ana.inbox == ["On Tuesday."]
        [sent] = graph.sent
        assert (sent.kind, sent.callback) == ("text", message.callback)
    assert notices.apply_receipt(Receipt(sent.wamid, "read", clock(), callback=sent.callback), clock()) == "done"
    assert Message.get().state == "read"


def test_meta_knows_better_whether_the_window_is_open(store):
    clock = Clock()
    shop = MetaNumber(SHOP, "+55 11 4000-0001", "Loja")
    with Graph([Waba(WABA, [shop])], access_tokens=["good"], app_secret="secret") as graph:
        order = an_order()
        heard(order, clock())
        reply(order, now=clock())
        lane = outbox.OutboxLane(GraphClient(graph.url, "v25.0", "good"), clock)
        lane.drain()
        lane.close()
    assert (Message.get().state, Message.get().error_code) == ("failed", 131047)
    assert "Only an approved template can reach the customer" in Message.get().reason


def test_a_reply_whose_words_are_not_kept_any_more_is_no_notice_and_cannot_be_sent_again(store):
    order = an_order()
    timeline.record(order.id, "received", timeline.CUSTOMER, NOW, after="received")
    heard(order)
    message = reply(order)
    Message.update(**retention.BLANK_MESSAGE, state="failed").execute()
    assert views.of_order(order.id).told == ()
    with pytest.raises(Refused, match="write a new one"):
        outbox.retry(message.id, "again", RUI, NOW)
