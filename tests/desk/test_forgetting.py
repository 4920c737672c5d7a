"""A person who is forgotten stands nowhere any more; what others need of the orders stays."""

import json

import pytest

from tests.desk.builders import NOW, a_customer, an_agent, an_order
from tests.desk.test_retention import heard, told
from wapto.desk.conversations import inquiries, media
from wapto.desk.customers import customers, forgetting, privacy
from wapto.desk.orders import orders, timeline
from wapto.desk.orders.timeline import Actor, Subject
from wapto.errors import NotFound, Refused
from wapto.store.database import transaction
from wapto.store.models import (
    ALL,
    Alert,
    Customer,
    Handle,
    InboxElement,
    InboxEntry,
    Inquiry,
    Media,
    Message,
    Order,
    OrderEvent,
    OrderLine,
    Promise,
    SlackPost,
    StockMove,
)

DPO = Actor("dpo", "cli")
PHONE, USER_ID = "+5511988887777", "BR.1502500000000001"
TRACES = ["5511988887777", USER_ID, "Zebedeu", "zebedeu_x", "blue gate", "Where is it", "on its way", "BR123"]


def a_life(state="done"):
    """An order of Zebedeu's with all that gathers around one."""
    person = a_customer(PHONE, USER_ID, name="Zebedeu Paz", username="zebedeu_x", language="pt_BR")
    order = an_order(customer=person, note="the blue gate", tracking_number="BR123", tracking_url="https://c.x/BR123")
    timeline.record(order.id, "received", timeline.CUSTOMER, NOW, after="received")
    orders.add_note(order.id, "Zebedeu called twice", actor=DPO, now=NOW)
    heard(order, 1)
    told(order, 1)
    message = {"from": PHONE[1:], "id": "wamid.1", "type": "text", "text": {"body": "Where is it?"}}
    contact = {"wa_id": PHONE[1:], "profile": {"name": "Zebedeu Paz"}}
    value = {"contacts": [contact], "messages": [message]}
    body = json.dumps({"entry": [{"changes": [{"value": value}]}]}).encode()
    entry = InboxEntry.create(received_at=NOW, body=body, state=state)
    InboxElement.create(entry=entry, position=0, outcome="failed", reason=f"{PHONE} is odd")
    return order


def test_nothing_of_the_person_is_left_in_the_whole_database(store):
    order = a_life()
    assert privacy.found(TRACES[:1]) == [
        "handles.value",
        "inbox.body",
        "inbox_elements.reason",
        "outbox.to_phone",
    ]
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert privacy.found(TRACES) == []


def test_ids_sums_and_the_way_of_the_order_stay(store):
    order = a_life()
    message = Message.get()
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    kept = Order.get_by_id(order.id)
    assert (kept.customer_id, kept.total_minor, kept.status) == (order.customer_id, 9970, "received")
    assert OrderLine.get().name == "Red shirt"
    assert (Message.get().key, Message.get().state) == (message.key, "read")
    assert InboxEntry.select().count() == 1


def test_the_act_leaves_a_trace_and_has_the_card_drawn_anew(store):
    order = a_life()
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    last = OrderEvent.select().order_by(OrderEvent.seq.desc()).first()
    assert (last.kind, last.actor, last.door) == ("forgotten", "dpo", "cli")
    assert Order.get_by_id(order.id).last_seq == last.seq
    assert Customer.get_by_id(order.customer_id).forgotten_at == NOW


def test_what_waited_to_be_told_is_not_sent(store):
    order = a_life()
    waiting = told(order, 0, state="queued")
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    after = Message.get_by_id(waiting.id)
    assert (after.state, after.reason) == ("skipped", "The customer was forgotten.")


def test_wapto_names_its_posts_in_slack_about_them(store):
    order = a_life()
    agent = an_agent()
    SlackPost.create(
        order=order, first_seq=1, last_seq=2, state="posted", due_at=NOW, created_at=NOW, channel="C1", ts="1.2"
    )
    usual = {"state": "posted", "due_at": NOW, "created_at": NOW, "key": "k"}
    Alert.create(order=order, agent=agent, channel="D1", ts="3.4", **usual)
    done = forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert done.in_slack == (forgetting.Post("C1", "1.2"), forgetting.Post("D1", "3.4"))


