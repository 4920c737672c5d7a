"""Tags and notes of a customer: found by, told in the threads of open orders, moved by a merge, gone when forgotten."""

import pytest

from tests.desk.builders import ANA, NOW, a_customer, an_order
from wapto.desk.customers import directory, forgetting, merges, privacy, remarks, worth
from wapto.desk.orders import export, search, timeline
from wapto.desk.orders.timeline import Actor
from wapto.errors import InvalidInput, NotFound, Refused
from wapto.store.models import CustomerNote, CustomerTag

RUI = Actor("Rui", "slack", 1)
BIA = "+5511977776666"


def tag(customer, *add, remove=()):
    remarks.tag(customer.id, add, remove, actor=RUI, now=NOW)


def note(customer, text):
    remarks.note(customer.id, text, actor=RUI, now=NOW)


def tags(customer):
    return directory.card(customer.id).tags


def test_tags_are_a_set_in_small_letters(store):
    ana = a_customer()
    tag(ana, "#VIP", "wholesale", "vip")
    tag(ana, "vip")
    assert tags(ana) == ("vip", "wholesale")
    tag(ana, "new", remove=["VIP", "unknown"])
    assert tags(ana) == ("new", "wholesale")


@pytest.mark.parametrize("faulty", ["", " # ", "a,b", "x" * 41])
def test_what_is_no_tag_is_refused(sqlite_store, faulty):
    with pytest.raises(InvalidInput, match="is no tag"):
        tag(a_customer(), faulty)


def test_there_is_an_end_to_tags_and_notes(sqlite_store):
    ana = a_customer()
    with pytest.raises(InvalidInput, match="20 tags"):
        tag(ana, *map(str, range(21)))
    with pytest.raises(InvalidInput, match="2,000"):
        note(ana, "x" * 2_001)
    with pytest.raises(InvalidInput, match="some words"):
        note(ana, " \n")
    with pytest.raises(NotFound):
        remarks.note(99, "x", actor=RUI, now=NOW)


def test_customers_and_their_orders_are_found_by_tag(store):
    ana, bia = a_customer(), a_customer(BIA, name="Bia")
    order = an_order(customer=ana)
    an_order(order.number, bia)
    tag(ana, "Vip")
    tag(bia, "vipera")
    note(bia, "Rings twice")
    assert [card.id for card in directory.listing("#VIP", 10)] == [ana.id]
    assert [card.id for card in directory.listing(None, 10, tag="vip")] == [ana.id]
    assert [card.id for card in directory.listing("rings", 10)] == [bia.id]
    assert [card.id for card in directory.listing("100%", 10)] == []
    assert [row.id for row in search.find(search.Filter(text="VIP"), 10)] == [order.id]


def test_lifetime_value_is_by_currency_without_what_was_cancelled_or_returned(store):
    ana, bia = a_customer(), a_customer(BIA, name="Bia")
    number = an_order(customer=ana).number
    an_order(number, ana)
    an_order(number, ana, currency="USD", total_minor=500)
    an_order(number, ana, currency=None, total_minor=None)
    for status in ("cancelled", "returned"):
        an_order(number, ana, status=status, is_open=False)
    found = worth.bought_by([ana.id, bia.id])
    assert (found[ana.id].orders, found[ana.id].spent) == (6, (("BRL", 2 * 9970), ("USD", 500)))
    assert found[bia.id] == worth.Bought()
    assert worth.bought_by([]) == {}


def test_the_threads_of_open_orders_tell_it(store):
    order = an_order()
    tag(order.customer, "vip")
    tag(order.customer, "vip")
    note(order.customer, "Rings <twice>")
    told = [(entry.kind, entry.actor, entry.text) for entry in timeline.entries(order.id)]
    assert told == [("customer_tagged", "Rui", None), ("customer_noted", "Rui", "Rings <twice>")]


def test_a_merge_moves_them_and_gives_them_back(store):
    ana, bia = a_customer(), a_customer(BIA, name="Bia")
    tag(ana, "vip")
    tag(bia, "vip", "wholesale")
    note(bia, "Rings twice")
    merges.merge(ana.id, bia.id, "one person", actor=RUI, now=NOW)
    assert tags(ana) == ("vip", "wholesale")
    assert [row.text for row in remarks.notes_of(ana.id)] == ["Rings twice"]
    tag(bia, "kept")
    merges.unmerge(bia.id, actor=RUI, now=NOW)
    assert (tags(ana), tags(bia)) == (("kept", "vip"), ("vip", "wholesale"))
    assert [row.text for row in remarks.notes_of(bia.id)] == ["Rings twice"]


def test_an_export_has_them(store):
    ana = a_customer()
    tag(ana, "vip")
    note(ana, "Rings twice")
    told = privacy.export(ana.id, actor=RUI, now=NOW)
    assert [row["tag"] for row in told["customer_tags"]] == ["vip"]
    assert [row["text"] for row in told["customer_notes"]] == ["Rings twice"]
    assert [row["tags"] for row in export.customers(actor=RUI, now=NOW)] == ["vip"]


def test_whoever_is_forgotten_has_none_and_gets_none(store):
    order = an_order()
    tag(order.customer, "the-one-in-blue")
    note(order.customer, "Rings twice")
    forgetting.forget(order.customer_id, actor=RUI, now=NOW)
    assert privacy.found(["the-one-in-blue", "Rings twice", ANA[1:]]) == []
    assert CustomerTag.select().count() == CustomerNote.select().count() == 0
    with pytest.raises(Refused, match="was forgotten"):
        note(order.customer, "Rings twice")
