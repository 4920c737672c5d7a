"""What is not kept for ever, and what stays."""

from datetime import timedelta
from itertools import count

from tests.desk.builders import NOW, an_order
from wapto.desk.retention import Times, clear, file_gone, old_files
from wapto.store.models import Echo, Inbound, InboxElement, InboxEntry, Media, Message, Order, ParkedReceipt, Survey

TIMES = Times(bodies=timedelta(days=30), conversations=timedelta(days=365), media=timedelta(days=100))
_serial = count(1)


def a_webhook(days, state="done"):
    entry = InboxEntry.create(received_at=NOW - timedelta(days=days), body=b"{}", state=state)
    InboxElement.create(entry=entry, position=0, wamid=f"wamid.{next(_serial)}", outcome="done")
    return entry.id


def heard(order, days):
    said = {"number": order.number_id, "customer": order.customer_id, "kind": "text", "text": "Where is it?"}
    at = NOW - timedelta(days=days)
    return Inbound.create(**said, order=order, wamid=f"wamid.{next(_serial)}", sent_at=at, received_at=at).id


def told(order, days, state="read"):
    serial = next(_serial)
    return Message.create(
        order=order,
        number=order.number_id,
        customer=order.customer_id,
        key=f"key {serial}",
        callback=f"callback {serial}",
        trigger="shipped",
        to_phone="+5511988887777",
        text="Ana, it is on its way.",
        components=[{"type": "body"}],
        state=state,
        next_at=NOW,
        created_at=NOW - timedelta(days=days),
    )


def ids(model):
    return [row.id for row in model.select().order_by(model.id)]


def test_raw_webhooks_go_after_their_time_with_what_became_of_them(store):
    old, kept = a_webhook(31), a_webhook(29)
    clear(TIMES, NOW)
    assert ids(InboxEntry) == [kept]
    assert [element.entry_id for element in InboxElement.select()] == [kept]
    assert old != kept


def test_a_webhook_that_nobody_has_worked_on_stays_however_old(store):
    waiting, _failed = a_webhook(400, state="new"), a_webhook(400, state="failed")
    clear(TIMES, NOW)
    assert ids(InboxEntry) == [waiting]


def test_more_than_one_batch_goes_in_one_run(store):
    for _ in range(120):
        a_webhook(40)
    kept = a_webhook(1)
    clear(TIMES, NOW)
    assert ids(InboxEntry) == [kept]


def test_receipts_for_nobodys_message_go_with_the_webhooks(store):
    for days in (31, 1):
        at = NOW - timedelta(days=days)
        ParkedReceipt.create(wamid=f"wamid.{days}", status="read", at=at, errors=[], received_at=at)
    clear(TIMES, NOW)
    assert [receipt.wamid for receipt in ParkedReceipt.select()] == ["wamid.1"]


def test_what_customers_said_goes_after_its_own_time(store):
    order = an_order()
    heard(order, 366)
    kept = heard(order, 364)
    at = NOW - timedelta(days=366)
    said = {"number": order.number_id, "customer": order.customer_id, "kind": "text", "text": "Hi", "sent_at": at}
    Echo.create(**said, wamid="wamid.echo", direction="in", source="echo", received_at=at)
    clear(TIMES, NOW)
    assert ids(Inbound) == [kept]
    assert ids(Echo) == []
    assert Order.select().count() == 1


def test_what_the_shop_told_loses_words_and_recipient_but_is_never_told_again(store):
    message = told(an_order(), 366)
    clear(TIMES, NOW)
    after = Message.get_by_id(message.id)
    assert (after.text, after.components, after.to_phone) == ("", [], None)
    assert (after.key, after.state) == (message.key, "read")


def test_what_is_still_to_be_told_keeps_its_words(store):
    message = told(an_order(), 366, state="held")
    clear(TIMES, NOW)
    assert Message.get_by_id(message.id).text


def a_file(order, days, **changes):
    usual = {"media_id": "1", "kind": "image", "mime_type": "image/png", "state": "posted", "file_id": "F1"}
    at = NOW - timedelta(days=days)
    return Media.create(order=order, wamid=f"wamid.{next(_serial)}", due_at=at, created_at=at, **usual | changes).id


def test_files_go_after_their_own_time_once_slack_has_deleted_them(store):
    order = an_order()
    old, _, never_shown = a_file(order, 101), a_file(order, 99), a_file(order, 101, state="failed", file_id=None)
    a_file(order, 101, state="due", file_id=None)
    clear(TIMES, NOW)
    found = old_files(TIMES, NOW)
    assert [(file.id, file.file_id) for file in found] == [(old, "F1"), (never_shown, None)]
    for file in found:
        file_gone(file)
    assert old_files(TIMES, NOW) == []
    assert Media.select().count() == 2


def test_what_customers_wrote_to_their_scores_goes_and_the_scores_stay(store):
    first = an_order()
    for days, order in ((366, first), (364, an_order(first.number, first.customer))):
        at = NOW - timedelta(days=days)
        about = {"order": order, "number": order.number_id, "customer": order.customer_id}
        Survey.create(
            **about, kind="csat", state="answered", delivered_at=at, due_at=at, asked_at=at, score=4, comment="Lovely"
        )
    clear(TIMES, NOW)
    assert [(each.score, each.comment) for each in Survey.select().order_by(Survey.id)] == [(4, None), (4, "Lovely")]
