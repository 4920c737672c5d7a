"""People change their number, their user id, their keys: they stay who they are, and nobody else reads their orders."""

from functools import partial

import pytest

from tests.desk.builders import ANA, NOW, a_customer, a_template, a_trigger, an_order
from tests.desk.playing import a_shop, at_once, buy, outcomes, take_in
from tests.desk.telling import claimed, promised, states
from tests.meta.builders import WABA, cart, change, text
from wapto.desk.conversations import conversations, replies
from wapto.desk.customers import customers, doubts, merges, people
from wapto.desk.notices import notices
from wapto.desk.orders import timeline, views
from wapto.desk.orders.timeline import Actor, Subject
from wapto.errors import Conflict, NotFound, Refused
from wapto.store.models import Customer, Handle, Inbound, Message, OrderEvent

BEFORE, CHANGED, AFTER = "1763990100", "1763990300", "1763990500"
OLD, NEW = "5511988887777", "5511966665555"
AGENT = Actor("Rui", "slack", 1)


def system(kind="user_changed_number", **changes):
    """WhatsApp says that Ana moved to a new number."""
    told = {"type": kind, "wa_id": NEW, "body": f"User A changed from {OLD} to {NEW}"}
    message = {"from": OLD, "id": "wamid.S1", "timestamp": CHANGED, "type": "system"}
    message |= {"system": {key: item for key, item in (told | changes.pop("system", {})).items() if item}}
    return change(messages=[message | changes], contacts=[])


def a_telling_shop():
    number = a_shop()
    a_template()
    a_trigger(number, "received")
    a_trigger(number, "confirmed")
    return number


def a_buyer(number=None, **order):
    """Ana with an open order, whose customer is told of each step."""
    return an_order(number or a_telling_shop(), a_customer(), **order)


def again(row):
    return type(row).get_by_id(row.id)


def kinds(order):
    return [(entry.kind, entry.actor, entry.door) for entry in timeline.entries(order.id)]


def test_after_a_new_number_messages_are_held_until_an_agent_confirms_and_then_go_there(store):
    order = a_buyer(status="confirmed")
    take_in(system())
    held = promised(order, "confirmed")
    assert (held.state, held.to_phone) == ("held", None)
    assert held.reason == (
        "WhatsApp says that the customer moved to +55 ••••• 5555; messages wait until somebody who knows that it is "
        f"them confirms it, on the card or with `wapto customers confirm {order.customer_id}`."
    )
    people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    [work] = claimed().works
    assert work.to_phone == f"+{NEW}"
    assert ("number_confirmed", "Rui", "slack") in kinds(order)
    handle = Handle.get(Handle.value == f"+{NEW}")
    assert (handle.confirmed_at, handle.confirmed_by) == (NOW, "Rui (slack)")


def test_what_was_queued_for_the_old_number_does_not_leave_any_more(store):
    order = a_buyer(status="confirmed")
    assert promised(order, "confirmed").to_phone == ANA
    take_in(system())
    assert claimed().works == []
    assert states() == ["held"]
    people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    assert [work.to_phone for work in claimed().works] == [f"+{NEW}"]


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "user_changed_number"},
        {"kind": "customer_changed_number", "system": {"wa_id": None, "new_wa_id": NEW}},
        {"kind": "user_changed_number", "from": NEW, "system": {"customer": OLD}},
        {"kind": "user_changed_number", "from": "551188887777"},
    ],
)
def test_the_customer_stays_the_same_with_a_new_number_in_doubt(sqlite_store, told):
    order = a_buyer()
    take_in(system(**told))
    assert Customer.select().count() == 1
    assert customers.phone_of(order.customer_id) is None
    assert customers.shown_phone(order.customer_id) == f"+{NEW}"
    assert kinds(order)[-1] == ("number_changed", "customer", "whatsapp")
    assert Inbound.get().customer_id == order.customer_id


def test_whoever_writes_from_the_new_number_is_known_but_not_written_to_before_it_is_confirmed(store):
    order = a_buyer()
    take_in(system())
    later = buy(**{"from": NEW, "timestamp": AFTER})
    assert later.customer_id == order.customer_id
    assert Message.get(Message.order == later).state == "held"


def test_a_number_that_was_handed_on_by_the_operator_is_a_new_person(store):
    order = a_buyer()
    take_in(system())
    stranger = buy(**{"from": OLD, "timestamp": AFTER})
    assert stranger.customer_id != order.customer_id
    assert customers.phone_of(stranger.customer_id) == ANA
    assert customers.phone_of(order.customer_id) is None


def test_what_was_sent_before_the_change_and_comes_after_it_is_still_theirs(store):
    order = a_buyer()
    take_in(system())
    late = buy(**{"from": OLD, "timestamp": BEFORE})
    assert late.customer_id == order.customer_id
    assert Message.get(Message.order == late).state == "held"


