import pytest

from bot import wording
from bot.calls import Call
from bot.listeners import LISTENERS
from bot.slack import Slack
from wapto.desk.assignment import agents
from wapto.errors import NotAllowed
from wapto.store.models import OrderEvent

from ..desk.builders import NOW

FREE_FOR_ALL = {"help"}
CHANGING = ["claim {n}", "assign {n} @bia", "status {n} confirmed", "note {n} Gift", "away", "back"]
LOOKING = ["show {n}", "list", "find {n}", "why {n}", "unassigned"]


def answer(scene, user, text, number):
    seen = len(user.ephemerals)
    user.command("/wapto", text.format(n=number))
    scene.slack.wait_for(lambda: len(user.ephemerals) > seen)
    return scene.words(user.ephemerals[-1])


@pytest.mark.parametrize("button", ["Claim", "Confirm", "Cancel order", "more"])
def test_every_button_refuses_viewers_and_strangers_and_says_how_to_get_in(scene, button):
    order, card = scene.card()
    for user, words in ((scene.vic, wording.VIEWER), (scene.sam, wording.off_the_roster(scene.sam.id))):
        if button == "more":
            user.choose(card, button, "Change status…")
        else:
            user.click(card, button)
        assert scene.said_to(user) == words
        assert user.modal is None
    assert [event.kind for event in OrderEvent.select()] == ["received"]
    assert scene.view(order).agent is None


@pytest.mark.parametrize("text", CHANGING)
def test_every_command_that_changes_something_refuses_viewers(scene, text):
    order = scene.order()
    assert answer(scene, scene.vic, text, scene.view(order).number) == wording.VIEWER
    assert [event.kind for event in OrderEvent.select()] == ["received"]


@pytest.mark.parametrize("text", CHANGING + LOOKING)
def test_every_command_refuses_who_is_not_on_the_roster(scene, text):
    order = scene.order()
    said = answer(scene, scene.sam, text, scene.view(order).number)
    assert said == wording.off_the_roster("U4SAM")


@pytest.mark.parametrize("text", LOOKING)
def test_a_viewer_may_look(scene, text):
    order = scene.order()
    assert scene.view(order).number in answer(scene, scene.vic, text, scene.view(order).number)


@pytest.mark.parametrize("opening", ["Cancel order", "Mark shipped"])
def test_a_form_asks_again_when_it_is_submitted(scene, opening):
    order, card = scene.card()
    scene.step(order, "processing")
    scene.sync()
    scene.rui.click(card, opening)
    form = scene.rui.wait_for_modal()
    agents.change(scene.agents[0].id, {"role": "viewer"})
    scene.rui.submit(form, {"Reason": "Out of stock"} if opening == "Cancel order" else {})
    assert wording.VIEWER.replace("`", "") in scene.words(scene.rui.modal).replace("`", "")
    assert scene.view(order).status == "processing"


def test_whoever_left_the_roster_may_nothing_any_more(scene):
    order, card = scene.card()
    agents.remove(scene.agents[0].id, now=NOW)
    scene.rui.click(card, "Claim")
    assert "not on Wapto's roster" in scene.said_to(scene.rui)
    assert scene.view(order).agent is None


def payload(scene, *, home="T0WAPTO", place="T0WAPTO"):
    return {
        "user": {"id": scene.rui.id, "team_id": home},
        "team": {"id": place},
        "trigger_id": "1.2.3",
        "channel": {"id": "C1ORDERS"},
        "actions": [{"value": '{"order":1,"status":"received","agent":null,"target":"confirmed"}'}],
        "view": {"private_metadata": '{"order":1,"version":1,"channel":"C1ORDERS","target":"cancelled"}'},
        "text": "list",
    }


# What strangers write in a thread passes by without a word: it is said to nobody in particular.
ACTS = [listener for listener in LISTENERS if listener.name != "message"]


@pytest.mark.parametrize("listener", ACTS, ids=lambda listener: listener.name)
@pytest.mark.parametrize("stranger", [{"home": "T0OTHER"}, {"place": "T0OTHER"}])
def test_people_of_other_workspaces_are_refused_everywhere_even_with_an_id_on_the_roster(scene, listener, stranger):
    api = Slack(scene.slack.token, scene.slack.api_url)
    with pytest.raises(NotAllowed, match="Only people of the workspace"):
        listener.handler(Call(payload(scene, **stranger), NOW, api))
