"""Customers who are one person become one, with a trace, and can be put back exactly as they were."""

import threading
from functools import partial

import pytest

from tests.desk.builders import ANA, NOW, a_customer, a_number, a_trigger, an_order
from tests.desk.playing import ADMIN, a_shop, arrive, at_once, buy, drain, step, take_in, until_somebody_waits
from tests.desk.telling import a_telling_shop, claimed, waiting
from tests.meta.builders import WABA, cart, change, text
from wapto.desk.customers import customers, merges
from wapto.desk.orders import timeline, views
from wapto.errors import InvalidInput, NotFound, Refused, WaptoError
from wapto.store.database import transaction
from wapto.store.models import Customer, Echo, Handle, Inbound, Merge, Message, Order

BIA = "+5511977776666"
WHY = "She said so on the phone."


def merge(kept, merged, why=WHY):
    return merges.merge(kept.id, merged.id, why, actor=ADMIN, now=NOW)


def unmerge(merged):
    return merges.unmerge(merged.id, actor=ADMIN, now=NOW)


def whole():
    """Whose everything is, and what stands on the people themselves."""
    owned = {model: list(model.select(model.id, model.customer).order_by(model.id).tuples()) for model in OWNED}
    handles = list(Handle.select(Handle.id, Handle.gone_at, Handle.doubted_at).order_by(Handle.id).tuples())
    return owned, handles, list(Customer.select().order_by(Customer.id).tuples())


OWNED = (Handle, Order, Inbound, Echo, Message)


def two_with_a_past():
    """Ana and Bia, each with an order, words and a notice on its way."""
    number = a_telling_shop(phone_number_id="100000000000001", waba=WABA)
    ana, bia = a_customer(), a_customer(phone=BIA, user_id="BR.2", name="Bia", language="pt_BR")
    for customer, phone in ((ana, ANA), (bia, BIA)):
        waiting(number, customer)
        take_in(change(messages=[text(**{"from": phone[1:], "id": f"wamid.{phone}"})]))
        said = {"direction": "out", "source": "echo", "kind": "text", "sent_at": NOW, "received_at": NOW}
        Echo.create(wamid=f"wamid.echo{phone}", number=number, customer=customer, **said)
    return ana, bia


def test_all_that_belongs_to_one_becomes_the_others_and_comes_back_exactly(store):
    ana, bia = two_with_a_past()
    before = whole()
    trace = merge(ana, bia)
    assert all({customer for _, customer in rows} == {ana.id} for rows in whole()[0].values())
    assert (trace.kept_id, trace.merged_id, trace.actor, trace.door, trace.reason) == (
        ana.id, bia.id, "admin", "cli", WHY,
    )  # fmt: skip
    moved = {name: len(ids) for name, ids in trace.moved.items() if ids}
    assert moved == {
        "handles.customer": 2, "orders.customer": 1, "inbound.customer": 1, "echoes.customer": 1, "outbox.customer": 1,
    }  # fmt: skip
    undone = unmerge(bia)
    assert (undone.undone_at, undone.undone_by, undone.undone_door) == (NOW, "admin", "cli")
    assert whole() == before


def test_what_came_after_the_merge_stays_with_the_kept_one(sqlite_store):
    a_shop()
    ana, bia = a_customer(), a_customer(phone=BIA)
    merge(ana, bia)
    later = buy(**{"from": BIA[1:]})
    unmerge(bia)
    assert Order.get_by_id(later.id).customer == ana
    assert buy(**{"from": BIA[1:]}).customer == bia


def test_whoever_was_merged_is_not_found_again_but_by_the_id(sqlite_store):
    a_shop()
    ana, bia = a_customer(), a_customer(phone=BIA)
    merge(ana, bia)
    assert buy(**{"from": BIA[1:]}).customer == ana
    assert Customer.get_by_id(bia.id).merged_into_id == ana.id


def test_queued_messages_keep_their_recipients(store):
    ana, bia = two_with_a_past()
    merge(ana, bia)
    assert [work.to_phone for work in claimed().works] == [ANA]
    Message.update(state="accepted").where(Message.state == "sending").execute()
    assert [work.to_phone for work in claimed().works] == [BIA]


def test_the_cards_of_open_orders_are_drawn_anew(sqlite_store):
    number = a_number()
    ana, bia = a_customer(name=None), a_customer(phone=BIA, name="Bia")
    mine, hers = an_order(number, ana), an_order(number, bia)
    done = an_order(number, bia, status="delivered")
    merge(ana, bia)
    entries = [timeline.entries(order.id) for order in (mine, hers, done)]
    told = [[(entry.kind, entry.before, entry.after, entry.actor) for entry in each] for each in entries]
    merged = ("customers_merged", str(bia.id), str(ana.id), "admin")
    assert told == [[merged], [merged], []]
    unmerge(bia)
    assert [entries.kind for entries in timeline.entries(hers.id)] == ["customers_merged", "customers_unmerged"]


