"""The customer's page: found by a signed link only, in the customer's language, with nothing about the person."""

import pytest
import requests

from tests.desk.builders import a_customer, a_number, an_order
from tests.web.builders import NOW
from wapto.desk import tracking


@pytest.fixture(autouse=True)
def _no_links_afterwards():
    yield
    tracking.sign_with(None)


def get(web, token):
    return requests.get(f"{web}/t/{token}", timeout=10)


def test_the_holder_of_a_link_sees_where_the_order_is(web):
    order = an_order(
        customer=a_customer(language="pt_BR"),
        status="shipped",
        carrier="Correios",
        tracking_number="BR1",
        tracking_url="https://carrier.example/BR1",
    )
    answer = get(web, tracking.token_of(order.id))
    assert answer.status_code == 200
    for words in (
        'lang="pt-BR" dir="ltr"',
        "Loja",
        "W-N8HX",
        "Enviado",
        "Correios",
        'href="https://carrier.example/BR1"',
    ):
        assert words in answer.text
    assert "Ana" not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_arabic_runs_from_right_to_left(web):
    order = an_order(a_number(language="ar"))
    assert 'lang="ar" dir="rtl"' in get(web, tracking.token_of(order.id)).text


def test_hostile_text_is_text(web):
    order = an_order(carrier="<script>x</script>", tracking_url="javascript:x")
    text = get(web, tracking.token_of(order.id)).text
    assert "&lt;script&gt;" in text
    assert "javascript" not in text


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA" * 5, "A" * 500, "AQ" + "A" * 16])
def test_a_link_that_was_never_made_leads_nowhere(web, token):
    an_order()
    assert get(web, token).status_code == 404


def test_a_link_of_one_order_opens_no_other(web):
    order = an_order()
    token = tracking.token_of(order.id)
    other = tracking.token_of(order.id + 1)
    assert token[-16:] != other[-16:]
    assert get(web, other).status_code == 404


def test_a_link_ends_some_time_after_the_order(web):
    order = an_order(updated_at=NOW - tracking.KEPT)
    token = tracking.token_of(order.id)
    assert get(web, token).status_code == 200
    order.update(updated_at=NOW - tracking.KEPT * 1.01).execute()
    assert get(web, token).status_code == 404


def test_without_a_key_there_are_no_links(store):
    tracking.sign_with(None)
    assert tracking.token_of(1) is None
    assert tracking.find("AQ", NOW) is None
