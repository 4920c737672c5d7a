"""Adding items of the catalog by a part of their name: in the form of an order, and of an inquiry."""

import pytest

from bot import wording
from sandbox.slack import NotPossible
from wapto.desk.assignment import agents
from wapto.store.models import Number, Order

from ..desk.test_catalog import CATALOG, an_item
from .test_inquiries import asks
from .test_work import chosen


@pytest.fixture
def shop(scene):
    Number.update(catalog=CATALOG).execute()
    an_item("MUG-RED", name="Mug", variant="red", price_minor=1990)
    an_item("MUG-BLUE", name="Mug", variant="blue", price_minor=2190)
    return scene


def offered(scene, form, typed):
    return [option["text"]["text"] for option in scene.rui.suggest(form, "picked", typed)]


def test_an_item_is_found_by_its_name_and_added_at_the_catalogs_price(shop):
    order, card = shop.card()
    form = chosen(shop, card, "Edit items")
    assert offered(shop, form, "mug") == ["Mug (blue) · R$21.90 · MUG-BLUE", "Mug (red) · R$19.90 · MUG-RED"]
    shop.rui.submit(form, {wording.PICK_ITEM: "MUG-RED", wording.HOW_MANY: "3"})
    shop.later()
    assert "• 3 × Mug (red) (MUG-RED) · R$19.90 = R$59.70" in shop.words(card)
    assert len(shop.view(order).lines) == 2


def test_of_an_item_that_is_there_it_becomes_so_many_more(shop):
    order, card = shop.card()
    for _ in range(2):
        shop.later()
        shop.rui.submit(chosen(shop, card, "Edit items"), {wording.PICK_ITEM: "MUG-RED", wording.HOW_MANY: "2"})
    assert [(line.sku, line.quantity) for line in shop.view(order).lines] == [("S1", 2), ("MUG-RED", 4)]


def test_an_inquiry_becomes_an_order_of_what_was_found(shop):
    _, card = asks(shop)
    shop.rui.click(card, "Create order")
    form = shop.rui.wait_for_modal()
    assert offered(shop, form, "blue") == ["Mug (blue) · R$21.90 · MUG-BLUE"]
    shop.rui.submit(form, {wording.PICK_ITEM: "MUG-BLUE"})
    assert [(line.sku, line.quantity) for line in shop.view(Order.get()).lines] == [("MUG-BLUE", 1)]


def test_an_order_of_nothing_is_none(shop):
    _, card = asks(shop)
    shop.rui.click(card, "Create order")
    form = shop.rui.wait_for_modal()
    shop.rui.submit(form)
    assert form.errors["items"].startswith("Say what is ordered")


def test_nothing_is_offered_to_who_may_only_look_or_without_a_catalog(shop):
    _, card = shop.card()
    form = chosen(shop, card, "Edit items")
    agents.change(shop.agents[0].id, {"role": "viewer"})
    assert offered(shop, form, "mug") == []
    agents.change(shop.agents[0].id, {"role": "agent"})
    Number.update(catalog=None).execute()
    with pytest.raises(NotPossible, match="nothing"):
        shop.rui.fill(form, {wording.PICK_ITEM: "mug"})


def test_at_most_fifty_are_offered(shop):
    for place in range(60):
        an_item(f"PEN-{place}", name="Pen")
    _, card = shop.card()
    assert len(offered(shop, chosen(shop, card, "Edit items"), "pen")) == 50
