import pytest

from bot import app as front
from bot import bulk_words
from bot.blocks import problems_of_view
from bot.bulk_forms import MOST, ask, picks, preview, results
from wapto.desk.assignment import agents
from wapto.desk.orders import orders
from wapto.desk.orders.bulk import Pick, Result
from wapto.desk.overview import Wanted

from ..desk.builders import a_template, a_trigger
from .builders import a_step
from .scene import TERMINAL
from .test_home import open_home


def asked(scene, user=None):
    user = user or scene.rui
    open_home(scene, user)
    user.click(user.home, bulk_words.ADVANCE_ALL)
    return user.wait_for_modal()


def planned(scene, target, reason=None):
    """What would happen, in place of the first form."""
    form = asked(scene)
    scene.rui.submit(form, {bulk_words.BULK_TARGET: target} | ({bulk_words.BULK_REASON: reason} if reason else {}))
    return form


def test_what_would_happen_is_shown_with_who_would_read_what_and_then_done(scene):
    a_template()
    a_trigger(scene.number, "confirmed")
    first, shipped = scene.order(), scene.order()
    scene.step(shipped, "shipped")
    form = planned(scene, "Confirmed")
    words = scene.words(form)
    assert "*1 of 2 would become Confirmed.* Nothing has happened yet." in words
    assert f"{scene.view(first).number} · Ana Lima · Received → Confirmed · reads: Order" in words
    assert f"{scene.view(shipped).number} · Ana Lima · Shipped ⚠️" in words
    assert scene.view(first).status == "received"
    scene.rui.submit(form)
    assert "*1 of 1 are now Confirmed.*" in scene.words(form)
    assert scene.view(first).status == "confirmed"
    assert scene.view(first).told[0].trigger == "confirmed"


def test_what_moved_between_the_showing_and_the_doing_is_said_of_its_order_alone(scene):
    first, second = scene.order(), scene.order()
    form = planned(scene, "Confirmed")
    scene.step(first, "processing")
    scene.rui.submit(form)
    words = scene.words(form)
    assert "*1 of 2 are now Confirmed.*" in words
    assert "was already changed: admin (to Processing" in words
    assert (scene.view(first).status, scene.view(second).status) == ("processing", "confirmed")


def test_a_reason_goes_to_every_order(scene):
    order = scene.order()
    assert "needs a reason" in scene.words(planned(scene, "Cancelled"))
    scene.rui.close(scene.rui.modal)
    scene.rui.submit(planned(scene, "Cancelled", "closed today"))
    assert (scene.view(order).status, scene.view(order).reason) == ("cancelled", "closed today")


def test_only_what_is_listed_in_the_home_and_within_the_scope_is_moved(scene):
    theirs, free = scene.order(), scene.order()
    orders.assign(theirs.id, scene.agents[1].id, actor=TERMINAL, now=scene.clock())
    agents.change(scene.agents[0].id, {"scope": "own"})
    form = planned(scene, "Confirmed")
    assert "is with Bia, and you work on your own orders only" in scene.words(form)
    scene.rui.submit(form)
    assert (scene.view(theirs).status, scene.view(free).status) == ("received", "confirmed")


def test_viewers_pick_but_do_not_advance_and_forms_ask_again(scene):
    order = scene.order()
    form = planned(scene, "Confirmed")
    agents.change(scene.agents[0].id, {"role": "viewer"})
    scene.rui.submit(form)
    assert scene.view(order).status == "received"
    scene.rui.close(scene.rui.modal)
    assert bulk_words.ADVANCE_ALL not in scene.words(open_home(scene, scene.vic))
    scene.vic.click(scene.vic.home, bulk_words.PICK_LIST)
    assert "2 × S1 · for 1 order" in scene.words(scene.vic.wait_for_modal())


def test_the_pick_list_is_of_what_is_listed(scene):
    scene.order(("S1", 2, "1"), ("S2", 1, "1"))
    scene.order(("S1", 3, "1"))
    open_home(scene)
    scene.rui.click(scene.rui.home, bulk_words.PICK_LIST)
    words = scene.words(scene.rui.wait_for_modal())
    assert "5 × S1 · for 2 orders\n1 × S2 · for 1 order" in words


@pytest.mark.parametrize("possible", [True, False])
def test_every_form_fits_slacks_limits(possible):
    steps = [
        a_step(
            order_id=2**62 + n,
            is_possible=possible,
            before="out_for_delivery",
            customer="ن" * 300,
            told="<!here>" * 100,
            problem=None if possible else "x" * 900,
        )
        for n in range(MOST)
    ]
    done = [Result("W-7KQ2", "received", "x" * 900)] * MOST
    found = [Pick("&" * 300, "ن" * 300, 10**9, 10**6, 3, 1)] * 300
    wanted = Wanted(text="“" * 150, team="ن" * 80)
    for form in (
        ask(wanted, 10**6),
        preview(steps, "delivered", "“" * 300),
        results(done, "delivered"),
        picks(found),
        picks([]),
    ):
        assert problems_of_view(form) == []


@pytest.fixture
def slow(monkeypatch):
    """Everything takes longer than a form waits."""
    monkeypatch.setattr(front, "PATIENCE_SECONDS", 0.0)


def test_what_took_too_long_to_show_is_done_and_said_in_a_direct_message(scene, slow):
    order = scene.order()
    form = asked(scene)
    scene.rui.submit(form, {bulk_words.BULK_TARGET: "Confirmed"})
    assert scene.slack.wait_for(lambda: scene.rui.dms)[-1].text == bulk_words.LATE_PLAN
    assert scene.view(order).status == "received"
