"""Settling prices in Slack: the card says what the catalog asks, and a form takes a decision for each line."""

from bot import wording
from bot.blocks import problems_of_view
from bot.work_forms import hub, prices
from wapto.desk.orders import line_items
from wapto.domain.lines import LineItem

from .builders import a_line, a_view
from .test_work import chosen


def a_drifting_line(**changes):
    return a_line(**{"flags": ("price_differs",), "catalog_minor": 4500} | changes)


def drifting(scene):
    order, card = scene.card()
    shirt = LineItem("S1", "Shirt", 2, 4985, "BRL", ("price_differs",), 4500)
    line_items.replace(order.id, [shirt, LineItem("M1", "Mug", 1, 1000, "BRL")])
    scene.step(order, "pending")
    scene.sync()
    return order, card


def test_the_card_shows_both_prices(scene):
    _order, card = drifting(scene)
    assert "2 × Shirt (S1) · R$49.85 (catalog: R$45.00) = R$99.70 ⚠️ the catalog has another price" in scene.words(card)


def test_a_price_is_settled_in_a_form(scene):
    order, card = drifting(scene)
    form = chosen(scene, card, "Settle price or stock")
    scene.rui.submit(form, {"price:1": wording.PRICE_CHOICES["change"]})
    assert scene.rui.modal is None
    scene.sync()
    assert "2 × Shirt (S1) · R$45.00 = R$90.00" in scene.words(card)
    assert "Rui changed the price: Shirt 49.85 BRL → 45.00 BRL" in " ".join(scene.thread(card))
    assert [line.flags for line in line_items.of_order(order.id)] == [(), ()]


def test_whoever_was_faster_is_named(scene):
    order, card = drifting(scene)
    form = chosen(scene, card, "Settle price or stock")
    scene.step(order, "confirmed")
    scene.rui.submit(form, {"price:1": wording.PRICE_CHOICES["honor"]})
    assert "was already changed" in scene.words(scene.rui.modal)


def test_a_customer_who_cannot_be_asked_is_said_to_be_so(scene):
    _order, card = drifting(scene)
    form = chosen(scene, card, "Settle price or stock")
    scene.rui.submit(form, {"price:1": wording.PRICE_CHOICES["ask"]})
    assert "has not written for 24 hours" in scene.words(scene.rui.modal)


def test_choosing_nothing_changes_nothing(scene):
    order, card = drifting(scene)
    scene.rui.submit(chosen(scene, card, "Settle price or stock"), {})
    assert line_items.of_order(order.id)[0].flags == ("price_differs",)


def test_the_form_is_offered_only_where_a_price_differs():
    with_drift, without = a_view(lines=(a_drifting_line(),)), a_view(lines=(a_line(),))
    assert "Settle price or stock" in str(hub(with_drift, "C1"))
    assert "Settle price or stock" not in str(hub(without, "C1"))


def test_long_names_and_many_lines_fit_the_form():
    view = a_view(lines=tuple(a_drifting_line(name="N" * 300) for _ in range(60)))
    assert problems_of_view(prices(view, "C1")) == []