def test_what_they_asked_without_an_order_ends_and_goes(store):
    order = a_life()
    with transaction():
        inquiry = inquiries.open_for(order.number, order.customer, sku=None, now=NOW)
        timeline.record_of(Subject(inquiry=inquiry.id), "note", DPO, NOW, text="Zebedeu wants a blue gate")
    SlackPost.update(channel="C1", ts="1.2", state="posted").execute()
    done = forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert privacy.found(TRACES) == []
    assert done.in_slack == (forgetting.Post("C1", "1.2"),)
    assert not Inquiry.get().is_open


def test_their_files_are_named_and_not_fetched_any_more(store):
    order = a_life()
    usual = {"order": order, "kind": "document", "mime_type": "application/pdf", "due_at": NOW, "created_at": NOW}
    named = {"name": "Zebedeu.pdf", "media_id": "4711", "sha256": "abc"}
    Media.create(wamid="wamid.a", state="posted", file_id="F1", **named, **usual)
    Media.create(wamid="wamid.b", state="due", **named, **usual)
    done = forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert done.in_slack == (forgetting.File("F1"),)
    assert privacy.found([*TRACES, "4711"]) == []
    assert media.claim(NOW) is None


def test_every_table_that_hangs_on_a_person_is_thought_of(store):
    """A new table that points to people, orders or inquiries has to be exported, and blanked or kept for a reason."""
    exported = {model for model, _ in privacy.places(privacy.Person((1,), ()))}
    # Messages of ours in Slack, deleted there; when an order is due; what its lines took from the stock.
    tells_nothing = {Alert, SlackPost, Promise, StockMove}
    personal = {Customer, Order, Inquiry}
    hanging = {model for model in ALL if {field.rel_model for field in model._meta.refs} & personal}
    assert hanging - exported == tells_nothing


def test_doing_it_again_changes_nothing_more(store):
    order = a_life()
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    events = OrderEvent.select().count()
    again = forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert (again.webhooks, OrderEvent.select().count()) == (0, events)


def test_while_a_message_of_theirs_is_taken_in_it_is_refused_and_all_stays(store):
    order = a_life(state="new")
    with pytest.raises(Refused, match="try again in a minute"):
        forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert Handle.select().count() == 2


def test_others_keep_everything(store):
    order = a_life()
    rui = a_customer("+5511977776666", name="Rui Alves")
    heard(an_order(number=order.number, customer=rui, note="ring twice"), 1)
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    assert privacy.found(["5511977776666", "Rui Alves", "ring twice", "Where is it"]) == [
        "customers.name",
        "handles.value",
        "orders.note",
        "inbound.text",
    ]


def test_whoever_was_merged_with_them_is_forgotten_too(store):
    order = a_life()
    twin = a_customer("+5511900000001", name="Zebedeu P.", merged_into_id=order.customer_id)
    Handle.update(gone_at=NOW).where(Handle.customer == twin).execute()
    forgetting.forget(twin.id, actor=DPO, now=NOW)
    assert privacy.found([*TRACES, "5511900000001"]) == []


def test_whoever_comes_back_with_the_number_is_somebody_new(store):
    order = a_life()
    forgetting.forget(order.customer_id, actor=DPO, now=NOW)
    with transaction():
        back = customers.find_or_create(phone=PHONE, user_id=None, scope="", name="Z", username=None, now=NOW)
    assert back.id != order.customer_id


def test_an_export_has_every_row_about_the_person_and_nothing_of_others(store):
    order = a_life()
    an_order(number=order.number, customer=a_customer("+5511977776666", name="Rui Alves"))
    told_all = privacy.export(order.customer_id, actor=DPO, now=NOW)
    assert {table: len(rows) for table, rows in told_all.items()} == {
        "customers": 1,
        "handles": 2,
        "orders": 1,
        "order_lines": 1,
        "adjustments": 0,
        "notes": 1,
        "order_events": 2,
        "inbound": 1,
        "echoes": 0,
        "outbox": 1,
        "customer_tags": 0,
        "customer_notes": 0,
        "merges": 0,
        "inquiries": 0,
        "inquiry_events": 0,
        "media": 0,
        "approvals": 0,
        "surveys": 0,
        "inbox": 1,
    }
    assert "Rui" not in str(told_all)
    assert told_all["inbox"][0]["body"][1]["text"] == {"body": "Where is it?"}


def test_nobody_cannot_be_forgotten(store):
    with pytest.raises(NotFound, match="no customer 7"):
        forgetting.forget(7, actor=DPO, now=NOW)