def test_the_same_news_again_changes_nothing(sqlite_store):
    order = a_buyer()
    take_in(system())
    people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    [(outcome, _)] = outcomes(take_in(system()))
    assert outcome == "seen"
    assert customers.phone_of(order.customer_id) == f"+{NEW}"
    assert Customer.select().count() == 1


def test_somebody_who_moves_on_before_the_first_move_was_confirmed_is_asked_about_once(sqlite_store):
    order = a_buyer()
    take_in(system())
    first = doubts.of_customer(order.customer_id)
    take_in(system(id="wamid.S2", **{"from": NEW, "timestamp": AFTER}, system={"wa_id": "5511955554444"}))
    assert doubts.of_customer(order.customer_id).address == "+5511955554444"
    with pytest.raises(Conflict, match="changed once more"):
        people.confirm_number(order.customer_id, actor=AGENT, now=NOW, seen_handle=first.handle_id)


def test_somebody_who_returns_to_the_old_number_is_confirmed_there(sqlite_store):
    order = a_buyer()
    take_in(system())
    take_in(system(id="wamid.S2", **{"from": NEW, "timestamp": AFTER}, system={"wa_id": OLD}))
    people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    assert customers.phone_of(order.customer_id) == ANA


def test_a_new_number_takes_the_user_ids_of_the_old_one_along(store):
    customer = a_customer(user_id="BR.1")
    order = an_order(a_shop(), customer)
    take_in(system(system={"user_id": "BR.2", "previous_user_id": "BR.1"}))
    assert customers.user_id_of(customer.id, WABA) is None
    people.confirm_number(customer.id, actor=AGENT, now=NOW)
    assert customers.user_id_of(customer.id, WABA) == "BR.2"
    assert customers.phone_of(customer.id) == f"+{NEW}"
    assert kinds(order)[-1][0] == "number_confirmed"


def test_a_phone_that_comes_with_a_doubted_user_id_is_doubted_too(sqlite_store):
    customer = a_customer(phone=None, user_id="BR.1")
    a_shop()
    moved = {"user_id": "BR.2", "previous_user_id": "BR.1", "wa_id": None}
    take_in(system(**{"from": None}, system=moved))
    take_in(change(messages=[text(**{"from": NEW, "from_user_id": "BR.2", "timestamp": AFTER})]))
    assert customers.shown_phone(customer.id) == f"+{NEW}"
    assert customers.phone_of(customer.id) is None


def test_a_user_id_that_is_late_does_not_come_back_with_the_old_number(sqlite_store):
    order = a_buyer(a_shop())
    take_in(system())
    take_in(change(messages=[text(**{"from": OLD, "from_user_id": "BR.1", "timestamp": BEFORE})]))
    assert customers.user_id_of(order.customer_id, WABA) is None


def test_a_new_user_id_is_trusted_at_once(store):
    customer = a_customer(user_id="BR.1")
    order = an_order(a_shop(), customer)
    moved = {"wa_id": None, "user_id": "BR.2", "previous_user_id": "BR.1"}
    take_in(system("user_changed_user_id", **{"from": None}, system=moved))
    assert customers.user_id_of(customer.id, WABA) == "BR.2"
    assert customers.phone_of(customer.id) == ANA
    assert kinds(order)[-1] == ("user_id_changed", "customer", "whatsapp")
    assert Customer.select().count() == 1


def test_a_new_user_id_of_somebody_else_is_only_claimed(sqlite_store):
    customer, other = a_customer(user_id="BR.1"), a_customer(phone=None, user_id="BR.2")
    a_shop()
    take_in(system("user_changed_user_id", system={"wa_id": None, "user_id": "BR.2", "previous_user_id": "BR.1"}))
    assert customers.user_id_of(other.id, WABA) == "BR.2"
    assert doubts.of_customer(customer.id).owner_id == other.id


def test_a_number_that_is_another_customers_already_is_shown_and_never_merged_by_itself(store):
    order = a_buyer(status="confirmed")
    bia = a_customer(phone=f"+{NEW}", name="Bia")
    take_in(system())
    held = promised(order, "confirmed")
    offer = f"`wapto customers merge {order.customer_id} {bia.id}`"
    assert (held.state, offer in held.reason) == ("held", True)
    with pytest.raises(Refused, match="belongs to customer"):
        people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    assert buy(**{"from": NEW, "timestamp": AFTER}).customer == bia
    merges.merge(order.customer_id, bia.id, "Ana told us so.", actor=AGENT, now=NOW)
    assert doubts.of_customer(order.customer_id) is None
    assert again(held).state == "queued"
    assert {work.to_phone for work in claimed().works} == {f"+{NEW}"}


