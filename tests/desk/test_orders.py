"""The verbs of an order: what they change, what they refuse, and what happens when several people act at once."""

import threading
from datetime import date, timedelta
from functools import partial

import pytest

from tests.desk.builders import NOW, a_template, a_trigger, an_agent
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step, until_somebody_waits
from wapto.desk.orders import orders, timeline
from wapto.desk.orders.orders import Tracking
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import order_number
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.store.database import transaction
from wapto.store.models import Alert, Message, Order, OrderEvent

ANA, RUI = Actor("Ana", "slack"), Actor("Rui", "slack")


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def move(order, target, **how):
    return orders.change_status(order.id, target, **{"actor": ADMIN, "now": NOW} | how)


def give(order, agent, **how):
    return orders.assign(order.id, agent and agent.id, **{"actor": ADMIN, "now": NOW} | how)


@pytest.fixture
def order(store):
    a_shop()
    return buy()


@pytest.fixture
def quick(sqlite_store):
    """An order where engines do not matter."""
    a_shop()
    return buy()


def test_an_order_walks_its_road_and_the_timeline_says_so(order):
    done = step(order, "confirmed", "processing", "shipped", "out_for_delivery", "delivered")
    assert (done.status, done.is_open, done.version) == ("delivered", False, 6)
    changes = [entry for entry in timeline.entries(order.id) if entry.kind == "status"]
    assert [(entry.before, entry.after) for entry in changes][:2] == [
        ("received", "confirmed"),
        ("confirmed", "processing"),
    ]
    assert {(entry.actor, entry.door, entry.at) for entry in changes} == {("admin", "cli", NOW)}


def test_a_pickup_order_walks_its_own_road(quick):
    orders.set_facts(quick.id, actor=ADMIN, now=NOW, fulfillment="pickup")
    with pytest.raises(Refused, match="cannot become Shipped"):
        move(quick, "shipped")
    assert step(quick, "processing", "ready_for_pickup", "delivered").status == "delivered"


def test_a_change_promises_the_customer_to_be_told_in_the_same_transaction(order):
    a_template()
    a_trigger(order.number, "shipped")
    move(order, "shipped")
    assert [(message.trigger, message.state) for message in Message.select()] == [("shipped", "queued")]


def test_a_change_that_is_refused_leaves_nothing_behind(order):
    with pytest.raises(Refused, match="A delivery order that is Received cannot become Returned"):
        move(order, "returned", reason="broken")
    assert (Order.get().version, kinds(order)) == (1, ["received"])


@pytest.mark.parametrize("reason", [None, "", "  ", "\x00"])
def test_what_needs_a_reason_is_refused_without_words(quick, reason):
    with pytest.raises(InvalidInput, match="needs a reason"):
        move(quick, "cancelled", reason=reason)


def test_reasons_stand_in_the_timeline_and_long_ones_are_refused_not_cut(quick):
    with pytest.raises(InvalidInput, match="3,000 characters; this one has 3,001"):
        move(quick, "cancelled", reason="x" * 3_001)
    move(quick, "cancelled", reason=" sold out\x00 ")
    assert timeline.entries(quick.id)[-1].text == "sold out"


def test_a_cancelled_order_can_be_reopened_to_where_it_was_and_nowhere_else(quick):
    step(quick, "processing")
    cancelled = move(quick, "cancelled", reason="sold out")
    assert (cancelled.is_open, cancelled.cancelled_from) == (False, "processing")
    with pytest.raises(Refused, match="can become: Processing"):
        move(quick, "confirmed", reason="found some")
    reopened = move(quick, "processing", reason="found some")
    assert (reopened.is_open, reopened.cancelled_from) == (True, None)


def test_a_status_that_does_not_exist_is_named_with_those_that_do(quick):
    with pytest.raises(InvalidInput, match=r"no status “done”.*received, pending"):
        move(quick, "done")


def test_tracking_is_kept_and_what_is_not_said_stays(quick):
    step(quick, "processing")
    link = " https://example.com/BR123 "
    move(quick, "shipped", tracking=Tracking("Correios", "BR\n123", link, date(2026, 12, 1)))
    moved = move(quick, "out_for_delivery", tracking=Tracking(carrier="", number="BR124"))
    assert (moved.carrier, moved.tracking_number, moved.tracking_url, moved.eta) == (
        "Correios", "BR124", "https://example.com/BR123", "2026-12-01",
    )  # fmt: skip


@pytest.mark.parametrize("url", ["example.com/1", "javascript:alert(1)", "https://a b", "https://x\nhttps://y"])
def test_a_tracking_link_is_one_web_address(url):
    with pytest.raises(InvalidInput, match="must be one address"):
        Tracking(url=url)


