"""Acts that need a second person: asked, agreed to by somebody else, done then; both names stand in the timeline."""

from dataclasses import replace
from functools import partial

import pytest

from tests.desk.builders import NOW, an_agent
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step
from wapto.desk import numbers
from wapto.desk.approvals import agreeing, approvals
from wapto.desk.catalog import drift
from wapto.desk.customers import forgetting, privacy
from wapto.desk.orders import adjustments, bulk, edits, export, line_items, orders, search, timeline
from wapto.desk.orders.timeline import CUSTOMER, Actor
from wapto.errors import Conflict, InvalidInput, NotAllowed, WaptoError
from wapto.store.database import transaction
from wapto.store.models import AdminAlert, Agent, Approval, Customer, Number, Order


@pytest.fixture
def shop(store):
    return numbers.change(a_shop(timezone="UTC"), {"two_person": "all"})


@pytest.fixture
def ana(shop):
    return person("Ana")


@pytest.fixture
def rui(shop):
    return person("Rui")


def person(name):
    return Actor(name, "slack", an_agent(name=name, role="admin").id)


def paid():
    order = buy()
    return orders.set_facts(order.id, actor=ADMIN, now=NOW, payment="paid")


def cancel(order, actor):
    return orders.change_status(order.id, "cancelled", actor=actor, now=NOW, reason="sold out")


def asked():
    return Approval.select().order_by(Approval.id.desc()).first()


def entries(order):
    return [(entry.kind, entry.actor, entry.after) for entry in timeline.entries(order.id)]


def test_cancelling_a_paid_order_is_asked_and_changes_nothing_yet(shop, ana):
    order = paid()
    with pytest.raises(NotAllowed, match="A second person has to agree to cancel the paid order"):
        cancel(order, ana)
    assert Order.get_by_id(order.id).status == "received"
    assert entries(order)[-1] == ("approval_asked", "Ana", "cancel_paid")
    [told] = AdminAlert.select()
    assert told.approval_id == asked().id
    assert "sold out" not in told.words


def test_once_somebody_else_agrees_it_is_done_and_both_names_stand_in_the_timeline(shop, ana, rui):
    order = paid()
    with pytest.raises(NotAllowed):
        cancel(order, ana)
    said = agreeing.agree(asked().id, actor=rui, now=NOW)
    assert said.startswith("Rui agreed: W-")
    assert Order.get_by_id(order.id).status == "cancelled"
    assert entries(order)[-2:] == [("approved", "Rui", "cancel_paid"), ("status", "Ana", "cancelled")]
    answer = AdminAlert.get(AdminAlert.agent == ana.agent_id)
    assert answer.words == said


def test_nobody_agrees_with_themselves(shop, ana):
    order = paid()
    with pytest.raises(NotAllowed):
        cancel(order, ana)
    with pytest.raises(NotAllowed, match="somebody else"):
        agreeing.agree(asked().id, actor=ana, now=NOW)
    assert asked().state == "asked"


def test_declining_ends_it_and_it_can_be_asked_again(shop, ana, rui):
    order = paid()
    for _ in range(2):
        with pytest.raises(NotAllowed):
            cancel(order, ana)
        agreeing.decline(asked().id, actor=rui, now=NOW)
    assert Approval.select().count() == 2
    assert entries(order)[-1] == ("declined", "Rui", "cancel_paid")
    assert Order.get_by_id(order.id).status == "received"


def test_asking_twice_is_asked_once(shop, ana, rui):
    order = paid()
    for actor in (ana, ana, rui):
        with pytest.raises(NotAllowed):
            cancel(order, actor)
    assert Approval.select().count() == 1
    assert entries(order).count(("approval_asked", "Ana", "cancel_paid")) == 1


