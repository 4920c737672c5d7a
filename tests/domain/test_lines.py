"""Two carts are compared line by line, and joined without inventing anything."""

from wapto.domain.lines import MAX_LINE_MINOR, LineItem, differences, joined


def a_line(sku="S1", quantity=2, unit=4985, currency="BRL", flags=()):
    return LineItem(sku, sku, quantity, unit, currency, flags)


def told(before, after):
    rows = differences(before, after)
    return [(row.before and row.before.quantity, row.after and row.after.quantity) for row in rows if not row.is_same]


def test_equal_carts_differ_in_nothing():
    cart = [a_line(), a_line("S2"), a_line("S3", quantity=None)]
    assert all(row.is_same for row in differences(cart, cart))


def test_more_of_a_product_a_new_one_and_one_less_are_told_apart():
    assert told([a_line(), a_line("S2")], [a_line(quantity=3), a_line("S3", quantity=1)]) == [
        (2, 3),
        (None, 1),
        (2, None),
    ]


def test_another_price_is_a_difference_of_the_same_line():
    [row] = differences([a_line()], [a_line(unit=4000)])
    assert (row.before.unit_minor, row.after.unit_minor, row.is_same) == (4985, 4000, False)


def test_a_product_at_two_prices_is_compared_price_by_price():
    before = [a_line(unit=100, quantity=1), a_line(unit=200, quantity=1)]
    assert told(before, [a_line(unit=200, quantity=5)]) == [(1, 5), (1, None)]


def test_lines_that_stand_twice_in_a_cart_are_summed_before_they_are_compared():
    assert told([a_line(quantity=2), a_line(quantity=3)], [a_line(quantity=5)]) == []


def test_joining_adds_up_the_same_product_at_the_same_price_and_keeps_its_flags():
    [line] = joined([a_line(flags=("other_currency",))], [a_line(quantity=3, flags=("quantity_large",))])
    assert (line.quantity, line.flags) == (5, ("other_currency", "quantity_large"))


def test_joining_never_adds_what_is_not_known_or_would_not_fit():
    unknown, huge = a_line(quantity=None), a_line("S2", quantity=1, unit=MAX_LINE_MINOR)
    assert len(joined([unknown, huge], [unknown, huge, a_line(unit=1), a_line(currency="USD")])) == 6