def test_tracking_details_have_an_end():
    with pytest.raises(InvalidInput, match="500 characters"):
        Tracking(number="1" * 501)


def test_a_click_is_refused_only_if_what_it_was_drawn_for_has_moved(order):
    ana = an_agent(name="Ana")
    give(order, ana)
    assert move(order, "confirmed", seen_status="received").status == "confirmed"
    with pytest.raises(Conflict, match=r"already changed: admin \(to Confirmed, 09:00:00 UTC\)"):
        move(order, "confirmed", seen_status="received", actor=ANA)
    with pytest.raises(Conflict, match=r"already changed: admin \(assigned to Ana, 09:00:00 UTC\)"):
        give(order, an_agent(name="Rui"), seen_agent=None)


def test_the_second_click_of_a_double_click_changes_nothing_and_is_no_fault(order):
    move(order, "confirmed", seen_status="received")
    again = move(order, "confirmed", seen_status="received")
    assert again.version == order.version + 1
    assert [entry.after for entry in timeline.entries(order.id) if entry.kind == "status"] == ["confirmed"]


def test_a_form_is_refused_if_anything_has_moved_since_it_was_opened(order):
    opened = order.version
    orders.set_facts(order.id, actor=ANA, now=NOW, payment="paid")
    with pytest.raises(Conflict, match=r"already changed: Ana \(to paid, 09:00:00 UTC\)"):
        move(order, "shipped", version=opened)
    with pytest.raises(Conflict, match=r"already changed: Ana"):
        give(order, an_agent(), version=opened)
    assert move(order, "shipped", version=opened + 1).status == "shipped"


def test_a_note_does_not_count_as_a_change_to_a_form(quick):
    orders.add_note(quick.id, "call first", actor=ANA, now=NOW)
    assert move(quick, "shipped", version=1).status == "shipped"


def test_of_two_who_claim_at_once_one_wins_and_the_other_reads_who_and_when(order):
    ana, rui = an_agent(name="Ana"), an_agent(name="Rui")
    claims = [
        partial(give, order, agent, actor=Actor(agent.name, "slack", agent.id), seen_agent=None) for agent in (ana, rui)
    ]
    first, second = at_once(*claims)
    won, lost = (second, first) if isinstance(first, Conflict) else (first, second)
    winner = Order.get().agent.name
    assert won.agent.name == winner
    assert str(lost) == (
        f"{order_number(order.id)} was already changed: {winner} (assigned to {winner}, 09:00:00 UTC). "
        "Look at it again."
    )
    assert kinds(order) == ["received", "assigned"]


def test_of_two_who_confirm_at_once_one_wins(order):
    clicks = [partial(move, order, "confirmed", actor=actor, seen_status="received") for actor in (ANA, RUI)]
    results = at_once(*clicks)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Order"]
    assert kinds(order) == ["received", "status"]


def test_a_claim_and_a_confirmation_at_once_both_count(order):
    ana = an_agent(name="Ana")
    results = at_once(
        partial(give, order, ana, seen_agent=None),
        partial(move, order, "confirmed", seen_status="received"),
        partial(orders.set_facts, order.id, actor=ADMIN, now=NOW, payment="paid"),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    now = Order.get()
    assert (now.agent, now.status, now.payment_status, now.version) == (ana, "confirmed", "paid", 4)


def test_whoever_is_overtaken_between_look_and_update_decides_again(postgres_store):
    a_shop()
    order, ana = buy(), an_agent(name="Ana")
    results = []
    waiting = threading.Thread(target=lambda: results.extend(at_once(partial(move, order, "confirmed"))))
    with transaction():
        give(order, ana)
        waiting.start()
        until_somebody_waits()
    waiting.join(10)
    assert (results[0].status, results[0].agent, results[0].version) == ("confirmed", ana, 3)


def test_an_assignment_is_explained_and_the_assignee_is_owed_one_alert(order):
    ana = an_agent(name="Ana")
    given = give(order, ana)
    assert (given.agent, given.assignment_reason) == (ana, "given by admin")
    give(order, ana)
    assert (Alert.select().count(), kinds(order)) == (1, ["received", "assigned"])


def test_who_takes_an_order_needs_no_alert(quick):
    ana = an_agent(name="Ana")
    taken = give(quick, ana, actor=Actor("Ana", "slack", ana.id))
    assert (taken.assignment_reason, Alert.select().count()) == ("taken by themselves", 0)


def test_a_second_click_on_claim_is_no_conflict_with_oneself(quick):
    ana = an_agent(name="Ana")
    give(quick, ana, seen_agent=None)
    assert give(quick, ana, seen_agent=None).agent == ana
    assert Order.get().version == 2


def test_a_released_order_belongs_to_nobody(quick):
    give(quick, an_agent(name="Ana"))
    released = give(quick, None)
    assert (released.agent, released.assignment_reason) == (None, None)
    last = timeline.entries(quick.id)[-1]
    assert (last.kind, last.before, last.after) == ("released", "Ana", None)


def test_being_given_an_order_again_is_told_again(quick):
    ana, rui = an_agent(name="Ana"), an_agent(name="Rui")
    for agent in (ana, rui, ana):
        give(quick, agent)
    assert Alert.select().where(Alert.agent == ana).count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"), [({"gone_at": NOW}, "not on the roster"), ({"role": "viewer"}, "Ana is a viewer")]
)
def test_nobody_gets_an_order_who_may_not_work_on_it(quick, changes, sentence):
    with pytest.raises((NotFound, Refused), match=sentence):
        give(quick, an_agent(name="Ana", **changes))


