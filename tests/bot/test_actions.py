import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot import app as front
from bot import wording
from bot.cards import Drawn
from sandbox.slack import NotPossible
from wapto.desk.orders import orders
from wapto.store.database import transaction
from wapto.store.models import Alert, OrderEvent

from ..desk.builders import a_customer
from .scene import CHANNEL, TERMINAL


def quiet(scene):
    """Nobody was told anything, once all work behind clicks is done."""
    time.sleep(0.1)
    return [each for user in (scene.rui, scene.bia, scene.vic, scene.sam) for each in user.ephemerals] == []


def test_a_click_on_claim_makes_the_order_the_clickers(scene):
    order, card = scene.card()
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    scene.sync()
    assert "*Agent:* @Rui · taken by themselves" in scene.words(card)
    assert quiet(scene)


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who_and_when(scene):
    order, card = scene.card()
    clicks = [threading.Thread(target=user.click, args=(card, "Claim")) for user in (scene.rui, scene.bia)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    winner = scene.slack.wait_for(lambda: scene.view(order).agent)
    loser = scene.bia if winner.slack == scene.rui.id else scene.rui
    told = scene.said_to(loser)
    assert told.startswith(
        f"{scene.view(order).number} was already changed: {winner.name} (assigned to {winner.name}, "
    )
    assert told.endswith(" UTC). Look at it again.")
    assert OrderEvent.select().where(OrderEvent.kind == "assigned").count() == 1


def test_a_double_click_does_the_thing_once(scene):
    order, card = scene.card()
    scene.rui.click(card, "Claim")
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    assert quiet(scene)
    scene.rui.click(card, "Confirm")
    scene.rui.click(card, "Confirm")
    scene.becomes(order, "confirmed")
    assert quiet(scene)
    kinds = [event.kind for event in OrderEvent.select().order_by(OrderEvent.seq)]
    assert kinds == ["received", "assigned", "status"]


def test_the_primary_button_takes_the_next_step_until_the_order_is_delivered(scene):
    order, card = scene.card()
    for button, status in (("Confirm", "confirmed"), ("Start processing", "processing")):
        scene.rui.click(card, button)
        scene.becomes(order, status)
        scene.sync()
    scene.rui.click(card, "Mark shipped")
    scene.rui.submit(scene.rui.wait_for_modal())
    scene.becomes(order, "shipped")
    scene.sync()
    for button, status in (("Out for delivery", "out_for_delivery"), ("Mark delivered", "delivered")):
        scene.rui.click(card, button)
        scene.becomes(order, status)
        scene.sync()
    assert "*◉ Delivered*" in scene.words(card)
    with pytest.raises(NotPossible):
        scene.rui.click(card, "Claim")


def test_a_stale_click_is_refused_only_if_what_it_was_drawn_for_has_moved(scene):
    order, card = scene.card()
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    scene.sync()
    scene.bia.click(card, "Confirm", stale=True)  # drawn before Rui claimed it, but the status is the same
    scene.becomes(order, "confirmed")
    scene.sync()
    scene.rui.click(card, "Confirm", stale=True)
    assert "was already changed: Bia (to Confirmed" in scene.said_to(scene.rui)


def test_the_shipping_form_keeps_what_was_entered(scene):
    order, card = scene.card()
    scene.step(order, "processing")
    scene.sync()
    scene.rui.click(card, "Mark shipped")
    parcel = {
        "Carrier": "Correios",
        "Tracking number": "BR123",
        "Tracking link": "https://correios.example/BR123",
        "Expected delivery": "2026-12-01",
    }
    scene.rui.submit(scene.rui.wait_for_modal(), parcel)
    assert scene.rui.modal is None
    scene.sync()
    assert "Tracking: Correios BR123 · expected 2026-12-01 · https://correios.example/BR123" in scene.words(card)


def test_a_field_that_cannot_be_right_is_marked_and_the_form_stays(scene):
    order, card = scene.card()
    scene.step(order, "shipped")
    scene.sync()
    scene.rui.choose(card, "more", "Change status…")
    form = scene.rui.wait_for_modal()
    scene.rui.submit(form, {"New status": "Processing"})
    assert form.errors == {"reason": "Changing Shipped to Processing needs a reason."}
    scene.rui.submit(form, {"Reason": "Came back from the post office"})
    assert scene.rui.modal is None
    scene.becomes(order, "processing")
    scene.sync()
    assert "“Came back from the post office”" in scene.words(card)


def test_cancelling_asks_for_a_reason(scene):
    order, card = scene.card()
    scene.rui.click(card, "Cancel order")
    form = scene.rui.wait_for_modal()
    with pytest.raises(NotPossible, match="required"):
        scene.rui.submit(form)
    scene.rui.submit(form, {"Reason": "Out of stock"})
    scene.becomes(order, "cancelled")
    assert scene.view(order).reason == "Out of stock"


@pytest.mark.parametrize(("button", "entries"), [("Cancel order", {"Reason": "Out of stock"}), ("Mark shipped", {})])
def test_a_form_that_was_overtaken_says_by_whom_and_changes_nothing(scene, button, entries):
    order, card = scene.card()
    scene.step(order, "processing")
    scene.sync()
    scene.rui.click(card, button)
    form = scene.rui.wait_for_modal()
    orders.assign(order.id, scene.agents[1].id, actor=TERMINAL, now=scene.clock())
    scene.rui.submit(form, entries)
    said = f"{button}\n{scene.view(order).number} was already changed: admin (assigned to Bia, "
    assert scene.words(scene.rui.modal).startswith(said)
    assert scene.view(order).status == "processing"


def test_a_late_click_draws_the_card_anew(scene):
    order, card = scene.card()
    scene.step(order, "confirmed")
    scene.sync()
    edits = scene.slack.calls.count("chat.update")
    scene.bia.click(card, "Confirm", stale=True)
    assert "was already changed" in scene.said_to(scene.bia)
    scene.later()
    assert scene.slack.calls.count("chat.update") == edits + 1


def test_a_form_for_a_card_that_is_behind_does_not_open(scene):
    order, card = scene.card()
    scene.step(order, "delivered")
    scene.rui.click(card, "Cancel order")
    assert "was already changed: admin (to Delivered" in scene.said_to(scene.rui)
    assert scene.rui.modal is None


def test_a_form_that_slack_opens_too_late_says_so(scene):
    _, card = scene.card()
    scene.slack.faults.error("views.open", "expired_trigger_id")
    scene.rui.click(card, "Cancel order")
    assert "That took too long for Slack; click again." in scene.said_to(scene.rui)


def test_only_the_clicker_sees_a_refusal_and_the_card_stays_as_it_is(scene):
    order, card = scene.card()
    before = scene.words(card)
    scene.vic.click(card, "Claim")
    assert scene.said_to(scene.vic) == wording.VIEWER
    assert scene.words(card) == before
    assert scene.rui.ephemerals == []
    assert scene.view(order).agent is None


def test_a_fault_that_nobody_foresaw_reaches_the_clicker_in_words(scene):
    order, _ = scene.card()
    click = {
        "type": "block_actions",
        "user": {"id": scene.rui.id},
        "response_url": scene.slack.replies.address(scene.rui.id, CHANNEL),
        "actions": [
            {"type": "button", "action_id": "cancel", "block_id": "b", "value": Drawn(order.id, "received").pack()}
        ],
    }  # no trigger_id, which Slack always sends
    scene.slack.door.interaction(click)
    assert scene.said_to(scene.rui).startswith("Something went wrong; nothing was changed as far as Wapto knows.")


@pytest.fixture
def busy_store():
    """Somebody else writes for as long as the test says."""
    done, holding = threading.Event(), threading.Event()

    def hold():
        with transaction():
            holding.set()
            done.wait(10)

    writer = threading.Thread(target=hold)
    writer.start()
    assert holding.wait(5)
    yield done
    done.set()
    writer.join()


def test_a_slow_store_does_not_lose_the_acknowledgement(scene, request):
    order, card = scene.card()
    done = request.getfixturevalue("busy_store")
    answers = [scene.rui.click(card, "Claim") for _ in range(front.WORKERS + 4)]
    assert max(answer.seconds for answer in answers) < 1, "also when every worker waits for the store"
    done.set()
    assert scene.slack.wait_for(lambda: scene.view(order).agent).name == "Rui"


def test_while_five_wait_for_slack_the_sixth_is_acknowledged_at_once(scene):
    _, card = scene.card()
    scene.slack.faults.slow("views.open", 2, times=5)
    answers = [scene.rui.click(card, "Cancel order") for _ in range(6)]
    assert max(answer.seconds for answer in answers) < 1


def test_only_so_many_forms_keep_a_thread_of_the_web_server(scene, request):
    _, card = scene.card()
    scene.rui.click(card, "Cancel order")
    form = scene.rui.wait_for_modal()
    scene.rui.fill(form, {"Reason": "Out of stock"})
    sent = scene.rui._payloads.submission(scene.rui.user, form)
    request.getfixturevalue("busy_store")
    with ThreadPoolExecutor(front.WORKERS + 4) as pool:
        answers = pool.map(lambda _: scene.slack.door.interaction(sent), range(front.WORKERS + 4))
        seconds = sorted(answer.seconds for answer in answers)
    assert seconds[3] < 1, "the four that came when so many waited already"
    assert seconds[-1] < 3, "Slack waits no longer"


def test_a_form_whose_work_is_slow_closes_and_tells_a_failure_later(scene, request, monkeypatch):
    monkeypatch.setattr(front, "PATIENCE_SECONDS", 0.2)
    order, card = scene.card()
    scene.rui.click(card, "Cancel order")
    form = scene.rui.wait_for_modal()
    scene.step(order, "confirmed")
    done = request.getfixturevalue("busy_store")
    scene.rui.submit(form, {"Reason": "Out of stock"})
    assert scene.rui.modal is None
    done.set()
    assert "was already changed: admin (to Confirmed" in scene.said_to(scene.rui)


def test_whoever_gets_an_order_is_told_and_whoever_takes_it_is_not(scene):
    order, card = scene.card()
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    scene.rui.command("/wapto", f"assign {scene.view(order).number} @bia")
    scene.slack.wait_for(lambda: scene.view(order).agent.name == "Bia")
    scene.sync()
    assert scene.rui.dms == []
    assert f"*{scene.view(order).number}* is yours" in scene.words(scene.bia.dms[0])
    assert Alert.select().count() == 1


def test_slack_finds_nothing_to_complain_about(scene):
    order, card = scene.card()
    scene.rui.click(card, "Cancel order")
    scene.rui.close(scene.rui.wait_for_modal())
    for name in ("Claim", "Confirm"):
        scene.rui.click(card, name)
    scene.becomes(order, "confirmed")
    scene.sync()
    assert scene.slack.complaints == []
    assert scene.slack.calls.refused() == []


def a_second_cart(scene):
    """Ana's first order with its card, and the card of her second cart: one shirt more and a mug."""
    ana = a_customer(phone="+5511911112222")
    first, _ = scene.card(customer=ana)
    second = scene.order(("S1", 3, "49.85"), ("M1", 1, "10.00"), customer=ana)
    scene.sync()
    return first, second, scene.cards[-1]


def test_a_second_cart_is_compared_with_the_first_on_its_card(scene):
    first, second, card = a_second_cart(scene)
    words = scene.words(card)
    assert f"*A second cart:* this customer's {scene.view(first).number} is still Received" in words
    assert "✏️ S1: 3 × R$49.85, was 2 × R$49.85" in words
    assert "➕ M1: 1 × R$10.00" in words
    assert f"sent another cart, {scene.view(second).number}" in scene.words(scene.cards[0])


def test_merging_a_second_cart_brings_both_cards_up_to_date(scene):
    first, second, card = a_second_cart(scene)
    scene.rui.click(card, "Merge")
    scene.becomes(second, "cancelled")
    scene.sync()
    assert "5 × S1" in scene.words(scene.cards[0])
    assert f"Merged into {scene.view(first).number}; go on there." in scene.words(card)
    assert scene.said_to(scene.rui) == f"The customer's order is {scene.view(first).number}."
    with pytest.raises(NotPossible):
        scene.rui.click(card, "Merge")


def test_of_two_who_decide_about_a_second_cart_the_later_is_told_who_was_faster(scene):
    _, second, card = a_second_cart(scene)
    scene.rui.click(card, "Keep apart")
    scene.slack.wait_for(lambda: scene.view(second).second.choice == "apart")
    scene.bia.click(card, "Replace")
    assert "already changed: Rui (second cart: apart" in scene.said_to(scene.bia)


def test_a_viewer_decides_nothing_about_a_second_cart(scene):
    _, second, card = a_second_cart(scene)
    scene.vic.click(card, "Merge")
    assert scene.said_to(scene.vic) == wording.VIEWER
    assert scene.view(second).second.choice == "waiting"