def test_a_number_that_was_handed_on_is_taken_from_whoever_had_it(store):
    order = a_buyer(status="confirmed")
    bia = a_customer(phone=f"+{NEW}", name="Bia")
    hers = an_order(order.number, bia, status="confirmed")
    take_in(system())
    mine = promised(order, "confirmed")
    people.confirm_number(order.customer_id, actor=AGENT, now=NOW, handed_on=True)
    assert (customers.phone_of(order.customer_id), customers.phone_of(bia.id)) == (f"+{NEW}", None)
    assert again(mine).state == "queued"
    assert promised(hers, "confirmed").state == "held"
    assert kinds(hers)[0] == ("number_handed_on", "Rui", "slack")
    assert buy(**{"from": NEW, "timestamp": BEFORE}).customer == bia
    assert buy(**{"from": NEW, "timestamp": AFTER}).customer_id == order.customer_id


def test_new_keys_are_noted_and_shown(sqlite_store):
    a_telling_shop()
    order = buy(**{"from": OLD, "timestamp": BEFORE})
    take_in(system("customer_identity_changed", identity={"hash": "aGFzaA=="}, system={"wa_id": None, "body": "New"}))
    assert kinds(order)[-1] == ("identity_changed", "customer", "whatsapp")
    assert views.of_order(order.id).identity_changed_at == NOW
    assert customers.phone_of(order.customer_id) == ANA
    assert "[WhatsApp says: New]" in [said.text for said in conversations.of_order(order)]


def test_there_is_nothing_to_confirm_without_news(sqlite_store):
    order = a_buyer()
    with pytest.raises(Refused, match="no new number"):
        people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    with pytest.raises(NotFound):
        people.confirm_number(99, actor=AGENT, now=NOW)


def test_two_who_confirm_at_once_confirm_it_once(store):
    order = a_buyer(status="confirmed")
    take_in(system())
    promised(order, "confirmed")
    seen = doubts.of_customer(order.customer_id).handle_id
    confirm = partial(people.confirm_number, order.customer_id, actor=AGENT, now=NOW, seen_handle=seen)
    assert [done.id for done in at_once(confirm, confirm)] == [order.customer_id] * 2
    assert OrderEvent.select().where(OrderEvent.kind == "number_confirmed").count() == 1
    assert states() == ["queued"]


def test_an_order_that_is_done_is_not_disturbed(sqlite_store):
    order = a_buyer(status="delivered")
    take_in(system())
    assert kinds(order) == []


def test_a_second_spelling_of_the_number_beside_the_sender_is_theirs_too(sqlite_store):
    a_shop()
    contact = {"profile": {"name": "Ana"}, "wa_id": "551188887777"}
    take_in(change(messages=[cart(**{"from": OLD})], contacts=[contact]))
    ana = Customer.get()
    assert ana.name == "Ana"
    assert {handle.value for handle in Handle.select()} == {ANA, "+551188887777"}
    assert customers.phone_of(ana.id) == ANA


def test_a_wa_id_that_differs_is_one_more_way_to_know_them_if_the_user_id_says_so(sqlite_store):
    a_shop()
    contact = {"profile": {}, "wa_id": "5511900001111", "user_id": "BR.1"}
    take_in(change(messages=[cart(**{"from": OLD, "from_user_id": "BR.1"})], contacts=[contact]))
    assert customers.phone_of(Customer.get().id) == ANA
    assert buy(**{"from": "5511900001111"}).customer == Customer.get()


def test_a_contact_of_somebody_else_ties_nobody_together(sqlite_store):
    a_shop()
    take_in(change(messages=[cart(**{"from": OLD})], contacts=[{"profile": {}, "wa_id": "5511900001111"}]))
    assert buy(**{"from": "5511900001111"}).customer != Customer.get(Customer.id == 1)


def test_words_to_a_customer_who_moves_wait_too(sqlite_store):
    order = buy_lately()
    say = partial(replies.say, Subject(order=order.id), "Red or blue?", actor=AGENT, now=NOW)
    said = say(key="1")
    take_in(system())
    with pytest.raises(Refused, match="messages wait until"):
        say(key="2")
    assert claimed().works == []
    assert again(said).state == "held"
    people.confirm_number(order.customer_id, actor=AGENT, now=NOW)
    assert [work.to_phone for work in claimed().works] == [f"+{NEW}"]


def test_words_go_at_last_though_the_process_that_confirmed_the_number_died_right_after(sqlite_store):
    order = buy_lately()
    said = replies.say(Subject(order=order.id), "Red or blue?", actor=AGENT, now=NOW, key="1")
    take_in(system())
    claimed()
    Handle.update(doubted_at=None).where(Handle.doubted_at.is_null(False)).execute()
    notices.release_all(NOW)
    assert (again(said).state, again(said).to_phone) == ("queued", f"+{NEW}")


def buy_lately():
    """A cart that opened the customer service window."""
    a_shop()
    return buy(**{"from": OLD, "timestamp": str(int(NOW.timestamp()) - 60)})