def test_what_the_kept_one_lacks_is_filled_in_and_taken_back(sqlite_store):
    ana, bia = a_customer(name=None), a_customer(phone=BIA, name="Bia", marketing_stopped_at=NOW)
    merge(ana, bia)
    kept = Customer.get_by_id(ana.id)
    assert (kept.name, kept.marketing_stopped_at) == ("Bia", NOW)
    Customer.update(name="Beatriz").where(Customer.id == ana.id).execute()
    unmerge(bia)
    kept = Customer.get_by_id(ana.id)
    assert (kept.name, kept.marketing_stopped_at) == ("Beatriz", None)


def test_nonsense_is_refused_with_a_sentence(sqlite_store):
    ana, bia, cleo = a_customer(), a_customer(phone=BIA), a_customer(phone="+5511966665555")
    with pytest.raises(Refused, match="with themselves"):
        merge(ana, ana)
    with pytest.raises(NotFound, match="There is no customer 99"):
        merges.merge(ana.id, 99, WHY, actor=ADMIN, now=NOW)
    with pytest.raises(InvalidInput, match="few words"):
        merge(ana, bia, " ")
    merge(ana, bia)
    for pair in ((cleo, bia), (bia, cleo), (bia, ana)):
        with pytest.raises(Refused, match=f"Customer {bia.id} is merged into {ana.id} already"):
            merge(*pair)
    with pytest.raises(Refused, match=rf"not merged into another\. Merged into it: {bia.id}"):
        unmerge(ana)
    merge(cleo, ana)
    with pytest.raises(Refused, match=f"`wapto customers unmerge {ana.id}` first"):
        unmerge(bia)
    unmerge(ana)
    unmerge(bia)
    with pytest.raises(Refused, match="is not merged into another"):
        unmerge(bia)


def test_two_who_merge_the_same_at_once_merge_once(store):
    ana, bia = a_customer(), a_customer(phone=BIA)
    outcomes = at_once(partial(merge, ana, bia), partial(merge, bia, ana))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Merge", "Refused"]
    assert Merge.select().count() == 1


def test_a_cart_that_arrives_during_a_merge_belongs_to_the_kept_one(store):
    a_shop()
    ana, bia = a_customer(), a_customer(phone=BIA)
    for n in range(6):
        arrive(change(messages=[cart(**{"from": BIA[1:], "id": f"wamid.{n}"})]))
    [trace, *_] = at_once(partial(merge, ana, bia), drain, drain)
    drain()
    assert trace.kept_id == ana.id
    assert Order.select().count() == 6
    assert {order.customer_id for order in Order.select()} == {ana.id}
    assert Customer.select().count() == 2


def test_whoever_looks_somebody_up_during_a_merge_waits_for_it(postgres_store):
    ana, bia = a_customer(), a_customer(phone=BIA)
    found = []
    looking = threading.Thread(target=lambda: found.extend(at_once(partial(meet, BIA))))
    with transaction() as tx:
        merges.merge_in(tx, ana.id, bia.id, WHY, actor=ADMIN, now=NOW)
        looking.start()
        until_somebody_waits()
    looking.join(10)
    assert found == [ana]


def test_a_merge_waits_for_whoever_was_just_looked_up(postgres_store):
    ana, bia = a_customer(), a_customer(phone=BIA)
    number = a_number()
    merging = threading.Thread(target=lambda: at_once(partial(merge, ana, bia)))
    with transaction():
        assert meet(BIA) == bia
        merging.start()
        until_somebody_waits()
        order = an_order(number, bia)
    merging.join(10)
    assert Order.get_by_id(order.id).customer == ana


def test_the_phone_of_the_kept_one_is_shown_on_the_orders_of_both(sqlite_store):
    ana, bia = a_customer(), a_customer(phone=None, user_id="BR.2", name=None)
    order = buy_for(bia)
    merge(ana, bia)
    assert (views.of_order(order.id).customer_name, views.of_order(order.id).customer_phone) == ("Ana Lima", ANA)


def buy_for(customer):
    a_shop()
    return buy(**{"from": None, "from_user_id": Handle.get(Handle.customer == customer).value})


def meet(phone):
    with transaction():
        return customers.find_or_create(phone=phone, user_id=None, scope=WABA, name=None, username=None, now=NOW)


def test_merging_in_the_midst_of_all_else_loses_nothing_and_blocks_nobody(store):
    number = a_telling_shop(phone_number_id="100000000000001", waba=WABA)
    a_trigger(number, "confirmed")
    ana, bia = a_customer(), a_customer(phone=BIA)
    theirs = [an_order(number, customer) for customer in (ana, bia) for _ in range(4)]
    for n in range(12):
        arrive(change(messages=[cart(**{"from": (ANA, BIA)[n % 2][1:], "id": f"wamid.{n}"})]))

    def there_and_back():
        for _ in range(4):
            merge(ana, bia)
            unmerge(bia)
        merge(ana, bia)

    steps = [partial(step, order, "confirmed", "shipped") for order in theirs]
    outcomes = at_once(there_and_back, drain, *steps, partial(claimed, patient=False))
    drain()
    assert [outcome for outcome in outcomes if isinstance(outcome, WaptoError)] == []
    assert all({customer for _, customer in rows} <= {ana.id} for rows in whole()[0].values())
    assert (Order.select().count(), Inbound.select().count()) == (20, 12)
    assert Message.select().count() == 16
