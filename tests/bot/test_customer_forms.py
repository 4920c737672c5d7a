"""What the team keeps about a customer is seen and written in Slack too."""

from wapto.desk.customers import directory, remarks
from wapto.desk.orders import timeline

from .scene import TERMINAL
from .test_work import chosen

BUTTON = "Tags and notes"


def tags(order):
    return directory.card(order.customer_id).tags


def test_tags_and_a_note_are_kept_and_stand_on_card_and_thread(scene):
    order, card = scene.card()
    form = chosen(scene, card, BUTTON)
    scene.rui.submit(form, {"Tags of the customer": "VIP, #wholesale", "Note": "Rings <twice>"})
    scene.slack.wait_for(lambda: len(remarks.notes_of(order.customer_id)) == 1)
    assert tags(order) == ("vip", "wholesale")
    scene.later()
    scene.later()
    assert "#vip · #wholesale" in scene.words(card)
    thread = "\n".join(scene.thread(card))
    assert "Rui changed the customer's tags" in thread
    assert "Rings twice" in thread
    assert scene.slack.complaints == []


def test_the_form_tells_what_is_known_and_takes_away_only_what_it_showed(scene):
    order, card = scene.card()
    remarks.tag(order.customer_id, ["vip", "old"], actor=TERMINAL, now=scene.clock())
    remarks.note(order.customer_id, "Rings twice", actor=TERMINAL, now=scene.clock())
    form = chosen(scene, card, BUTTON)
    words = scene.words(form)
    assert "1 order · R$" in words.replace("\xa0", " ")
    assert "Rings twice" in words
    remarks.tag(order.customer_id, ["meanwhile"], actor=TERMINAL, now=scene.clock())
    scene.rui.submit(form, {"Tags of the customer": "vip"})
    scene.slack.wait_for(lambda: "old" not in tags(order))
    assert tags(order) == ("meanwhile", "vip")
    assert len(timeline.entries(order.id)) > 3


def test_what_is_no_tag_is_said_beside_the_field(scene):
    order, card = scene.card()
    form = chosen(scene, card, BUTTON)
    scene.rui.submit(form, {"Tags of the customer": "x" * 41})
    scene.slack.wait_for(lambda: "is no tag" in str(form.errors))
    assert tags(order) == ()