def test_of_two_who_decide_at_once_one_is_told_of_the_other(shop, ana, rui):
    order, eva = paid(), person("Eva")
    with pytest.raises(NotAllowed):
        cancel(order, ana)
    results = at_once(*(partial(agreeing.agree, asked().id, actor=actor, now=NOW) for actor in (rui, eva)))
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert [kind for kind, _, _ in entries(order)].count("status") == 1


def test_an_act_that_is_not_possible_any_more_stays_asked(shop, ana, rui):
    order = paid()
    with pytest.raises(NotAllowed):
        cancel(order, ana)
    step(order, "confirmed", "processing", "shipped", "delivered")
    with pytest.raises(WaptoError, match="cannot become Cancelled"):
        agreeing.agree(asked().id, actor=rui, now=NOW)
    assert asked().state == "asked"
    assert "approved" not in [kind for kind, _, _ in entries(order)]


def test_what_was_never_paid_is_cancelled_by_one_and_what_was_paid_once_is_not(shop, ana):
    assert cancel(buy(), ana).status == "cancelled"
    order = paid()
    orders.set_facts(order.id, actor=ana, now=NOW, payment="unpaid")
    with pytest.raises(NotAllowed):
        cancel(order, ana)


def test_a_customer_and_a_shop_without_the_rule_need_nobody(shop, ana):
    assert cancel(paid(), CUSTOMER).status == "cancelled"
    numbers.change(shop, {"two_person": ""})
    assert cancel(paid(), ana).status == "cancelled"


def test_of_many_at_once_each_is_asked(shop, ana):
    those = [paid(), buy()]
    done = bulk.advance([(each.id, "received") for each in those], "cancelled", actor=ana, now=NOW, reason="flood")
    assert [bool(each.problem) for each in done] == [True, False]
    assert Approval.select().count() == 1


def test_another_price_is_asked_and_then_set(shop, ana, rui):
    order = buy()
    sku = line_items.of_order(order.id)[0].sku
    with pytest.raises(NotAllowed, match="change prices"):
        edits.edit_items(order.id, actor=ana, now=NOW, typed=[f"{sku}=1@0.10"])
    assert line_items.of_order(order.id)[0].unit_minor != 10
    agreeing.agree(asked().id, actor=rui, now=NOW)
    assert line_items.of_order(order.id)[0].unit_minor == 10
    assert [actor for kind, actor, _ in entries(order) if kind == "items"] == ["Ana"]


def test_an_item_that_is_taken_out_and_put_back_cheaper_is_asked_too(shop, ana):
    order = buy()
    sku = line_items.of_order(order.id)[0].sku
    edits.edit_items(order.id, actor=ana, now=NOW, quantities={1: 3})
    with pytest.raises(NotAllowed):
        edits.edit_items(order.id, actor=ana, now=NOW, quantities={1: 0}, typed=[f"{sku}=1@0.10"])


def test_another_quantity_at_the_same_price_is_not(shop, ana):
    order = edits.edit_items(buy().id, actor=ana, now=NOW, quantities={1: 3})
    assert line_items.of_order(order.id)[0].quantity == 3


def test_a_discount_is_asked(shop, ana, rui):
    order = buy()
    with pytest.raises(NotAllowed):
        adjustments.adjust(order.id, {"discount": "1.00"}, actor=ana, now=NOW)
    agreeing.agree(asked().id, actor=rui, now=NOW)
    assert [each.minor for each in adjustments.of_order(order.id)] == [-100]


def test_what_was_agreed_to_is_not_done_to_an_order_that_has_changed_since(shop, ana, rui):
    order = buy()
    with pytest.raises(NotAllowed):
        adjustments.adjust(order.id, {"discount": "1.00"}, actor=ana, now=NOW)
    edits.edit_items(order.id, actor=rui, now=NOW, quantities={1: 5})
    with pytest.raises(Conflict):
        agreeing.agree(asked().id, actor=rui, now=NOW)
    assert adjustments.of_order(order.id) == ()


