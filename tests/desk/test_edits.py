"""Editing the items of an order, its fees and discounts: totals and flags follow, and nothing happens behind a back."""

import pytest

from tests.desk.builders import NOW
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step
from tests.desk.test_catalog import CATALOG, an_item
from tests.meta.builders import cart_of, item
from wapto.desk.customers import contacts
from wapto.desk.notices import drafts
from wapto.desk.orders import adjustments, edits, orders, second_carts, timeline, views
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.store.models import Number, Order


def edit(order, *typed, **how):
    return edits.edit_items(order.id, typed=typed, **{"actor": ADMIN, "now": NOW} | how)


def adjust(order, **amounts):
    return adjustments.adjust(order.id, amounts, actor=ADMIN, now=NOW)


def items(order):
    return [(line.sku, line.quantity, line.unit_minor, line.flags) for line in views.of_order(order.id).lines]


def totals(order):
    """What the doors show, and what lists and messages read."""
    view = views.of_order(order.id)
    return view.total.minor if view.total else None, Order.get_by_id(order.id).total_minor


@pytest.fixture
def order(store):
    """Two cups at 30.00."""
    a_shop()
    return buy()


@pytest.fixture
def quick(sqlite_store):
    a_shop()
    return buy()


def test_another_quantity_changes_the_total_and_the_timeline_says_so(order):
    changed = edit(order, "CUP=3")
    assert (items(order), totals(order)) == ([("CUP", 3, 3000, ())], (9000, 9000))
    assert changed.version == order.version + 1
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.before, entry.after) == ("items", "2 × CUP", "3 × CUP")


def test_items_come_and_go_by_sku(order):
    edit(order, "PEN=4@2,50", "CUP=0")
    assert (items(order), totals(order)) == ([("PEN", 4, 250, ())], (1000, 1000))


def test_a_price_typed_for_an_item_that_is_there_is_its_new_price(quick):
    edit(quick, "CUP=2@25")
    assert totals(quick) == (5000, 5000)


def test_a_form_names_lines_by_their_place(quick):
    edit(quick, "PEN=1@5")
    edits.edit_items(quick.id, quantities={1: 0, 2: 7}, actor=ADMIN, now=NOW)
    assert items(quick) == [("PEN", 7, 500, ())]
    with pytest.raises(InvalidInput, match="not in the order any more"):
        edits.edit_items(quick.id, quantities={2: 1}, actor=ADMIN, now=NOW)


def test_flags_follow_what_was_wrong(quick):
    edit(quick, "CUP=5000")
    assert items(quick)[0][3] == ("quantity_large",)
    edit(quick, "CUP=5")
    assert items(quick)[0][3] == ()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("CUP", "is no item; write SKU=QUANTITY@PRICE"),
        ("PEN=1", "is new in the order; write its price too"),
        ("PEN=0", "is not in the order, so it cannot be taken out"),
        ("CUP=0", "An order needs an item"),
        ("CUP=1@1.234", "more decimals than BRL allows"),
        ("CUP=999999999@999999999999", "too"),
    ],
)
def test_what_makes_no_sense_changes_nothing(quick, typed, words):
    before = items(quick)
    with pytest.raises(InvalidInput, match=words):
        edit(quick, typed)
    assert items(quick) == before


def test_a_sku_that_stands_twice_is_not_guessed_at(sqlite_store):
    a_shop()
    order = buy(order=cart_of(item(), item(item_price=20))["order"])
    with pytest.raises(InvalidInput, match="stands in several lines"):
        edit(order, "CUP=3")


def test_nothing_changed_is_no_entry(quick):
    before = timeline.entries(quick.id)
    assert edit(quick, "CUP=2").version == quick.version
    assert timeline.entries(quick.id) == before


def test_a_form_of_an_older_version_is_refused(quick):
    step(quick, "confirmed")
    with pytest.raises(Conflict, match="was already changed: admin"):
        edit(quick, "CUP=3", version=quick.version)


def test_of_two_who_edit_at_once_one_is_told_who_was_faster(order):
    outcomes = at_once(*[lambda n=n: edit(order, f"CUP={n}", version=order.version) for n in (3, 4)])
    assert sorted(type(each).__name__ for each in outcomes) == ["Conflict", "Order"]


