"""Draws what agents see in Slack, for docs/agents.md: `script/pictures` plays a day at the desk and takes pictures."""

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from bot import bulk_words, wording
from sandbox.slack import drawing
from tests.bot.scene import TERMINAL, Scene
from tests.desk.builders import a_customer, a_template, a_trigger
from tests.desk.test_catalog import CATALOG, an_item
from wapto.desk import numbers
from wapto.desk.assignment import late
from wapto.desk.conversations import quick_replies
from wapto.desk.orders import orders
from wapto.store import migrate
from wapto.store.database import connect, db

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH, PHONE = 760, 390


class Camera:
    """Takes pictures of what Slack's stand-in holds, by a headless browser."""

    def __init__(self, page, world):
        self._page, self._world = page, world

    def take(self, name, *drawn, width=WIDTH):
        """A picture of these pieces of HTML, one below the other."""
        self._page.set_viewport_size({"width": width, "height": 100})
        self._page.set_content(f"<!doctype html><style>{drawing.STYLE}</style>{''.join(drawn)}")
        self._page.screenshot(path=FOLDER / f"{name}.png", full_page=True)

    def message(self, name, *messages, width=WIDTH):
        self.take(name, *(drawing.message(each, self._world) for each in messages), width=width)

    def thread(self, name, card, replies):
        below = "".join(drawing.message(each, self._world) for each in replies)
        self.take(name, drawing.message(card, self._world), f"<div class=thread>{below}</div>")

    def modal(self, name, view):
        self.take(name, drawing.modal(view, self._world), width=560)

    def home(self, name, view):
        self.take(name, f"<div class=message><div class=body>{drawing.blocks(view.blocks, self._world)}</div></div>")


@contextmanager
def browser_page():
    """A page of Debian's chromium, which sees nothing but what is drawn here."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium on this machine (Debian, Ubuntu: apt install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page(viewport={"width": WIDTH, "height": 200}, device_scale_factor=1.5)
        browser.close()


def shop(scene):
    """A catalog, a promise of time, and words that are kept."""
    numbers.change(scene.number, {"catalog": CATALOG, "promises": "received=2h,confirmed=4h"})
    scene.number = numbers.find(None)
    an_item("SHIRT-RED", name="Linen shirt", variant="red, M")
    an_item("CAP", name="Cap", price_minor=3500, inventory=0, availability="out of stock")
    an_item("MUG", name="Enamel mug", price_minor=1000)
    quick_replies.put("Pix", "Hi {customer.first_name}, our Pix key is pay@loja.example.", now=scene.clock())


def play(scene, camera):
    """One order from the cart to the customer, and what lies beside the road."""
    shop(scene)
    a_template(waba=scene.number.waba)
    a_trigger(scene.number, "confirmed")
    ana = a_customer(phone="+5511988887777")
    order = scene.order(("SHIRT-RED", 2, "49.85"), ("CAP", 1, "35.00"), note="Gift wrap, please", customer=ana)
    scene.sync()
    card = scene.cards[-1]
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.hear("Can I have it before Friday?", customer=ana)
    scene.later()
    scene.later()
    camera.message("card", card)
    camera.message("card-phone", card, width=PHONE)
    camera.message("alert", scene.rui.dms[-1])
    second_cart(scene, camera, ana)
    scene.step(order, "confirmed")
    orders.add_note(order.id, "She needs it before Friday.", actor=TERMINAL, now=scene.clock())
    scene.later()
    scene.later()
    camera.thread("thread", card, scene.slack.channel(card.channel).thread(card.ts))
    forms(scene, camera, card)
    scene.step(order, "processing")
    scene.later()
    scene.bia.click(card, "Mark shipped")
    camera.modal("ship", scene.bia.wait_for_modal())
    inquiry(scene, camera)
    home(scene, camera)


def second_cart(scene, camera, customer):
    scene.order(("SHIRT-RED", 3, "49.85"), ("CAP", 1, "35.00"), ("MUG", 1, "10.00"), customer=customer)
    scene.later()
    camera.message("second-cart", scene.cards[-1])


def forms(scene, camera, card):
    """What the card's menu opens."""
    scene.rui.choose(card, "more", wording.REPLY_MENU)
    reply = scene.rui.wait_for_modal()
    empty = reply.hash
    scene.rui.choose(reply, "quick_reply", "Pix: Hi {customer.first_name}, our Pix key is pay@loja.example.")
    scene.slack.wait_for(lambda: reply.hash != empty)
    camera.modal("reply", reply)
    scene.rui.close(scene.rui.modal)
    scene.rui.choose(card, "more", wording.WORK_MENU)
    hub = scene.rui.wait_for_modal()
    camera.modal("work", hub)
    scene.rui.click(hub, "Edit items")
    scene.slack.wait_for(lambda: hub.title == "Edit items")
    camera.modal("items", hub)
    scene.rui.close(hub)


def inquiry(scene, camera):
    product = {"context": {"referred_product": {"catalog_id": "3", "product_retailer_id": "MUG"}}}
    scene.hear("Do you have this in blue?", customer=a_customer(phone="+5511977776666", name="Caio Reis"), raw=product)
    scene.later()
    scene.later()
    camera.message("inquiry", scene.cards[-1])


def home(scene, camera):
    """A morning's work: late, waiting for its customer, and fresh."""
    scene.clock.skip(hours=3)
    for name, status in (("Caio Reis", "pending"), ("Lia Souza", "received"), ("Noa Prado", "confirmed")):
        order = scene.order(("MUG", 2, "10.00"), name=name)
        if status != "received":
            scene.step(order, status)
    late.cross_limits(scene.clock())
    scene.sync()
    scene.rui.open_home()
    scene.slack.wait_for(lambda: scene.rui.home and scene.rui.home.blocks)
    camera.home("home", scene.rui.home)
    scene.rui.click(scene.rui.home, bulk_words.ADVANCE_ALL)
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {bulk_words.BULK_TARGET: "Processing"})
    camera.modal("bulk", form)


def main():
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        connect(f"sqlite:///{folder}/wapto.db")
        migrate.migrate()
        with Scene() as scene, browser_page() as page:
            play(scene, Camera(page, scene.slack.world))
        db.close()


if __name__ == "__main__":
    main()