def test_who_asks_for_more_than_was_shown_asks_anew(shop, ana, rui):
    order = buy()
    for discount in ("1.00", "1.00", "2.00"):
        with pytest.raises(NotAllowed):
            adjustments.adjust(order.id, {"discount": discount}, actor=ana, now=NOW)
    first, second = Approval.select().order_by(Approval.id)
    with pytest.raises(Conflict):
        agreeing.agree(first.id, actor=rui, now=NOW)
    agreeing.agree(second.id, actor=rui, now=NOW)
    assert [each.minor for each in adjustments.of_order(order.id)] == [-200]


def test_nobody_else_takes_a_question_back_by_asking_for_more(shop, ana, rui):
    order = buy()
    for actor, discount in ((ana, "1.00"), (rui, "2.00")):
        with pytest.raises(NotAllowed):
            adjustments.adjust(order.id, {"discount": discount}, actor=actor, now=NOW)
    [question] = Approval.select()
    assert (question.asked_by, question.state) == ("Ana", "asked")


def test_the_catalogs_price_is_asked(shop, ana, rui):
    order = buy()
    line = line_items.of_order(order.id)[0]
    with transaction():
        line_items.replace(order.id, (replace(line, catalog_minor=55, flags=("price_differs",)),))
    with pytest.raises(NotAllowed):
        drift.decide(order.id, {1: "change"}, actor=ana, now=NOW)
    agreeing.agree(asked().id, actor=rui, now=NOW)
    assert line_items.of_order(order.id)[0].unit_minor == 55


def test_forgetting_waits_for_a_second_person_and_names_both(shop, rui):
    order = buy()
    with pytest.raises(NotAllowed, match="Do it again within an hour"):
        forgetting.forget(order.customer_id, actor=ADMIN, now=NOW)
    assert Customer.get_by_id(order.customer_id).name
    agreeing.agree(asked().id, actor=rui, now=NOW)
    forgetting.forget(order.customer_id, actor=ADMIN, now=NOW)
    assert Customer.get_by_id(order.customer_id).name is None
    assert entries(order)[-1] == ("forgotten", "admin", "Rui")


def test_an_export_of_phone_numbers_is_agreed_to_once(shop, rui):
    buy()
    everything = partial(export.customers, actor=ADMIN, now=NOW)
    for act in (everything, partial(export.orders, search.Filter(), actor=ADMIN, now=NOW)):
        with pytest.raises(NotAllowed):
            act()
    agreeing.agree(asked().id, actor=rui, now=NOW)
    assert len(list(everything())) == 1
    with pytest.raises(NotAllowed):
        everything()


def test_one_persons_data_are_an_export_too(shop):
    order = buy()
    with pytest.raises(NotAllowed):
        privacy.export(order.customer_id, actor=ADMIN, now=NOW)


def test_what_was_agreed_to_for_one_is_of_no_use_to_another(shop, rui):
    with pytest.raises(NotAllowed):
        export.customers(actor=ADMIN, now=NOW)
    agreeing.agree(asked().id, actor=rui, now=NOW)
    with pytest.raises(NotAllowed):
        export.customers(actor=Actor("mallory", "cli"), now=NOW)


def test_what_was_asked_about_a_customer_is_forgotten_with_them(shop, ana):
    order = paid()
    with pytest.raises(NotAllowed):
        cancel(order, ana)
    numbers.change(Number.get(), {"two_person": ""})
    forgetting.forget(order.customer_id, actor=ADMIN, now=NOW)
    assert (asked().state, asked().act) == ("declined", {})
    assert approvals.open_of_order(order.id) == ()


@pytest.mark.parametrize("text", ["everything", "cancel_paid,steal"])
def test_an_act_that_there_is_not_is_refused(sqlite_store, text):
    shop = a_shop()
    with pytest.raises(InvalidInput, match="cancel_paid, change_price, forget, export"):
        numbers.change(shop, {"two_person": text})
    assert Agent.select().count() == 0
