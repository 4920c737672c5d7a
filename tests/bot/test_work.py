import pytest

from bot import wording
from bot.blocks import problems_of_view
from bot.work_forms import assign, facts, fees, hub, items, note
from sandbox.slack import NotPossible
from wapto.desk.assignment import agents
from wapto.desk.assignment.agents import Listed
from wapto.desk.orders import orders, timeline
from wapto.store.models import Alert, OrderEvent

from ..desk.builders import an_agent
from .builders import RUI, a_line, a_view
from .scene import TERMINAL


def open_hub(scene, card, user=None):
    user = user or scene.rui
    user.choose(card, "more", "More…")
    return user.wait_for_modal()


def chosen(scene, card, button, user=None):
    """The form behind a button of the hub, which takes the hub's place."""
    user = user or scene.rui
    form = open_hub(scene, card, user)
    user.click(form, button)
    scene.slack.wait_for(lambda: form.title == button)
    return form


def assignment(scene, card, user=None):
    user = user or scene.rui
    user.choose(card, "more", "Assign…")
    return user.wait_for_modal()


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def test_assign_shows_everybody_who_takes_orders_with_their_load(scene):
    order, card = scene.card()
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    agents.change(scene.agents[1].id, {"presence": "away"})
    form = assignment(scene, card)
    options = [option["text"]["text"] for option in form.blocks[1]["element"]["options"]]
    assert options == ["Rui · 1 open", "Bia · 0 open · away", wording.QUEUE]
    scene.rui.submit(form, {wording.WHO: "Bia · 0 open · away"})
    assert scene.rui.modal is None
    assert scene.view(order).agent.name == "Bia"
    assert Alert.select().where(Alert.agent == scene.agents[1]).count() == 1


def test_an_order_can_be_put_back_into_the_queue(scene):
    order, card = scene.card()
    scene.rui.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    scene.rui.submit(assignment(scene, card), {wording.WHO: wording.QUEUE})
    assert scene.view(order).agent is None


def test_assigning_what_has_changed_meanwhile_is_refused_with_who_and_when(scene):
    order, card = scene.card()
    form = assignment(scene, card)
    scene.bia.click(card, "Claim")
    scene.slack.wait_for(lambda: scene.view(order).agent)
    scene.rui.submit(form, {wording.WHO: "Rui · 0 open"})
    assert "was already changed: Bia (assigned to Bia" in scene.words(scene.rui.modal)
    assert scene.view(order).agent.name == "Bia"


def test_items_are_counted_taken_out_and_added_in_one_form(scene):
    _order, card = scene.card()
    form = chosen(scene, card, "Edit items")
    scene.rui.submit(form, {"line:1": "3", wording.ADD_ITEMS: "MUG=1@10\n\nPEN=2@1,25"})
    assert scene.rui.modal is None
    scene.sync()
    words = scene.words(card)
    assert "• 3 × S1" in words
    assert "• 2 × PEN · R$1.25 = R$2.50" in words
    assert "Total: R$162.05" in words


def test_what_cannot_be_read_is_marked_and_the_form_stays(scene):
    order, card = scene.card()
    form = chosen(scene, card, "Edit items")
    scene.rui.submit(form, {wording.ADD_ITEMS: "a mug"})
    assert "“a mug” is no item" in form.errors["added"]
    assert kinds(order) == ["received"]


def test_an_edit_of_an_older_version_is_refused(scene):
    order, card = scene.card()
    form = chosen(scene, card, "Edit items")
    scene.step(order, "confirmed")
    scene.rui.submit(form, {"line:1": "3"})
    assert "was already changed: admin (to Confirmed" in scene.words(scene.rui.modal)


def test_a_fee_and_a_discount_stand_on_the_card_with_the_new_total(scene):
    _order, card = scene.card()
    form = chosen(scene, card, "Fee or discount")
    scene.rui.submit(form, {"Shipping fee (BRL)": "12.5", "Discount (BRL)": "5"})
    scene.sync()
    words = scene.words(card)
    assert "Shipping fee: R$12.50\nDiscount: -R$5.00\nTotal: R$107.20" in words
    form = chosen(scene, card, "Fee or discount")
    assert form.blocks[1]["element"]["initial_value"] == "12.50"
    scene.rui.submit(form, {"Discount (BRL)": "1000"})
    assert form.errors == {"discount": "The discount is larger than what the order costs."}


