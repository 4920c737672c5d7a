from wapto.desk.orders import flags, line_items, timeline
from wapto.desk.orders.timeline import Actor
from wapto.domain.lines import LineItem

from .builders import NOW, a_number, an_order

RUI = Actor("Rui", "slack")


def test_what_leaves_the_sum_certain_is_found_right_and_the_rest_stays(store):
    order = an_order(a_number(), last_seq=1)
    odd = [LineItem("A", "A", 2, 100, "BRL", ("out_of_stock", "price_differs")), LineItem("B", "B", None, None, None)]
    line_items.replace(order.id, odd)
    changed = flags.accept(order.id, actor=RUI, now=NOW)
    assert [line.flags for line in line_items.of_order(order.id)] == [("price_differs",), ()]
    assert changed.version == order.version + 1
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.actor, entry.after) == ("flags_accepted", "Rui", "out_of_stock")


def test_the_second_click_of_a_double_click_changes_nothing(store):
    order = an_order(a_number(), last_seq=1)
    line_items.replace(order.id, [LineItem("A", "A", 2, 100, "BRL", ("out_of_stock",))])
    first = flags.accept(order.id, actor=RUI, now=NOW)
    assert flags.accept(order.id, actor=RUI, now=NOW).version == first.version
