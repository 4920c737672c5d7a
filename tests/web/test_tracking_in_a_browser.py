"""The customer's page as it is seen: on a phone and a desk, by day and by night, in both directions of writing.

Each test leaves its screenshots in its temporary folder.
"""

import shutil
from datetime import timedelta

import pytest
from playwright.sync_api import sync_playwright

from tests.desk.builders import NOW, a_customer, a_number, an_order
from wapto.desk.orders import timeline, tracking
from wapto.store.models import Adjustment, Order, OrderLine

pytestmark = pytest.mark.slow

_NO_CHROMIUM = "There is no chromium on this machine (Debian, Ubuntu: apt install chromium)."
RUI = timeline.Actor("Rui", "slack")

LANGUAGES = {
    "en": ("ltr", "Follow the delivery", "America/New_York", "USD", "Ana Lima"),
    "pt_BR": ("ltr", "Rastrear a entrega", "America/Sao_Paulo", "BRL", "Ana Lima"),
    "hi": ("ltr", "डिलीवरी ट्रैक करें", "Asia/Kolkata", "INR", "अनन्या शर्मा"),
    "ar": ("rtl", "تتبّع الشحنة", "Africa/Cairo", "EGP", "ليلى حسن"),
}

# The least contrast of any text with what is behind it, by WCAG 2's formula.
CONTRAST = """() => {
  const parse = css => (css.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('body *')]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  return texts.map(one => {
    const pair = [light(parse(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
    return (pair[0] + .05) / (pair[1] + .05);
  }).reduce((least, one) => Math.min(least, one));
}"""


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip(_NO_CHROMIUM)
    with sync_playwright() as playwright:
        # As root, as in a container, chromium does without its own sandbox; it only sees our page.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _no_links_afterwards():
    yield
    tracking.sign_with(None)


def on_its_way(language):
    """An order that was shipped yesterday, with a name of a product that fits no line."""
    _, _, timezone, currency, name = LANGUAGES[language]
    shop = a_number(language=language, timezone=timezone, currency=currency, name="Casa Aurora")
    order = an_order(
        number=shop,
        customer=a_customer(name=name),
        status="shipped",
        currency=currency,
        total_minor=1_248_966,
        carrier="Correios",
        tracking_number="BR123456789BR",
        tracking_url="https://carrier.example/BR123456789BR",
        eta="2026-11-28",
    )
    long = "Extraordinarily-Hand-Woven-Alpaca-Blanket (200 × 220 cm, ocean blue, machine washable)"
    OrderLine.create(
        order=order,
        position=2,
        sku="S2",
        name=long,
        quantity=12,
        unit_price_minor=103_333,
        currency=currency,
        flags=[],
    )
    Adjustment.create(order=order, kind="discount", amount_minor=-1_000, currency=currency)
    for hours, status in ((0, "received"), (2, "confirmed"), (20, "processing"), (26, "shipped")):
        kind = "status" if hours else "received"
        timeline.record(order.id, kind, RUI, NOW - timedelta(days=2) + timedelta(hours=hours), after=status)
    return Order.get_by_id(order.id)


def opened(browser, address, width, scheme="light"):
    """The page, and all that it asked for or complained about."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(message.text))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(address)
    return page, heard


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_be_read_on_every_screen_by_day_and_by_night(web, browser, tmp_path, language, width):
    address = f"{web}/t/{tracking.token_of(on_its_way(language).id)}"
    direction, follow, *_ = LANGUAGES[language]
    for scheme in ("light", "dark"):
        page, heard = opened(browser, address, width, scheme)
        page.screenshot(path=tmp_path / f"{language}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.evaluate("getComputedStyle(document.body).direction") == direction
        assert page.evaluate(CONTRAST) >= 4.5
        assert page.locator("#parcel ~ p a").inner_text().count(follow) == 1
        assert [one for one in heard if not one.endswith("/favicon.ico")] == [address]
        page.context.close()


def test_a_screen_reader_finds_its_way(web, browser):
    page, _ = opened(browser, f"{web}/t/{tracking.token_of(on_its_way('en').id)}", 360)
    assert page.locator("h1").count() == 1
    assert [page.locator("h2").nth(at).inner_text() for at in range(4)] == [
        "Progress",
        "Delivery",
        "Items",
        "Questions?",
    ]
    regions = [page.get_by_role("region", name=name).count() for name in ("Progress", "Delivery", "Items")]
    assert regions == [1, 1, 1]
    steps = page.get_by_role("region", name="Progress").get_by_role("listitem")
    read = [" ".join(steps.nth(at).inner_text().split()) for at in range(steps.count())]
    assert read[0].startswith("Received Done Nov 23, 2026")
    assert read[3].startswith("Shipped Now Nov 24, 2026")
    assert read[4:] == ["Out for delivery To come", "Delivered To come"]
    assert page.locator("[aria-current=step]").count() == 1
    page.context.close()


def test_a_wrong_link_is_a_page_as_well(web, browser, tmp_path):
    page, _ = opened(browser, f"{web}/t/wrong", 360, "dark")
    page.screenshot(path=tmp_path / "wrong.png")
    assert page.get_by_role("heading", name="This link does not open an order").count() == 1
    assert page.evaluate(CONTRAST) >= 4.5
    page.context.close()