def test_a_closed_order_needs_nobody(quick):
    step(quick, "delivered")
    with pytest.raises(Refused, match=r"is Delivered; nobody needs"):
        give(quick, an_agent())


def test_facts_are_recorded_one_entry_each(order):
    changed = orders.set_facts(order.id, actor=ADMIN, now=NOW, fulfillment="pickup", payment="paid")
    assert (changed.fulfillment, changed.payment_status, changed.version) == ("pickup", "paid", 2)
    assert kinds(order) == ["received", "fulfillment", "payment_status"]
    orders.set_facts(order.id, actor=ADMIN, now=NOW, fulfillment="pickup", payment="paid")
    assert Order.get().version == 2


@pytest.mark.parametrize("facts", [{"fulfillment": "drone"}, {"payment": "promised"}])
def test_a_fact_that_does_not_exist_is_refused_with_those_that_do(quick, facts):
    with pytest.raises(InvalidInput, match="choose one of"):
        orders.set_facts(quick.id, actor=ADMIN, now=NOW, **facts)


def test_an_order_too_far_on_one_road_cannot_change_to_the_other(quick):
    step(quick, "shipped")
    with pytest.raises(Refused, match="Shipped cannot become a pickup order any more"):
        orders.set_facts(quick.id, actor=ADMIN, now=NOW, fulfillment="pickup")


def test_an_order_is_found_by_its_number_however_it_is_typed(quick):
    number = order_number(quick.id)
    for typed in (number, number.lower(), f" #{number.removeprefix('W-')} "):
        assert orders.find(typed) == quick


@pytest.mark.parametrize("typed", ["W-ZZZZ", "", "7", "DROP TABLE", "W-" + "9" * 400])
def test_a_number_that_is_no_orders_is_said_to_be_so(quick, typed):
    with pytest.raises(NotFound, match="no order “"):
        orders.find(typed)


@pytest.mark.parametrize(
    "verb",
    [
        lambda: orders.change_status(99, "confirmed", actor=ADMIN, now=NOW),
        lambda: orders.assign(99, None, actor=ADMIN, now=NOW),
        lambda: orders.add_note(99, "hello", actor=ADMIN, now=NOW),
        lambda: orders.set_facts(99, actor=ADMIN, now=NOW, payment="paid"),
    ],
)
def test_no_verb_works_on_an_order_that_is_not_there(sqlite_store, verb):
    with pytest.raises(NotFound):
        verb()


def test_a_note_is_kept_as_written_beside_the_timeline(order):
    words = "<!channel> *bold* & 'quotes'\n" + "é" * 2_000
    seq = orders.add_note(order.id, f"  {words}\x00", actor=ANA, now=NOW + timedelta(minutes=1))
    entry = timeline.entries(order.id)[-1]
    assert (entry.seq, entry.kind, entry.actor, entry.text) == (seq, "note", "Ana", words)
    assert OrderEvent.get(OrderEvent.seq == seq).ids == {}


@pytest.mark.parametrize(("text", "sentence"), [(" \x00\n", "some words"), ("x" * 3_001, "3,000 characters")])
def test_a_note_has_words_and_an_end(quick, text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        orders.add_note(quick.id, text, actor=ANA, now=NOW)


def test_a_note_of_the_customer_reaches_the_order_whole(store):
    a_shop()
    note = "ring twice <!channel> \x00" + "ن" * 3_975
    order = buy(order={"catalog_id": "3", "text": note, "product_items": []})
    assert order.note == note.replace("\x00", " ")
    assert order.flags == ["empty_cart"]
