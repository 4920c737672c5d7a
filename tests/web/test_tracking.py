"""The customer's page over HTTP: whoever has the right link sees their order, and nobody learns more."""

import re
from datetime import timedelta

import pytest
import requests

from tests.desk.builders import NOW, a_customer, a_number, a_template, a_trigger, an_order
from tests.web.builders import NOW as WEB_NOW
from tests.web.builders import serving
from wapto.desk.notices import drafts
from wapto.desk.orders import timeline, tracking
from wapto.domain import lifecycle
from wapto.store.models import Adjustment, Customer, Order
from wapto.web import sheet
from wapto.web.tracking import PER_MINUTE

KEY = "key"  # of the builders' settings
RUI = timeline.Actor("Rui Secretive", "slack")


@pytest.fixture(autouse=True)
def _no_key_is_left_behind():
    yield
    tracking.sign_with(None)


def moved(order, *statuses, at=NOW):
    """The order with these changes of status behind it, an hour apart."""
    kinds = ["received", *["status"] * len(statuses)]
    for hour, (kind, status) in enumerate(zip(kinds, ("received", *statuses), strict=True)):
        timeline.record(order.id, kind, RUI, at + timedelta(hours=hour), after=status, text="words of the team")
    last = ("received", *statuses)[-1]
    Order.update(status=last, is_open=lifecycle.STATUSES[last].is_open).where(Order.id == order.id).execute()
    return Order.get_by_id(order.id)


def link(order, key=KEY):
    tracking.sign_with(key)
    token = tracking.token_of(order.id)
    tracking.sign_with(KEY)
    return token


def get(web, token, **headers):
    return requests.get(f"{web}/t/{token}", headers=headers, timeout=10, allow_redirects=False)


def shown(web, order):
    answer = get(web, link(order))
    assert answer.status_code == 200
    return answer.text


def test_the_page_tells_how_far_the_order_is_and_what_is_in_it(web):
    order = moved(an_order(), "confirmed", "shipped")
    page = shown(web, order)
    assert "Hello Ana" in page
    assert "Red shirt" in page
    assert "R$99.70" in page
    assert page.index("Confirmed") < page.index("Shipped") < page.index("Out for delivery")
    assert 'datetime="2026-11-25T08:00:00-03:00"' in page  # shipped two hours after nine, where the shop is
    assert "Times as in Sao Paulo" in page


def test_the_shop_can_be_asked_from_the_page(web):
    page = shown(web, moved(an_order()))
    assert 'href="https://wa.me/551140000001"' in page
    assert "+55 11 4000-0001" in page


def test_of_the_person_it_shows_the_first_name_alone_and_of_the_team_nothing(web):
    page = shown(web, moved(an_order(note="leave it at the door"), "confirmed"))
    assert not re.search("Lima|88887777|8888-7777|leave it|Rui|words of the team", page)


def test_the_carrier_can_be_followed_without_telling_it_where_from(web):
    order = moved(an_order(carrier="Correios", tracking_number="BR1", tracking_url="https://carrier.example/BR1"))
    page = shown(web, order)
    [anchor] = re.findall(r"<a [^>]*carrier\.example[^>]*>", page)
    assert "noreferrer" in anchor
    assert "Follow the delivery with Correios" in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https:///x", "//x.example", "http://[::"])
def test_an_address_that_is_not_of_the_web_is_no_link(web, url):
    page = shown(web, moved(an_order(tracking_url=url)))
    assert url not in page
    assert page.count("<a ") == 1  # the shop's chat


def test_what_people_wrote_is_shown_as_text(web):
    page = shown(web, moved(an_order(customer=a_customer(name="<b>Ana</b>"), carrier='"><script>alert(1)</script>')))
    assert "<script" not in page
    assert "&lt;b&gt;Ana&lt;/b&gt;" in page


def test_fees_and_discounts_stand_between_the_items_and_the_total(web):
    order = moved(an_order(total_minor=10470))
    for kind, minor in (("shipping", 1000), ("discount", -500)):
        Adjustment.create(order=order, kind=kind, amount_minor=minor, currency="BRL")
    page = shown(web, order)
    words = ("Red shirt", "Shipping", "R$10.00", "Discount", "-R$5.00", "Total", "R$104.70")
    places = [page.index(word) for word in words]
    assert places == sorted(places)


def test_a_total_that_cannot_be_trusted_is_not_shown(web):
    assert "The shop will tell you the total." in shown(web, moved(an_order(total_minor=None)))