def test_handover_and_payment_are_facts_apart_from_the_status(scene):
    order, card = scene.card()
    form = chosen(scene, card, "Handover and payment")
    scene.rui.submit(form, {wording.HANDED_OVER: "Pickup", wording.PAID: "Paid"})
    scene.sync()
    assert "Pickup · Paid" in scene.words(card)
    scene.step(order, "processing")
    scene.sync()
    scene.rui.click(card, "Ready for pickup")
    scene.rui.submit(scene.rui.wait_for_modal())
    scene.becomes(order, "ready_for_pickup")


def test_what_is_ready_for_pickup_says_where_it_waits(scene):
    order, _ = scene.card()
    orders.set_facts(order.id, actor=TERMINAL, now=scene.clock(), fulfillment="pickup")
    scene.step(order, "processing")
    scene.sync()
    card = scene.cards[-1]
    scene.rui.click(card, "Ready for pickup")
    scene.rui.submit(scene.rui.wait_for_modal(), {wording.SHELF: "Shelf 3"})
    scene.sync()
    assert "*◉ Ready for pickup*" in scene.words(card)
    assert "“Shelf 3”" in scene.words(card)


def test_a_note_is_kept_for_the_team(scene):
    order, card = scene.card()
    scene.rui.submit(chosen(scene, card, "Add a note"), {wording.NOTE_LABEL: "Gift\nwrap"})
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.text, entry.actor) == ("note", "Gift\nwrap", "Rui")


def test_the_contact_is_shown_in_full_and_the_timeline_keeps_who_looked(scene):
    order, card = scene.card()
    form = chosen(scene, card, "Show contact")
    words = scene.words(form)
    assert f"Phone: {scene.view(order).customer_phone}" in words
    assert "Name: Ana Lima" in words
    entry = timeline.entries(order.id)[-1]
    assert (entry.kind, entry.actor, entry.text) == ("contact_shown", "Rui", None)
    assert scene.view(order).customer_phone not in scene.words(card)


def test_of_a_closed_order_only_what_is_possible_is_offered(scene):
    order, card = scene.card()
    scene.step(order, "cancelled", reason="no stock")
    scene.sync()
    with pytest.raises(NotPossible):
        scene.rui.choose(card, "more", "Assign…")
    form = open_hub(scene, card)
    with pytest.raises(NotPossible):
        scene.rui.click(form, "Edit items")
    scene.rui.click(form, "Add a note")
    scene.slack.wait_for(lambda: form.title == "Add a note")


@pytest.mark.parametrize("choice", ["Assign…", "More…"])
def test_viewers_and_strangers_open_none_of_it(scene, choice):
    _order, card = scene.card()
    for user, words in ((scene.vic, wording.VIEWER), (scene.sam, wording.off_the_roster(scene.sam.id))):
        user.choose(card, "more", choice)
        assert scene.said_to(user) == words
        assert user.modal is None


@pytest.mark.parametrize(
    ("button", "values"),
    [
        ("Edit items", {"line:1": "3"}),
        ("Fee or discount", {"Shipping fee (BRL)": "1"}),
        ("Handover and payment", {wording.PAID: "Paid"}),
        ("Add a note", {wording.NOTE_LABEL: "Gift"}),
    ],
)
def test_each_form_asks_again_who_sends_it(scene, button, values):
    order, card = scene.card()
    form = chosen(scene, card, button)
    agents.change(scene.agents[0].id, {"role": "viewer"})
    scene.rui.submit(form, values)
    assert wording.VIEWER in scene.words(scene.rui.modal)
    assert kinds(order) == ["received"]


def test_a_button_of_the_hub_asks_again_too_and_answers_in_its_place(scene):
    _order, card = scene.card()
    form = open_hub(scene, card)
    agents.change(scene.agents[0].id, {"role": "viewer"})
    scene.rui.click(form, "Show contact")
    scene.slack.wait_for(lambda: wording.VIEWER in scene.words(form))
    assert OrderEvent.select().where(OrderEvent.kind == "contact_shown").count() == 0


def test_every_form_fits_slacks_limits(sqlite_store):
    line = a_line(name="ن" * 300, sku="&" * 300, quantity=None)
    view = a_view(lines=(line,) * 300, agent=RUI, customer_name="<!here>" * 60)
    people = [Listed(an_agent(name="x" * 80), serial) for serial in range(130)]
    forms = [each(view, "C1") for each in (hub, items, fees, facts, note)]
    for form in [*forms, assign(view, people, "C1")]:
        assert problems_of_view(form) == []
    assert "260 more items stay as they are" in str(forms[1])
