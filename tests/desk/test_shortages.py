"""Of what there is too little a line is kept, cut down, taken out, or the customer is asked; the total follows."""

import pytest

from tests.desk.builders import NOW
from tests.desk.playing import ADMIN, a_shop, buy, take_in
from tests.desk.test_catalog import CATALOG, an_item
from tests.meta.builders import change, item
from wapto.desk.catalog import drift
from wapto.desk.orders import line_items, timeline
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.store.models import CatalogItem, Message, Order

ANA = "5511999990000"  # who buys here
AT = str(int(NOW.timestamp()))


@pytest.fixture
def order(store):
    """Four shirts, of which one is left, and a mug, of which nobody counts how many there are."""
    a_shop(catalog=CATALOG)
    an_item("SHIRT", inventory=1)
    an_item("MUG", name="Mug", price_minor=1000)
    return bought(4)


def bought(quantity):
    lines = [
        item(product_retailer_id="SHIRT", quantity=quantity, item_price=49.85),
        item(product_retailer_id="MUG", quantity=1, item_price=10),
    ]
    return buy(order={"catalog_id": CATALOG, "product_items": lines}, timestamp=AT)


def sold_out():
    CatalogItem.update(inventory=0, availability="out of stock").where(CatalogItem.sku == "SHIRT").execute()


def decide(order, choice, place=1, **how):
    return drift.decide(order.id, {place: choice}, **{"actor": ADMIN, "now": NOW} | how)


def lines(order):
    return [(line.sku, line.quantity, line.flags) for line in line_items.of_order(order.id)]


def last(order):
    entry = timeline.entries(order.id)[-1]
    return entry.kind, entry.before, entry.after


def asked():
    return Message.get(Message.key.contains("stock."))


def taps(button, message, wamid="wamid.t", by=ANA):
    row = message.content["interactive"]["action"]["buttons"][button]["reply"]
    tapped = {"type": "button_reply", "button_reply": row}
    take_in(change(messages=[{"from": by, "id": wamid, "type": "interactive", "interactive": tapped, "timestamp": AT}]))


def test_keeping_it_takes_the_flag_away_and_changes_nothing_else(order):
    assert lines(order)[0] == ("SHIRT", 4, ("short_stock",))
    assert decide(order, "honor").total_minor == order.total_minor
    assert lines(order)[0] == ("SHIRT", 4, ())
    assert last(order) == ("stock_kept", "4 × Shirt", "1")


def test_cutting_it_down_takes_what_is_left_and_the_total_follows(order):
    assert decide(order, "change").total_minor == 4985 + 1000
    assert lines(order)[0] == ("SHIRT", 1, ())
    assert last(order) == ("stock_cut", "4 × Shirt", "1")


def test_taking_it_out_leaves_the_rest(order):
    assert decide(order, "decline").total_minor == 1000
    assert lines(order) == [("MUG", 1, ())]
    assert last(order)[0] == "stock_declined"


def test_of_what_is_sold_out_nothing_can_be_cut_down_to(order):
    sold_out()
    with pytest.raises(InvalidInput, match="None of “Shirt” is left: take it out, keep it, or ask the customer"):
        decide(order, "change")


def test_price_and_pieces_are_settled_together(store):
    a_shop(catalog=CATALOG)
    an_item("SHIRT", inventory=1, price_minor=4500)
    an_item("MUG", name="Mug", price_minor=1000)
    order = bought(4)
    assert lines(order)[0][2] == ("short_stock", "price_differs")
    assert decide(order, "change").total_minor == 4500 + 1000
    assert lines(order)[0] == ("SHIRT", 1, ())


def test_who_agrees_to_a_price_agrees_to_nothing_else(store):
    a_shop(catalog=CATALOG)
    an_item("SHIRT", inventory=1, price_minor=4500)
    an_item("MUG", name="Mug", price_minor=1000)
    order = bought(4)
    decide(order, "ask")
    taps(0, Message.get(Message.key.contains("price.")))
    assert lines(order)[0] == ("SHIRT", 4, ("short_stock",))
    assert Order.get_by_id(order.id).total_minor == 4 * 4500 + 1000


def test_a_line_of_which_there_is_enough_waits_for_no_decision(order):
    with pytest.raises(Refused, match="settled already"):
        decide(order, "honor", 2)


def test_whoever_was_faster_is_named(order):
    decide(order, "change")
    with pytest.raises(Conflict, match="only what is left, 1 of 4 × Shirt"):
        decide(order, "change", version=order.version)


@pytest.mark.parametrize(
    ("button", "left", "total", "told"),
    [
        (0, [("SHIRT", 1, ()), ("MUG", 1, ())], 5985, "Thank you. We send 1 of Shirt; your order"),
        (1, [("MUG", 1, ())], 1000, "Shirt is taken out"),
    ],
)
def test_the_customer_is_asked_by_buttons_and_the_answer_is_done(order, button, left, total, told):
    assert decide(order, "ask").status == "pending"
    assert asked().text.endswith("of Shirt only 1 are left, not 4. Shall we send 1, or take it out?")
    taps(button, asked())
    assert (lines(order), Order.get_by_id(order.id).total_minor) == (left, total)
    assert Message.select().order_by(Message.id.desc()).first().text.startswith(told)


def test_whoever_waits_for_what_is_sold_out_keeps_it(order):
    sold_out()
    decide(order, "ask")
    assert "Shirt is sold out for now. Will you wait for it" in asked().text
    taps(0, asked())
    assert lines(order)[0] == ("SHIRT", 4, ())
    assert Message.select().order_by(Message.id.desc()).first().text.startswith("Thank you. Shirt comes as soon as")


def test_an_answer_counts_once_and_only_while_there_are_as_many(order):
    decide(order, "ask")
    sold_out()
    taps(0, asked())
    assert lines(order)[0][1] == 4  # the team has to speak with them
    taps(1, asked(), wamid="wamid.later")
    taps(0, asked(), wamid="wamid.last")
    assert lines(order) == [("MUG", 1, ())]


def test_nobody_else_can_answer(order):
    decide(order, "ask")
    taps(1, asked(), by="5511977776666")
    assert len(lines(order)) == 2


def test_outside_the_window_nobody_is_asked(order):
    with pytest.raises(Refused, match="24 hours"):
        decide(order, "ask", now=NOW.replace(day=27))