def test_it_speaks_the_customers_language_or_else_the_shops(web):
    shop = a_number(language="pt_BR")
    assert "Pedido W-" in shown(web, moved(an_order(number=shop)))
    arabic = shown(web, moved(an_order(number=shop, customer=a_customer("+201001234567", language="ar"))))
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "تم الاستلام" in arabic


def test_browsers_are_told_to_keep_all_else_out(web):
    headers = get(web, link(moved(an_order()))).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


def test_the_page_has_no_script_and_loads_nothing(web):
    page = shown(web, moved(an_order(), "confirmed"))
    assert not re.search(r"<script|<img|<link|<iframe|\bon\w+=|url\(", page)


def altered(token):
    number, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    last = chr(ord(signature[-1]) + 1)  # the last letter has bits to spare, which must not be free to choose
    return [
        number,
        f"{number}.",
        f"{number}.{other}{signature[1:]}",
        f"{number}.{signature[:-1]}{last}",
        f"{number}.{signature}=",
        f"{token}/",
        f"{token}/x",
        f"{token}.{signature}",
        f" {token}",
        token.lower(),
        f"W-{token}",
        f"é{token}",
        "%00",
        "x" * 4000,
    ]


def test_every_wrong_link_has_the_same_answer(web):
    ana, rui = moved(an_order()), moved(an_order(number=Order.get().number, customer=a_customer("+5511977776666")))
    token, other = link(ana), link(rui)
    wrong = altered(token)
    wrong.append(f"{token.split('.')[0]}.{other.split('.')[1]}")  # of another order
    wrong.append(link(ana, key="another key"))
    wrong.append(link(Order(id=4711)))
    Customer.update(forgotten_at=NOW).where(Customer.id == rui.customer_id).execute()
    wrong.append(other)
    answers = {(answer.status_code, answer.text) for answer in (get(web, one) for one in wrong)}
    assert len(answers) == 1
    [(status, page)] = answers
    assert status == 404
    assert "This link does not open an order" in page
    assert get(web, token).status_code == 200


def test_a_link_expires_when_nothing_has_happened_for_the_settable_time(store):
    order = moved(an_order(), at=WEB_NOW - timedelta(days=8))
    with serving(WAPTO_TRACKING_DAYS="9") as server:
        assert get(server.url, link(order)).status_code == 200
    with serving(WAPTO_TRACKING_DAYS="7") as server:
        expired, wrong = get(server.url, link(order)), get(server.url, "wrong")
    assert (expired.status_code, expired.text) == (404, wrong.text)
    assert dict(expired.headers) | {"Date": ""} == dict(wrong.headers) | {"Date": ""}


def test_the_page_about_a_wrong_link_speaks_the_browsers_language(web):
    assert "Este link não abre nenhum pedido" in get(web, "wrong", **{"Accept-Language": "pt-PT, en;q=0.5"}).text
    assert 'dir="rtl"' in get(web, "wrong", **{"Accept-Language": "ar-EG"}).text
    assert "This link" in get(web, "wrong", **{"Accept-Language": "ja"}).text


def test_one_address_gets_so_many_pages_a_minute(web):
    # So many that a minute's end among them changes nothing.
    answers = [get(web, "wrong") for _ in range(2 * PER_MINUTE + 1)]
    assert {answer.status_code for answer in answers} == {404, 429}
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert limited.headers["Retry-After"] == "60"
    assert "Please try again in a minute" in limited.text


def test_behind_a_proxy_each_customer_counts_apart(web):
    for _ in range(2 * PER_MINUTE + 1):
        get(web, "wrong", **{"X-Forwarded-For": "203.0.113.9"})
    assert get(web, "wrong", **{"X-Forwarded-For": "198.51.100.7"}).status_code == 404


def test_the_templates_button_carries_the_link(store):
    tracking.sign_with(KEY)
    order = an_order()
    button = {"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}", "example": ["x"]}
    body = {"type": "BODY", "text": "Shipped."}
    template = a_template(components=[body, {"type": "BUTTONS", "buttons": [button]}])
    trigger = a_trigger(order.number, template=template.name, bindings={"button.0": "tracking.token"})
    draft = drafts.compose(order, trigger, None)
    assert draft.problem is None
    assert draft.components[0]["parameters"][0]["text"] == link(order)


def test_without_the_secret_there_is_no_link(store):
    assert tracking.token_of(an_order().id) is None


def test_every_language_has_all_words_with_the_same_blanks():
    blanks = {
        language: {name: sorted(re.findall(r"\{\w+\}", words[name])) for name in words}
        for language, words in sheet.all_words().items()
    }
    assert set(blanks) == {"en", "es", "pt_BR", "hi", "ar", "id", "fr", "de"}
    assert all(theirs == blanks["en"] for theirs in blanks.values())
