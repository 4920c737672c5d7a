"""News of templates, numbers, accounts and wishes: each changes what it should, and whoever must act is told."""

from datetime import timedelta

import pytest

from cli.serve import _duties
from tests.desk.builders import NOW, a_customer, a_number, a_template
from tests.desk.playing import a_shop, buy, drain, outcomes, take_in
from tests.desk.telling import a_telling_shop, waiting
from tests.meta.builders import WABA, body
from tests.meta.builders import change as conversation
from wapto.desk.conversations import conversations
from wapto.desk.customers import customers
from wapto.desk.intake import events, inbox
from wapto.desk.templates.refetching import REFETCH
from wapto.desk.watch import admins
from wapto.jobs import duties
from wapto.store.database import transaction
from wapto.store.models import AdminAlert, Customer, Duty, Echo, InboxEntry, Number, Order, Template

NOW_SECONDS = int(NOW.timestamp())


def change(field, **value):
    """A change of an account: it names no number."""
    return {"field": field, "value": value}


def template_news(event="PAUSED", name="order_update", language="en-US", **more):
    names = {"message_template_id": 900000000000001, "message_template_name": name}
    return change("message_template_status_update", **names, message_template_language=language, event=event, **more)


@pytest.fixture
def template(sqlite_store):
    return a_template(waba=WABA, language="en_US", synced_at=NOW - timedelta(days=1))


def told():
    return [alert.words for alert in AdminAlert.select().order_by(AdminAlert.id)]


def again(row):
    return type(row).get_by_id(row.id)


@pytest.mark.parametrize(
    "event", ["REJECTED", "PAUSED", "DISABLED", "PENDING", "IN_APPEAL", "LOCKED", "LIMIT_EXCEEDED"]
)
def test_a_template_that_cannot_be_sent_any_more_is_stopped_and_the_admins_are_told(template, event):
    take_in(template_news(event, reason="ABUSIVE_CONTENT"))
    assert again(template).status == event
    assert again(template).status_reason == "abusive content"
    [words] = told()
    assert "“order_update” (en_US)" in words
    assert "held until it is approved" in words


def test_a_rejection_keeps_the_reason_that_meta_prints_beside_the_value(template):
    news = template_news("REJECTED", reason="INVALID_FORMAT")
    take_in(news | {"rejection_info": {"reason": "Variables at the end", "recommendation": "Add words after them."}})
    assert again(template).status_reason == "variables at the end; Add words after them."


def test_a_template_approved_again_is_told_once_and_what_waited_for_it_is_released(template):
    Duty.create(name=events.RELEASE, due_at=NOW + timedelta(minutes=10))
    take_in(template_news("PAUSED"))
    take_in(template_news("APPROVED"))
    take_in(template_news("APPROVED"))
    assert again(template).status == "APPROVED"
    assert told() == ["Template “order_update” (en_US) is approved again; what waited for it is sent."]
    assert Duty.get().due_at == NOW


def test_messages_held_for_a_template_go_out_when_the_scheduler_looks(sqlite_store):
    number = a_telling_shop(waba=WABA)
    message = waiting(number, state="held", reason="paused")
    duties.do_due({events.RELEASE: _duties(waker=None, keep=None)[events.RELEASE]}, NOW)
    assert again(message).state == "queued"


def test_news_older_than_what_is_known_changes_nothing(template):
    take_in(template_news("PAUSED"))
    entry = take_in_at(NOW_SECONDS - 60, template_news("APPROVED"))
    assert again(template).status == "PAUSED"
    assert "older" in outcomes(entry)[0][1]


def take_in_at(seconds, *changes):
    note = {"object": "whatsapp_business_account", "entry": [{"id": WABA, "time": seconds, "changes": list(changes)}]}
    entry_id = inbox.store_raw(body(note), NOW)
    drain()
    return InboxEntry.get_by_id(entry_id)


def test_news_of_another_accounts_template_of_the_same_name_changes_nothing_here(sqlite_store):
    ours = a_template(waba="300000000000003", synced_at=NOW - timedelta(days=1))
    entry = take_in(template_news("PAUSED", language="en"))
    assert (entry.state, again(ours).status) == ("kept", "APPROVED")


def test_quality_is_known_by_its_shape_though_it_comes_under_the_status_field(template):
    names = {"message_template_name": "order_update", "message_template_language": "en_US"}
    take_in(change("message_template_status_update", **names, previous_quality_score="GREEN", new_quality_score="RED"))
    assert (again(template).quality, again(template).status) == ("RED", "APPROVED")
    assert told() == ["Template “order_update” (en_US): quality red."]


