"""An order's page is opened by its link alone."""

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk.builders import NOW, an_order
from tests.fuzz.hostile import MANY, words
from wapto.desk.orders.tracking import open_page, sign_with, token_of
from wapto.domain.identity import order_number
from wapto.errors import NotFound

KEPT = timedelta(days=90)
signatures = st.text(string.ascii_letters + string.digits + "-_=.", max_size=50)


@pytest.fixture
def order(sqlite_store):
    sign_with("a secret")
    yield an_order()
    sign_with(None)


@MANY
@given(guess=signatures | words)
def test_no_guess_opens_an_order(order, tried, guess):
    tried["guesses"] += 1
    number = order_number(order.id).removeprefix("W-")
    for token in (guess, f"{number}.{guess}", f"{guess}.{token_of(order.id)}", f"{token_of(order.id)}{guess or '.'}"):
        with pytest.raises(NotFound):
            open_page(token, NOW, KEPT)


def test_one_letter_more_less_or_other_opens_nothing(order):
    token = token_of(order.id)
    assert open_page(token, NOW, KEPT).number == order_number(order.id)
    changed = {token[:place] + letter + token[place + 1 :] for place in range(len(token)) for letter in ("", "A", "b")}
    for guess in changed - {token}:
        with pytest.raises(NotFound):
            open_page(guess, NOW, KEPT)
    sign_with("another secret")
    with pytest.raises(NotFound):
        open_page(token, NOW, KEPT)
