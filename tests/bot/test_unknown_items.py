"""Finding unknown items in Slack: a form ties the SKUs that the catalog lacks to items of it."""

from bot.blocks import problems_of_view
from bot.work_forms import hub, unknown
from wapto.desk.orders import line_items
from wapto.domain.lines import LineItem
from wapto.store.models import CatalogAlias, CatalogItem, Number

from ..desk.test_catalog import CATALOG, an_item
from .builders import a_line, a_view
from .test_work import chosen

BUTTON = "Find unknown items"


def with_unknown_items(scene):
    Number.update(catalog=CATALOG).execute()
    order, card = scene.card()
    lines = [LineItem(sku, sku, 1, 1000, "BRL", ("unknown_sku",)) for sku in ("OLD-1", "OLD-2")]
    line_items.replace(order.id, lines)
    an_item("SHIRT-RED", name="Red shirt", price_minor=1000)
    return order, card


def test_a_sku_is_tied_and_the_card_has_its_name(scene):
    _order, card = with_unknown_items(scene)
    form = chosen(scene, card, BUTTON)
    scene.rui.submit(form, {"item:1": "SHIRT-RED"})
    assert scene.rui.modal is None
    scene.sync()
    assert "1 × Red shirt (OLD-1) · R$10.00 = R$10.00\n" in scene.words(card)
    assert [(alias.sku, alias.target, alias.actor) for alias in CatalogAlias.select()] == [
        ("OLD-1", "SHIRT-RED", "Rui")
    ]
    assert "Rui: the catalog knows Red shirt now" in " ".join(scene.thread(card))


def test_an_item_that_went_from_the_catalog_meanwhile_is_marked(scene):
    _order, card = with_unknown_items(scene)
    form = chosen(scene, card, BUTTON)
    scene.rui.fill(form, {"item:2": "SHIRT-RED"})
    CatalogItem.update(gone_at=scene.clock()).execute()
    scene.rui.submit(form)
    assert form.errors["item:2"].startswith("The item “SHIRT-RED” is gone from the catalog;")


def test_whoever_was_faster_is_named(scene):
    order, card = with_unknown_items(scene)
    form = chosen(scene, card, BUTTON)
    scene.step(order, "confirmed")
    scene.rui.submit(form, {"item:1": "SHIRT-RED"})
    assert "was already changed" in scene.words(scene.rui.modal)


def test_the_form_is_offered_only_where_something_is_unknown():
    assert BUTTON in str(hub(a_view(lines=(a_line(flags=("item_gone",)),)), "C1"))
    assert BUTTON not in str(hub(a_view(lines=(a_line(),)), "C1"))


def test_long_skus_and_many_lines_fit_the_form():
    lines = tuple(a_line(sku=f"{place}-{'S' * 300}", flags=("unknown_sku",)) for place in range(60))
    assert problems_of_view(unknown(a_view(lines=lines), "C1")) == []