def test_a_category_that_will_change_is_told_before_and_kept_when_it_has(template):
    names = {"message_template_name": "order_update", "message_template_language": "en_US"}
    take_in(change("template_category_update", **names, new_category="UTILITY", correct_category="MARKETING"))
    assert (again(template).category, again(template).coming_category) == ("UTILITY", "MARKETING")
    take_in(change("template_category_update", **names, previous_category="UTILITY", new_category="MARKETING"))
    row = again(template)
    assert (row.category, row.previous_category, row.coming_category) == ("MARKETING", "UTILITY", None)
    assert [words.rpartition(": ")[2] for words in told()] == [
        "category will become marketing.", "category utility became marketing."
    ]  # fmt: skip


def test_words_that_were_changed_at_meta_are_told_and_fetched_at_once(template):
    names = {"message_template_name": "order_update", "message_template_language": "en_US"}
    Duty.create(name=REFETCH, due_at=NOW + timedelta(minutes=10))
    take_in(change("message_template_components_update", **names, message_template_element="Other words {{1}}"))
    assert again(template).change == "its words were changed at Meta"
    assert "its words were changed at Meta" in told()[0]
    assert Duty.get().due_at == NOW


def test_a_number_that_may_send_faster_does_so_and_its_new_limit_is_kept(sqlite_store):
    number = a_number(waba=WABA, display="+1 555-010-0001")
    news = {"display_phone_number": "15550100001", "event": "THROUGHPUT_UPGRADE"}
    take_in(change("phone_number_quality_update", **news, max_daily_conversations_per_business="TIER_UNLIMITED"))
    assert (again(number).throughput, again(number).limit_tier) == (1000, "TIER_UNLIMITED")
    assert told() == []


def test_a_flagged_number_is_told_and_once_more_when_it_is_over(sqlite_store):
    number = a_number(waba=WABA, display="+1 555-010-0001")
    take_in(change("phone_number_quality_update", display_phone_number="15550100001", event="FLAGGED"))
    assert again(number).quality == "FLAGGED"
    assert told() == ["Number Loja: flagged."]
    take_in(change("phone_number_quality_update", display_phone_number="15550100001", event="UNFLAGGED"))
    assert told() == ["Number Loja is no longer flagged."]


def test_a_refused_display_name_is_told(sqlite_store):
    a_number(waba=WABA, display="+1 555-010-0001")
    news = {"decision": "REJECTED", "requested_verified_name": "Loja", "rejection_reason": "NAME_NOT_OWNED"}
    take_in(change("phone_number_name_update", display_phone_number="15550100001", **news))
    assert told() == ["Number Loja: rejected, Loja, name not owned."]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": [{"waba_ban_state": "DISABLE", "waba_ban_date": "December 1"}]},
            "disabled update (waba ban state: DISABLE; waba ban date: December 1)",
        ),
        ("account_alerts", {"alert_info": {"alert_type": "OBA_REJECTED"}}, "oba rejected (alert type: OBA_REJECTED)"),
        ("account_review_update", {"decision": "REJECTED"}, "rejected (decision: REJECTED)"),
        ("business_capability_update", {"max_phone_numbers_per_business": 5}, "max phone numbers per business: 5"),
    ],
)
def test_news_of_the_account_is_told_to_the_admins_once(sqlite_store, field, value, words):
    a_shop()
    take_in(change(field, **value))
    take_in(change(field, **value))
    [told_words] = told()
    assert words in told_words


@pytest.mark.parametrize(("value", "is_stopped"), [("stop", True), ("resume", False)])
def test_a_wish_about_marketing_is_kept_with_its_source(sqlite_store, value, is_stopped):
    a_shop()
    ana = a_customer("+5511988887777", marketing_stopped_at=NOW, marketing_stop_source="agent")
    wish = {"wa_id": "5511988887777", "category": "marketing_messages", "value": value, "timestamp": NOW_SECONDS}
    take_in(conversation("user_preferences", user_preferences=[wish]))
    ana = Customer.get_by_id(ana.id)
    assert bool(ana.marketing_stopped_at) == is_stopped
    assert ana.marketing_stop_source == ("user_preferences" if is_stopped else None)


def test_what_was_sent_from_the_shops_phone_is_part_of_the_conversation_and_no_customer_message(sqlite_store):
    a_shop()
    order = buy()
    phone = {"from": "15550009999", "to": order_phone(order), "id": "wamid.E1", "timestamp": str(NOW_SECONDS)}
    echo = conversation(
        "smb_message_echoes", message_echoes=[phone | {"type": "text", "text": {"body": "from the phone"}}]
    )
    take_in(echo)
    take_in(echo)
    [row] = Echo.select()
    assert (row.direction, row.text) == ("out", "from the phone")
    said = [(one.direction, one.text, one.state) for one in conversations.of_order(order)]
    assert ("out", "from the phone", "sent") in said