def test_a_closed_order_stays_as_it_is(quick):
    step(quick, "confirmed", "processing", "shipped", "delivered")
    with pytest.raises(Refused, match="its items stay as they are"):
        edit(quick, "CUP=3")
    with pytest.raises(Refused, match="its total stays as it is"):
        adjust(quick, shipping="1")


def test_fees_and_discounts_are_part_of_the_total_everywhere(order):
    adjust(order, shipping="12.50", discount="10")
    assert totals(order) == (6250, 6250)
    assert views.of_order(order.id).totals == [("BRL", 6250)]
    assert drafts.facts_of(Order.get_by_id(order.id), "received", None).total_minor == 6250
    assert [(entry.kind, entry.before, entry.after) for entry in timeline.entries(order.id)[-2:]] == [
        ("shipping", None, "12.50 BRL"),
        ("discount", None, "10.00 BRL"),
    ]


def test_they_stay_when_items_change_and_go_when_set_to_nothing(order):
    adjust(order, shipping="5")
    edit(order, "CUP=1")
    assert totals(order) == (3500, 3500)
    adjust(order, shipping="")
    assert totals(order) == (3000, 3000)
    assert views.of_order(order.id).adjusted == ()


def test_the_same_amount_again_changes_nothing(quick):
    adjust(quick, shipping="5")
    assert adjust(quick, shipping="5.00").version == quick.version + 1


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"discount": "60.01"}, "larger than what the order costs"),
        ({"shipping": "-1"}, "without a minus"),
        ({"shipping": "a lot"}, "is not an amount"),
        ({"tip": "1"}, "choose one of: shipping, discount"),
    ],
)
def test_amounts_that_make_no_sense_change_nothing(quick, amounts, words):
    with pytest.raises(InvalidInput, match=words):
        adjust(quick, **amounts)
    assert totals(quick) == (6000, 6000)


def test_items_cannot_be_taken_out_below_the_discount(quick):
    adjust(quick, discount="50")
    with pytest.raises(InvalidInput, match="larger than what is left"):
        edit(quick, "CUP=1")
    assert totals(quick) == (1000, 1000)


def test_without_a_certain_total_there_is_nothing_to_add_to(sqlite_store):
    a_shop()
    order = buy(order=cart_of(item(), item(product_retailer_id="PEN", currency="USD"))["order"])
    with pytest.raises(Refused, match="no certain total"):
        adjust(order, shipping="5")


def test_a_second_cart_that_is_merged_keeps_the_fee_in_the_total(quick):
    adjust(quick, shipping="5")
    second_carts.settle(buy().id, "merge", actor=ADMIN, now=NOW)
    assert totals(quick) == (12500, 12500)


def test_a_version_guards_the_facts_too(quick):
    step(quick, "confirmed")
    with pytest.raises(Conflict):
        orders.set_facts(quick.id, payment="paid", actor=ADMIN, now=NOW, version=quick.version)


def test_who_looks_at_a_contact_leaves_a_trace(quick):
    contact = contacts.show(quick.id, actor=ADMIN, now=NOW)
    assert (contact.name, contact.phone) == ("Ana", "+5511999990000")
    entry = timeline.entries(quick.id)[-1]
    assert (entry.kind, entry.actor, entry.door) == ("contact_shown", "admin", "cli")


def test_an_order_that_does_not_exist_has_nothing_to_edit(sqlite_store):
    for verb in (edits.edit_items, contacts.show):
        with pytest.raises(NotFound):
            verb(77, actor=ADMIN, now=NOW)
    with pytest.raises(NotFound):
        adjustments.adjust(77, {}, actor=ADMIN, now=NOW)


def test_a_new_item_has_its_name_and_price_from_the_catalog(quick):
    Number.update(catalog=CATALOG).execute()
    an_item(sku="PEN", name="Blue pen", price_minor=250)
    edit(quick, "PEN=2")
    line = views.of_order(quick.id).lines[-1]
    assert (line.name, line.quantity, line.unit_minor, line.flags) == ("Blue pen", 2, 250, ())
    edit(quick, "PEN=2@2")
    assert views.of_order(quick.id).lines[-1].flags == ("price_differs",)
