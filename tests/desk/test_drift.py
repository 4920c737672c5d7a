"""A price that is not the catalog's is settled by the team or by the customer, and by nobody else."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.desk.builders import NOW
from tests.desk.playing import ADMIN, a_shop, buy, step, take_in
from tests.desk.test_catalog import CATALOG, an_item
from tests.meta.builders import change, item
from wapto.desk.catalog import drift
from wapto.desk.orders import edits, line_items, timeline
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.store.models import Message, Order

ANA = "5511999990000"  # who buys here
AT = str(int(NOW.timestamp()))


@pytest.fixture
def order(store):
    """Two shirts at 49.85, which the catalog sells for 45.00, and a mug at its price."""
    a_shop(catalog=CATALOG)
    an_item("SHIRT", price_minor=4500)
    an_item("MUG", name="Mug", price_minor=1000)
    lines = [
        item(product_retailer_id="SHIRT", quantity=2, item_price=49.85),
        item(product_retailer_id="MUG", quantity=1, item_price=10),
    ]
    return buy(order={"catalog_id": CATALOG, "product_items": lines}, timestamp=AT)


def decide(order, choice, place=1, **how):
    return drift.decide(order.id, {place: choice}, **{"actor": ADMIN, "now": NOW} | how)


def lines(order):
    return [(line.sku, line.unit_minor, line.flags) for line in line_items.of_order(order.id)]


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def asked():
    return Message.get(Message.key.contains("price."))


def taps(button, message, wamid="wamid.t", by=ANA):
    row = message.content["interactive"]["action"]["buttons"][button]["reply"]
    tapped = {"type": "button_reply", "button_reply": row}
    take_in(change(messages=[{"from": by, "id": wamid, "type": "interactive", "interactive": tapped, "timestamp": AT}]))


def test_nothing_is_repriced_by_itself(order):
    assert order.total_minor == 10970
    assert lines(order)[0] == ("SHIRT", 4985, ("price_differs",))


def test_honoring_keeps_the_price_that_the_customer_saw(order):
    assert decide(order, "honor").total_minor == 10970
    assert lines(order)[0] == ("SHIRT", 4985, ())
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.before, entry.after) == ("price_honored", "Shirt 49.85 BRL", "45.00 BRL")


def test_what_was_honored_stays_so_when_the_items_are_edited(order):
    decide(order, "honor")
    edits.edit_items(order.id, actor=ADMIN, now=NOW, quantities={1: 3})
    assert lines(order)[0] == ("SHIRT", 4985, ())


def test_changing_takes_the_catalogs_price_and_the_total_follows(order):
    assert decide(order, "change").total_minor == 10000
    assert lines(order)[0] == ("SHIRT", 4500, ())


def test_declining_takes_the_line_out_and_the_total_follows(order):
    assert decide(order, "decline").total_minor == 1000
    assert lines(order) == [("MUG", 1000, ())]


def test_the_last_item_is_not_declined(order):
    edits.edit_items(order.id, actor=ADMIN, now=NOW, quantities={2: 0})
    with pytest.raises(InvalidInput, match="cancel it"):
        decide(order, "decline")


def test_a_line_that_waits_for_no_decision_is_left_alone(order):
    for place in (2, 3):
        with pytest.raises(Refused, match="settled already"):
            decide(order, "change", place)
    decide(order, "honor")
    with pytest.raises(Refused, match="settled already"):
        decide(order, "change")


def test_a_form_of_an_older_version_is_refused_with_who_was_faster(order):
    decide(order, "honor")
    with pytest.raises(Conflict, match="price kept, Shirt"):
        decide(order, "change", version=order.version)


def test_a_closed_order_keeps_its_prices(order):
    step(order, "cancelled", reason="No stock.")
    with pytest.raises(Refused, match="its prices stay"):
        decide(order, "change")


def test_the_customer_is_asked_by_buttons_and_the_order_waits(order):
    assert decide(order, "ask").status == "pending"
    question = asked()
    assert question.text.endswith(
        "Shirt costs R$45.00 now, not R$49.85. Shall we send it at the new price, or take it out?"
    )
    titles = [row["reply"]["title"] for row in question.content["interactive"]["action"]["buttons"]]
    assert titles == ["New price is fine", "Take it out"]
    assert "price_asked" in kinds(order)


def test_asking_twice_asks_once(order):
    decide(order, "ask")
    decide(order, "ask")
    assert Message.select().where(Message.key.contains("price.")).count() == 1


def test_outside_the_window_nobody_is_asked_and_nothing_changes(order):
    with pytest.raises(Refused, match="24 hours"):
        decide(order, "ask", now=NOW.replace(day=27))
    assert kinds(order)[-1] == "received"
    assert Order.get_by_id(order.id).status == "received"


@pytest.mark.parametrize(
    ("button", "left", "total", "told"),
    [
        (0, [("SHIRT", 4500, ()), ("MUG", 1000, ())], 10000, "Thank you. Shirt comes at R$45.00"),
        (1, [("MUG", 1000, ())], 1000, "Shirt is taken out"),
    ],
)
def test_what_the_customer_answers_is_done_and_confirmed(order, button, left, total, told):
    decide(order, "ask")
    taps(button, asked())
    assert lines(order) == left
    assert Order.get_by_id(order.id).total_minor == total
    last = Message.select().order_by(Message.id.desc()).first()
    assert last.text.startswith(told)
    assert f"R${total / 100:.2f}" in last.text
    assert timeline.entries(order.id)[-1].kind == "reply"


def test_an_answer_counts_once_and_only_for_what_was_asked(order):
    decide(order, "ask")
    question = asked()
    taps(0, question)
    taps(1, question, wamid="wamid.later")
    assert lines(order)[0] == ("SHIRT", 4500, ())


def test_an_answer_that_comes_too_late_is_left_to_the_team(order):
    decide(order, "ask")
    decide(order, "honor")
    taps(1, asked())
    assert lines(order)[0] == ("SHIRT", 4985, ())
    assert "wrote" in kinds(order)


def test_nobody_else_can_answer(order):
    decide(order, "ask")
    taps(0, asked(), by="5511977776666")
    assert lines(order)[0][1] == 4985


def test_a_question_about_the_only_item_cannot_end_in_an_empty_order(order):
    edits.edit_items(order.id, actor=ADMIN, now=NOW, quantities={2: 0})
    decide(order, "ask")
    taps(1, asked())
    assert lines(order) == [("SHIRT", 4985, ("price_differs",))]


def test_several_lines_are_settled_at_once(store):
    a_shop(catalog=CATALOG)
    for sku in ("A", "B", "C"):
        an_item(sku, name=sku * 2, price_minor=100)
    sent = [item(product_retailer_id=sku) for sku in ("A", "B", "C")]
    order = buy(order={"catalog_id": CATALOG, "product_items": sent}, timestamp=AT)
    choices = {1: "decline", 2: "ask", 3: "change"}
    drift.decide(order.id, choices, actor=ADMIN, now=NOW)
    assert [(sku, bool(flags)) for sku, _, flags in lines(order)] == [("B", True), ("C", False)]
    taps(0, asked())
    assert [unit for _, unit, _ in lines(order)] == [100, 100]


def test_the_words_of_all_languages_have_the_same_places_and_short_buttons():
    tables = tomllib.loads((Path(drift.__file__).parent / "drift.toml").read_text(encoding="utf-8"))
    assert set(tables) == {"en", "es", "pt_BR", "hi", "ar", "id", "fr", "de"}
    for words in tables.values():
        assert set(words) == set(tables["en"])
        assert max(len(words[f"{kind}_button"]) for kind in ("accept", "decline", "few", "none")) <= 20
        assert {name: places(text) for name, text in words.items()} == {
            name: places(text) for name, text in tables["en"].items()
        }


def places(text):
    return set(re.findall(r"{(\w+)}", text))