def order_phone(order):
    return customers.phone_of(order.customer_id).removeprefix("+")


def test_history_is_kept_in_both_directions_and_makes_no_orders(sqlite_store):
    a_shop()
    messages = [
        {"from": "5511988887777", "id": "wamid.H1", "timestamp": "1763990003", "type": "order", "order": {}},
        {"from": "15550009999", "id": "wamid.H2", "timestamp": "1763990004", "type": "text", "text": {"body": "yes"}},
    ]
    take_in(conversation("history", history=[{"threads": [{"id": "5511988887777", "messages": messages}]}]))
    assert [(row.direction, row.kind) for row in Echo.select().order_by(Echo.id)] == [("in", "order"), ("out", "text")]
    assert not Order.select().exists()


def test_a_field_nobody_has_heard_of_is_kept_and_listed(sqlite_store):
    entry = take_in(change("news_of_tomorrow", odd=1))
    assert (entry.state, outcomes(entry)[0][0]) == ("kept", "kept")


def test_the_same_words_are_told_once_until_they_are_over(sqlite_store):
    with transaction() as tx:
        admins.tell(tx, "disk", "The disk is full.", NOW)
    first = admins.claim(NOW)
    admins.posted(first, "C1", "1.1")
    with transaction() as tx:
        admins.tell(tx, "disk", "The disk is full.", NOW + timedelta(hours=1))
    assert admins.claim(NOW + timedelta(hours=2)) is None
    with transaction() as tx:
        admins.over(tx, "disk", "There is room again.", NOW + timedelta(hours=2))
        admins.over(tx, "memory", "Nobody was told of that.", NOW)
    assert admins.claim(NOW + timedelta(hours=2)).words == "There is room again."


def test_a_held_message_says_why_meta_stopped_its_template(sqlite_store):
    a_telling_shop(waba=WABA)
    Template.update(synced_at=NOW - timedelta(days=1)).execute()
    take_in(template_news("PAUSED", language="en", reason="ABUSIVE_CONTENT"))
    message = waiting(Number.get())
    assert message.state == "held"
    assert "is PAUSED at Meta (abusive content)" in message.reason


def test_a_flagged_template_is_told_and_goes_on(template):
    take_in(template_news("FLAGGED"))
    assert again(template).status == "APPROVED"
    assert told() == ["Template “order_update” (en_US): flagged."]


def test_clocks_that_differ_a_little_hide_no_news(sqlite_store):
    row = a_template(waba=WABA, synced_at=NOW)
    take_in_at(NOW_SECONDS - 5, template_news("PAUSED", language="en"))
    assert again(row).status == "PAUSED"


def test_news_of_a_number_that_is_not_here_change_none_of_the_others(sqlite_store):
    number = a_number(waba=WABA, display="+1 555-010-0001")
    take_in(change("phone_number_quality_update", display_phone_number="15550109999", event="THROUGHPUT_UPGRADE"))
    assert again(number).throughput == 80
    assert told() == ["Number …9999: throughput upgrade."]


def test_one_bad_wish_takes_no_other_with_it(sqlite_store):
    a_shop()
    ana = a_customer("+5511988887777")
    nobody, good = {"value": "stop"}, {"wa_id": "5511988887777", "value": "stop"}
    entry = take_in(conversation("user_preferences", contacts=[], user_preferences=[nobody, good, "?"]))
    assert [outcome for outcome, _ in outcomes(entry)] == ["failed", "done", "failed"]
    assert Customer.get_by_id(ana.id).marketing_stopped_at


def test_one_bad_message_of_the_history_takes_no_other_with_it(sqlite_store):
    a_shop()
    good = {"from": "5511988887777", "id": "wamid.H1", "type": "image", "image": {"id": "7", "caption": "this one"}}
    threads = [{"id": "no number", "messages": [good]}, {"id": "5511988887777", "messages": ["?", good]}]
    entry = take_in(conversation("history", history=[{"threads": threads}]))
    assert [outcome for outcome, _ in outcomes(entry)] == ["failed", "kept", "done"]
    assert Echo.get().text == "[photo] this one"


def test_how_far_the_history_has_come_is_kept(sqlite_store):
    a_shop()
    entry = take_in(conversation("history", history=[{"metadata": {"phase": 1, "progress": 50}}]))
    assert entry.state == "kept"
