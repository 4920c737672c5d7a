"""Flags in Slack: each has a button on the card that leads to the form which settles it."""

import pytest

from bot import wording
from bot.work_forms import FLAGS, ITEMS, PRICES, UNKNOWN, settling
from wapto.desk.orders import line_items, timeline
from wapto.desk.orders.views import STOCK_REFUSED
from wapto.domain.lines import LineItem

from .builders import a_line, a_view


def with_flags(scene, *flags):
    order, _ = scene.card()
    line_items.replace(order.id, [LineItem("S1", "Shirt", 2000, 4985, "BRL", flags)])
    scene.step(order, "confirmed")
    scene.later()
    return order, scene.cards[-1]


# What Meta refuses is for an admin to mend there, and goes by itself.
@pytest.mark.parametrize("flag", [flag for flag in wording.FLAGS if flag != STOCK_REFUSED])
def test_every_flag_can_be_settled(flag):
    assert settling(a_view(lines=(a_line(flags=(flag,)),))) or settling(a_view(flags=(flag,)))


def test_each_flag_leads_to_the_form_that_settles_it():
    lines = [a_line(flags=(flag,)) for flag in ("unknown_sku", "price_differs", "out_of_stock", "quantity_unclear")]
    assert [settling(a_view(lines=(line,))) for line in lines] == [[UNKNOWN], [PRICES], [PRICES, FLAGS], [ITEMS]]


def test_of_a_closed_order_nothing_is_settled_any_more():
    assert settling(a_view(status="delivered", lines=(a_line(flags=("out_of_stock",)),))) == []


def test_what_is_odd_but_right_is_found_so_and_the_timeline_keeps_by_whom(scene):
    order, card = with_flags(scene, "quantity_large", "out_of_stock")
    assert "unusually many, out of stock" in scene.words(card)
    scene.rui.click(card, "Marked items are right")
    form = scene.rui.wait_for_modal()
    assert "Shirt: unusually many, out of stock" in scene.words(form)
    scene.rui.submit(form)
    scene.later()
    assert scene.view(order).lines[0].flags == ()
    assert "[Marked items are right]" not in scene.words(card)
    assert "Rui found right what was marked: unusually many, out of stock" in " ".join(scene.thread(card))


def test_a_flag_that_came_meanwhile_is_not_found_right_unseen(scene):
    order, card = with_flags(scene, "quantity_large")
    scene.rui.click(card, "Marked items are right")
    form = scene.rui.wait_for_modal()
    scene.step(order, "processing")
    scene.rui.submit(form)
    assert "was already changed: admin (to Processing" in scene.words(scene.rui.modal)
    assert scene.view(order).lines[0].flags == ("quantity_large",)


def test_the_button_below_the_flags_opens_the_form_at_once(scene):
    order, card = with_flags(scene, "quantity_large")
    scene.rui.click(card, "Edit items")
    scene.rui.submit(scene.rui.wait_for_modal(), {"line:1": "20"})
    assert scene.view(order).lines[0].flags == ()
    assert "items" in [entry.kind for entry in timeline.entries(order.id)]


def test_who_may_only_look_settles_nothing(scene):
    _, card = with_flags(scene, "quantity_large")
    scene.vic.click(card, "Marked items are right")
    assert scene.said_to(scene.vic) == wording.VIEWER
    assert scene.vic.modal is None
