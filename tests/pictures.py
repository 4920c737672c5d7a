"""Draws what agents see in Slack, for docs/agents.md: `script/pictures` plays a day at the desk and takes pictures."""

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from sandbox.slack import drawing
from tests.bot.scene import TERMINAL, Scene
from tests.desk.builders import a_customer, a_template, a_trigger
from wapto.desk import orders
from wapto.store import migrate
from wapto.store.database import connect, db

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH = 760


class Camera:
    """Takes pictures of what Slack's stand-in holds, by a headless browser."""

    def __init__(self, page, world):
        self._page, self._world = page, world

    def take(self, name, *drawn):
        """A picture of these pieces of HTML, one below the other."""
        self._page.set_content(f"<!doctype html><style>{drawing.STYLE}</style>{''.join(drawn)}")
        self._page.screenshot(path=FOLDER / f"{name}.png", full_page=True)

    def message(self, name, *messages):
        self.take(name, *(drawing.message(each, self._world) for each in messages))

    def thread(self, name, card, replies):
        below = "".join(drawing.message(each, self._world) for each in replies)
        self.take(name, drawing.message(card, self._world), f"<div class=thread>{below}</div>")

    def modal(self, name, view):
        self.take(name, drawing.modal(view, self._world))

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


def play(scene, camera):
    """One order from the cart to the customer, and what lies beside the road."""
    a_template(waba=scene.number.waba)
    a_trigger(scene.number, "confirmed")
    ana = a_customer(phone="+5511988887777")
    order, card = scene.card(note="Gift wrap, please", customer=ana)
    orders.assign(order.id, scene.agents[0].id, actor=TERMINAL, now=scene.clock())
    scene.sync()
    camera.message("card", card)
    camera.message("alert", scene.rui.dms[-1])
    scene.order(("S1", 3, "49.85"), ("MUG", 1, "10.00"), customer=ana)
    scene.sync()
    camera.message("second-cart", scene.cards[-1])
    scene.step(order, "confirmed")
    orders.add_note(order.id, "She wants it before Friday.", actor=TERMINAL, now=scene.clock())
    scene.clock.skip(seconds=10)
    scene.sync()
    camera.thread("thread", card, scene.slack.channel(card.channel).thread(card.ts))
    scene.rui.click(card, "Cancel order")
    camera.modal("cancel", scene.rui.wait_for_modal())
    scene.step(order, "processing")
    scene.sync()
    scene.bia.click(card, "Mark shipped")
    camera.modal("ship", scene.bia.wait_for_modal())
    scene.bia.command("/wapto", "list")
    scene.slack.wait_for(lambda: scene.bia.ephemerals)
    camera.message("list", scene.bia.ephemerals[-1])
    scene.rui.open_home()
    scene.slack.wait_for(lambda: scene.rui.home and scene.rui.home.blocks)
    camera.home("home", scene.rui.home)


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
